"""Public path of `wherry.core.media`; mirrors `agno.media`."""

from wherry.core.media import Audio, File, Image, MediaReference, Video

__all__ = ["Audio", "File", "Image", "MediaReference", "Video"]
