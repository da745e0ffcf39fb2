"""`agno.media.media`: images, sounds, videos and files."""

from wherry.core.matrix import module_getattr
from wherry.core.media import Audio, File, Image, Video

__all__ = ["Audio", "File", "Image", "Video"]

__getattr__ = module_getattr(__name__, "agno.media.media")
