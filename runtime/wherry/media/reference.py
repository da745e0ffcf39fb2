"""`agno.media.reference`: where stored media are found."""

from wherry.core.matrix import module_getattr
from wherry.core.media_reference import MediaReference

__all__ = ["MediaReference"]

__getattr__ = module_getattr(__name__, "agno.media.reference")
