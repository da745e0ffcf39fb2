"""Chunking strategies, one module each. Mirrors `agno.knowledge.chunking`."""
