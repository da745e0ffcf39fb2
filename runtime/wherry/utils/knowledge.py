"""Owners and filters of knowledge searches. Mirrors `agno.utils.knowledge`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.owners import get_agentic_or_user_search_filters, get_user_id_kwarg, strict_user_id_kwarg

__all__ = ["get_agentic_or_user_search_filters", "get_user_id_kwarg", "strict_user_id_kwarg"]

__getattr__ = module_getattr(__name__, "agno.utils.knowledge")
