"""`agno.utils.path_safety`: names and paths from outside, joined to a folder they must not leave."""

from wherry.core.matrix import module_getattr
from wherry.core.path_safety import safe_join_filename, safe_join_relative_path, sanitize_filename

__all__ = ["safe_join_filename", "safe_join_relative_path", "sanitize_filename"]

__getattr__ = module_getattr(__name__, "agno.utils.path_safety")
