"""`wherry assess`: what a code base uses of Agno, judged by the support matrix, without importing or running it."""
