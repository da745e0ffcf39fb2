"""`agno.utils.db_fallback`: whether a database may stand in for a described one."""

from wherry.core.agent.catalogue import db_differences as db_fallback_divergence
from wherry.core.agent.catalogue import require_same_db as require_db_fallback_matches
from wherry.core.matrix import module_getattr

__all__ = ["db_fallback_divergence", "require_db_fallback_matches"]

__getattr__ = module_getattr(__name__, "agno.utils.db_fallback")
