"""`agno.utils.names`: made-up ids that people can read."""

from wherry.core.matrix import module_getattr
from wherry.core.names import readable_id as generate_human_readable_id

__all__ = ["generate_human_readable_id"]

__getattr__ = module_getattr(__name__, "agno.utils.names")
