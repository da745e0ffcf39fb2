"""`agno.utils.events`: how an error names its kind; the makers of events are Agno's insides."""

from wherry.core.agent.endings import error_type_of
from wherry.core.matrix import module_getattr

__all__ = ["error_type_of"]

__getattr__ = module_getattr(__name__, "agno.utils.events")
