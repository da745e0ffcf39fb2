"""`agno.workflow.utils`."""

from wherry.core.matrix import module_getattr

__all__: list[str] = []

__getattr__ = module_getattr(__name__, "agno.workflow.utils")
