"""`agno.utils.merge_dict`: nested dictionaries merged in place."""

from wherry.core.matrix import module_getattr
from wherry.core.session_state import merge_into as merge_dictionaries

__all__ = ["merge_dictionaries"]

__getattr__ = module_getattr(__name__, "agno.utils.merge_dict")
