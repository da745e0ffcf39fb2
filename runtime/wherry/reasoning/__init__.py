"""Steps of a reasoning model or tool; mirrors `agno.reasoning`."""

from wherry.core.matrix import module_getattr

__getattr__ = module_getattr(__name__, "agno.reasoning")
