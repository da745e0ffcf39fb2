"""Media as content parts: pictures, sounds and files in the shapes of chat completions and responses.

Reading bytes may block (a file, a URL), which is why `models.wired` encodes messages with media in a thread. A medium
that cannot be read is left out with an error in the log, as Agno does. Anthropic's and Gemini's shapes are in their
own modules.
"""

from __future__ import annotations

import mimetypes
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wherry.core.errors import AgnoError, WherryError
from wherry.core.log import log_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wherry.core.media import Audio, File, Image

Part = dict[str, Any]


def base64_text(content: bytes) -> str:
    """Bytes as base64 text."""
    return b64encode(content).decode("ascii")


def data_url(mime_type: str, content: bytes) -> str:
    """Bytes as a `data:` address."""
    return f"data:{mime_type};base64,{base64_text(content)}"


def image_type(content: bytes) -> str | None:
    """The format that the first bytes of a picture show."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content[4:8] == b"ftyp":
        return "heic"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    return None


def image_mime(image: Image, content: bytes) -> str:
    """MIME type of a picture: what it says, its format, its file name, its first bytes, else JPEG."""
    if image.mime_type:
        return image.mime_type
    if image.format:
        return f"image/{image.format.lower()}"
    by_name = guessed_type(str(image.filepath)) if image.filepath else None
    return by_name or f"image/{image_type(content) or 'jpeg'}"


def guessed_type(name: str) -> str | None:
    """MIME type that a file name suggests."""
    if name.lower().endswith(".webp"):
        return "image/webp"
    return mimetypes.guess_type(name)[0]


def image_address(image: Image) -> str:
    """Where a service finds a picture: its own address, or the bytes inside a `data:` address.

    Raises:
        WherryError: The picture has a URL that is none, or no bytes.
    """
    if image.url is not None:
        if not image.url.startswith(("data:image", "http://", "https://")):
            raise WherryError(f"Image url {image.url!r} starts with neither http(s):// nor data:image.")
        return image.url
    content = image.get_content_bytes()
    if content is None:
        raise WherryError(f"Image {image.id!r} has no bytes.")
    return data_url(image_mime(image, content), content)


def all_readable(encode: Callable[[Any], Part | None], media: Iterable[Any] | None) -> list[Part]:
    """Encode each medium; one that cannot be read is logged and left out."""
    parts: list[Part] = []
    for medium in media or ():
        try:
            part = encode(medium)
        except (OSError, ValueError, AgnoError, WherryError) as error:
            log_error(f"{type(medium).__name__} {medium.id!r} is not sent: {error}")
            continue
        if part is not None:
            parts.append(part)
    return parts


def chat_image(image: Image) -> Part:
    """A picture in chat completions."""
    address: Part = {"url": image_address(image)}
    if image.detail:
        address["detail"] = image.detail
    return {"type": "image_url", "image_url": address}


def responses_image(image: Image) -> Part:
    """A picture in responses."""
    part: Part = {"type": "input_image", "image_url": image_address(image)}
    if image.detail:
        part["detail"] = image.detail
    return part


def chat_audio(audio: Audio) -> Part:
    """A sound in chat completions."""
    content = audio.get_content_bytes()
    if not content:
        raise WherryError(f"Audio {audio.id!r} has no bytes.")
    kind = audio.format
    if not kind and not audio.content:
        kind = Path(str(audio.filepath) if audio.filepath else urlsplit(audio.url or "").path).suffix.lstrip(".")
    return {"type": "input_audio", "input_audio": {"data": base64_text(content), "format": kind or "wav"}}


def chat_file(file: File) -> Part | None:
    """A document in chat completions; None when it has no bytes of its own."""
    declared: str | None = None
    if file.url is not None:
        fetched = file.file_url_content
        if not fetched:
            raise WherryError(f"File url {file.url!r} could not be read.")
        content, declared = fetched
        name = Path(urlsplit(file.url).path).name or "file"
    elif file.filepath is not None:
        name, content = Path(file.filepath).name, Path(file.filepath).read_bytes()
    elif file.content is not None:
        name, content = file.filename or "file", file.get_content_bytes() or b""
    else:
        return None
    mime_type = declared or file.mime_type or mimetypes.guess_type(name)[0] or "application/pdf"
    return {"type": "file", "file": {"filename": name, "file_data": data_url(mime_type, content)}}


def responses_file(file: File) -> Part | None:
    """A document in responses; None when it has neither bytes nor an id of the service."""
    if file.url:
        return {"type": "input_file", "file_url": file.url}
    if file.filepath or file.content:
        name = file.filename or file.name or (Path(file.filepath).name if file.filepath else "document")
        content = file.get_content_bytes()
        if content is None:
            raise WherryError(f"File {name!r} has no bytes.")
        source = str(file.filepath) if file.filepath else name
        mime_type = file.mime_type or mimetypes.guess_type(source)[0] or "application/octet-stream"
        return {"type": "input_file", "filename": name, "file_data": data_url(mime_type, content)}
    if isinstance(file.id, str) and file.id.startswith("file-"):
        return {"type": "input_file", "file_id": file.id}
    return None


_MEDIA = frozenset({"images", "audio", "videos", "files"})


def needs_reading(messages: Iterable[Any]) -> bool:
    """Whether encoding these messages may read files or URLs."""
    for message in messages:
        if _MEDIA.isdisjoint(message.__dict__):  # as of most: it holds only what it was given
            continue
        for media in (message.images, message.audio, message.videos, message.files):
            if media and any(not medium.content and (medium.filepath or medium.url) for medium in media):
                return True
    return False
