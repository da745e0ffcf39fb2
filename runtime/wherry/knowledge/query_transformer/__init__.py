"""What rewrites queries. Mirrors `agno.knowledge.query_transformer`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.query_transformer import HyDE, QueryTransformer

__all__ = ["HyDE", "QueryTransformer"]

__getattr__ = module_getattr(__name__, "agno.knowledge.query_transformer")
