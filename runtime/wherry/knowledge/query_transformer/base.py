"""Mirrors `agno.knowledge.query_transformer.base`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.query_transformer import QueryTransformer

__all__ = ["QueryTransformer"]

__getattr__ = module_getattr(__name__, "agno.knowledge.query_transformer.base")
