"""Tools: from a function's signature to the result that a model is told."""
