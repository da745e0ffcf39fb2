"""`agno.workflow.decorators`."""

from wherry.core.events.review import get_pause_metadata, has_pause_metadata, pause
from wherry.core.matrix import module_getattr

__all__ = ["get_pause_metadata", "has_pause_metadata", "pause"]

__getattr__ = module_getattr(__name__, "agno.workflow.decorators")
