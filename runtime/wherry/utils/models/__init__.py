"""`agno.utils.models`: what users import from there; the rest is Agno's insides."""

from wherry.core.matrix import module_getattr

__getattr__ = module_getattr(__name__, "agno.utils.models")
