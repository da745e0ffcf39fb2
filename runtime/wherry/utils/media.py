"""`agno.utils.media`: media out of stored dictionaries, and what kind of picture bytes are.

For applications that import these functions; the runtime itself uses `core.media.media_list` and `wires.parts`. The
helpers that download are not here: Wherry opens no connection that nobody asked it for.
"""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.matrix import module_getattr
from wherry.core.media import Audio, File, Image, Video
from wherry.wires.parts import image_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "get_image_type",
    "reconstruct_audio_from_dict",
    "reconstruct_audio_list",
    "reconstruct_file_from_dict",
    "reconstruct_files",
    "reconstruct_image_from_dict",
    "reconstruct_images",
    "reconstruct_response_audio",
    "reconstruct_video_from_dict",
    "reconstruct_videos",
    "resolve_image_mime_type",
]


def get_image_type(data: bytes) -> str | None:
    """The kind of a picture by its first bytes.

    Args:
        data: The picture; fewer than twelve bytes are none.

    Returns:
        png, gif, jpeg, heic, webp, or None.
    """
    return image_type(data) if len(data) >= 12 else None


def resolve_image_mime_type(
    mime_type: str | None = None,
    image_format: str | None = None,
    file_path: Path | str | None = None,
    image_bytes: bytes | None = None,
) -> str:
    """The media type of a picture, from the first of these that tells it.

    Args:
        mime_type: The type itself.
        image_format: Its short form, such as png.
        file_path: A name with an ending.
        image_bytes: The picture.

    Returns:
        The type; image/jpeg when nothing tells it.
    """
    if mime_type:
        return mime_type
    if image_format:
        return f"image/{image_format.lower()}"
    guessed = mimetypes.guess_type(str(file_path))[0] if file_path else None
    kind = get_image_type(image_bytes) if image_bytes and not guessed else None
    return guessed or f"image/{kind or 'jpeg'}"


def _made(kind: type[Any], stored: Any) -> Any:
    """A medium of its dictionary; None, with a warning, when it is none. Anything else as it is."""
    if not isinstance(stored, dict):
        return stored
    try:
        medium = kind.from_dict(_with_one_source(stored) if kind is not File else stored)
    except Exception as error:  # noqa: BLE001 - one that cannot be read is left out, as in Agno
        log_warning(f"A stored {kind.__name__} could not be read and is left out: {error}")
        return None
    reference = medium.media_reference
    if reference is not None and not medium.url:
        medium.url = reference.url
    return medium


def _with_one_source(stored: dict[str, Any]) -> dict[str, Any]:
    """A dictionary that has bytes and an address without the address, as Agno reads all but files."""
    if not isinstance(stored.get("content"), str) or isinstance(stored.get("media_reference"), dict):
        return stored
    return {key: value for key, value in stored.items() if key not in ("url", "filepath")}


def _all(kind: type[Any], stored: Sequence[Any] | None) -> list[Any] | None:
    return [medium for item in stored or () if (medium := _made(kind, item)) is not None] or None


def reconstruct_image_from_dict(img_data: Any) -> Any:
    """An `Image` of what `Image.to_dict()` gave; None, with a warning, when it cannot be one."""
    return _made(Image, img_data)


def reconstruct_video_from_dict(vid_data: Any) -> Any:
    """A `Video` of what `Video.to_dict()` gave; None, with a warning, when it cannot be one."""
    return _made(Video, vid_data)


def reconstruct_audio_from_dict(aud_data: Any) -> Any:
    """An `Audio` of what `Audio.to_dict()` gave; None, with a warning, when it cannot be one."""
    return _made(Audio, aud_data)


def reconstruct_file_from_dict(file_data: Any) -> Any:
    """A `File` of what `File.to_dict()` gave; None, with a warning, when it cannot be one."""
    return _made(File, file_data)


def reconstruct_images(images: Sequence[Any] | None) -> list[Image] | None:
    """Pictures of their dictionaries, without those that cannot be read; None for none."""
    return _all(Image, images)


def reconstruct_videos(videos: Sequence[Any] | None) -> list[Video] | None:
    """Videos of their dictionaries, without those that cannot be read; None for none."""
    return _all(Video, videos)


def reconstruct_audio_list(audio: Sequence[Any] | None) -> list[Audio] | None:
    """Sounds of their dictionaries, without those that cannot be read; None for none."""
    return _all(Audio, audio)


def reconstruct_files(files: Sequence[Any] | None) -> list[File] | None:
    """Files of their dictionaries, without those that cannot be read; None for none."""
    return _all(File, files)


def reconstruct_response_audio(audio: Any) -> Any:
    """The spoken reply of its dictionary; None for none."""
    return _made(Audio, audio) if audio else None


__getattr__ = module_getattr(__name__, "agno.utils.media")
