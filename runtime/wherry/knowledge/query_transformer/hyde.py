"""Mirrors `agno.knowledge.query_transformer.hyde`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.query_transformer import DEFAULT_PROMPT, HyDE

__all__ = ["DEFAULT_PROMPT", "HyDE"]

__getattr__ = module_getattr(__name__, "agno.knowledge.query_transformer.hyde")
