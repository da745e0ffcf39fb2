"""Public path of `wherry.core.timer`; mirrors `agno.utils.timer`."""

from wherry.core.matrix import module_getattr
from wherry.core.timer import Timer

__all__ = ["Timer"]

__getattr__ = module_getattr(__name__, "agno.utils.timer")
