"""Public path of `wherry.core.media`; mirrors `agno.media`."""

from wherry.core.matrix import module_getattr
from wherry.core.media import Audio, File, Image, Video
from wherry.core.media_reference import MediaReference

__all__ = ["Audio", "File", "Image", "MediaReference", "Video"]

__getattr__ = module_getattr(__name__, "agno.media")
