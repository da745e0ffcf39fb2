"""Uploaded files of AgentOS's run form: which of a run's media each is, by its type, else by the end of its name.

What is accepted, what is refused and what is left out are AgentOS's (`POST /agents/{id}/runs`, field `files`).
"""

from __future__ import annotations

import json
from typing import Any

from wherry.api.agentos_refused import Refused
from wherry.core.log import log_error, log_warning
from wherry.core.media import Audio, File, Image, Video

_IMAGES = ["png", "jpeg", "jpg", "gif", "webp", "bmp", "tiff", "tif", "avif", "heic", "heif"]
_AUDIO = ["wav", "wave", "mp3", "mpeg", "ogg", "mp4", "m4a", "aac", "flac"]
_VIDEOS = ["x-flv", "quicktime", "mpeg", "mpegs", "mpgs", "mpg", "mp4", "webm", "wmv", "3gpp"]
_DOCUMENTS = frozenset(File.valid_mime_types())
_OTHER_NAMES = {
    "application/x-zip": "application/zip",
    "application/x-zip-compressed": "application/zip",
    "application/xml": "text/xml",
    "application/rtf": "text/rtf",
    "application/javascript": "text/javascript",
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
# End of a name → type of a document. Looked at when a browser does not know the type.
_ENDINGS = {
    "pdf": "application/pdf",
    "json": "application/json",
    "js": "text/javascript",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "doc": "application/msword",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "ppt": "application/vnd.ms-powerpoint",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "msg": "application/vnd.ms-outlook",
    "zip": "application/zip",
    "eml": "message/rfc822",
    "py": "text/x-python",
    "txt": "text/plain",
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "xml": "text/xml",
    "rtf": "text/rtf",
}
_KINDS: dict[str, tuple[Any, str]] = {
    **{f"image/{name}": (Image, "images") for name in _IMAGES},
    **{f"audio/{name}": (Audio, "audio") for name in _AUDIO},
    **{f"video/{name}": (Video, "videos") for name in _VIDEOS},
    **dict.fromkeys(_DOCUMENTS, (File, "files")),
}
_KINDS_BY_ENDING: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(_IMAGES, (Image, "images")),
    **dict.fromkeys(("wav", "mp3", "ogg", "m4a", "aac", "flac"), (Audio, "audio")),
    **dict.fromkeys(("flv", "mov", "mpeg", "mpg", "mp4", "webm", "wmv", "3gp"), (Video, "videos")),
    **dict.fromkeys(_ENDINGS, (File, "files")),
}
_UNKNOWN_TYPES = ("", "application/octet-stream")
_LARGEST_METADATA = 8000


def uploaded(uploads: list[dict[str, Any]], metadata: Any) -> dict[str, list[Any]]:
    """Media of uploads, by the argument of a run that takes them.

    Args:
        uploads: For each its `content`, `mime_type` and `filename`.
        metadata: The field `files_metadata`: a JSON array that goes with them by position.

    Raises:
        Refused: 400 for a type that nothing takes, 422 for metadata that are too long.
    """
    notes = positional(metadata)
    found: dict[str, list[Any]] = {}
    for place, upload in enumerate(uploads):
        kind, argument = kind_of(upload)
        if not upload["content"]:
            log_error("The uploaded file %r is empty and left out", upload["filename"])
            continue
        given = {
            "content": upload["content"],
            "mime_type": upload["mime_type"],
            "format": ending(upload) or plain_type(upload).partition("/")[2] or None,
            "metadata": notes[place] if place < len(notes) else None,
        }
        if kind is File:
            given |= {"filename": upload["filename"], "mime_type": document_type(upload)}
        try:
            found.setdefault(argument, []).append(kind(**given))
        except (TypeError, ValueError) as error:
            log_error("The uploaded file %r cannot be used: %s", upload["filename"], error)
    return found


def kind_of(upload: dict[str, Any]) -> tuple[Any, str]:
    """The class of an upload's medium, and the argument of a run that takes it.

    Raises:
        Refused: 400: none takes it.
    """
    found = _KINDS.get(plain_type(upload))
    if found is None and upload["mime_type"] in _UNKNOWN_TYPES:
        found = _KINDS_BY_ENDING.get(ending(upload))
    if found is None:
        raise Refused(400, "Unsupported file type")
    return found


def document_type(upload: dict[str, Any]) -> str | None:
    """The type of a document: what it says, else what its name says."""
    said = plain_type(upload)
    return said if said in _DOCUMENTS else _ENDINGS.get(ending(upload))


def plain_type(upload: dict[str, Any]) -> str:
    """The type of an upload under its usual name."""
    said: str = upload["mime_type"]
    return _OTHER_NAMES.get(said, said)


def ending(upload: dict[str, Any]) -> str:
    """The end of an upload's name in small letters, without the dot; empty when there is none."""
    name = upload["filename"] or ""
    return name.rpartition(".")[2].lower() if "." in name else ""


def positional(text: Any) -> list[dict[str, Any] | None]:
    """What `files_metadata` says about each file; nothing when it is no JSON array, as in AgentOS.

    Raises:
        Refused: 422: it is too long.
    """
    if not text:
        return []
    if isinstance(text, str):
        if len(text.encode()) > _LARGEST_METADATA:
            raise Refused(422, f"files_metadata exceeds the {_LARGEST_METADATA}-byte limit")
        try:
            text = json.loads(text)
        except (ValueError, RecursionError) as error:
            log_warning("files_metadata is no JSON and is left out: %s", error)
            return []
    return [one if isinstance(one, dict) else None for one in text] if isinstance(text, list) else []
