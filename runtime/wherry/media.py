"""Public path of `wherry.core.media`; mirrors `agno.media`."""

from wherry.core.media import Audio, File, Image, Video
from wherry.core.media_reference import MediaReference

__all__ = ["Audio", "File", "Image", "MediaReference", "Video"]
