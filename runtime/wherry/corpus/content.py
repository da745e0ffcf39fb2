"""What a user puts into a knowledge base: a text, a file, an address or topics, and what became of it."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from wherry.core.ids import new_id


class ContentStatus(str, Enum):
    """How far a content has got; mirrors `agno.knowledge.content.ContentStatus`."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"


def status_of(text: Any) -> ContentStatus:
    """A status from a stored text; a text that is none is read for the word in it."""
    lowered = str(text.value if isinstance(text, Enum) else text or "processing").lower()
    for status in (ContentStatus.PARTIAL, ContentStatus.FAILED, ContentStatus.COMPLETED):
        if status.value in lowered:
            return status
    return ContentStatus.PROCESSING


class ContentType(str, Enum):
    """Kinds of content that readers declare; mirrors `agno.knowledge.types.ContentType`."""

    FILE = "file"
    URL = "url"
    TEXT = "text"
    TOPIC = "topic"
    YOUTUBE = "youtube"
    PDF = ".pdf"
    TXT = ".txt"
    DOC = ".doc"
    JSON = ".json"
    VTT = ".vtt"
    MARKDOWN = ".md"
    DOCX = ".docx"
    DOTX = ".dotx"
    DOCM = ".docm"
    DOTM = ".dotm"
    PPTX = ".pptx"
    POTX = ".potx"
    PPSX = ".ppsx"
    POTM = ".potm"
    PPSM = ".ppsm"
    PPTM = ".pptm"
    HTML = ".html"
    HTM = ".htm"
    XHTML = ".xhtml"
    XML = ".xml"
    XML_JATS = ".nxml"
    XML_XBRL = ".xbrl"
    ADOC = ".adoc"
    ASCIIDOC = ".asciidoc"
    ASC = ".asc"
    METS_GBS = ".tar.gz"
    LATEX = ".tex"
    LATEX_ALT = ".latex"
    IMAGE_PNG = ".png"
    IMAGE_JPEG = ".jpeg"
    IMAGE_JPG = ".jpg"
    IMAGE_TIFF = ".tiff"
    IMAGE_TIF = ".tif"
    IMAGE_BMP = ".bmp"
    IMAGE_WEBP = ".webp"
    CSV = ".csv"
    XLSX = ".xlsx"
    XLS = ".xls"
    XLSM = ".xlsm"
    AUDIO_WAV = ".wav"
    AUDIO_MP3 = ".mp3"
    AUDIO_M4A = ".m4a"
    AUDIO_AAC = ".aac"
    AUDIO_OGG = ".ogg"
    AUDIO_FLAC = ".flac"
    VIDEO_MP4 = ".mp4"
    VIDEO_AVI = ".avi"
    VIDEO_MOV = ".mov"


def get_content_type_enum(content_type_str: str) -> ContentType:
    """The kind with this value; raises ValueError when there is none."""
    return ContentType(content_type_str)


@dataclass
class FileData:
    """The bytes or the text of a file; mirrors `agno.knowledge.content.FileData`.

    Attributes:
        content: Bytes, text or a stream.
        type: MIME type or file extension; ``Text`` for a text that was given as one.
        filename: Name with extension.
        size: Bytes.
    """

    content: Any = None
    type: str | None = None
    filename: str | None = None
    size: int | None = None


@dataclass
class ContentAuth:
    """What opens a protected file; mirrors `agno.knowledge.content.ContentAuth`."""

    password: str | None = None


@dataclass
class Content:
    """One source of a knowledge base; mirrors `agno.knowledge.content.Content`.

    Attributes:
        id: Made from `content_hash`, so that the same source is the same row.
        name: What it is called.
        description: What it is about.
        path: A file or folder.
        url: An address.
        auth: What opens it.
        file_data: A text or the bytes of a file.
        metadata: What filters see; the framework's own notes are below ``_agno``.
        topics: What a topic reader looks up.
        remote_content: A reference to a cloud store (not migrated).
        reader: Who reads it, instead of the usual one.
        size: Bytes.
        file_type: Extension or kind.
        content_hash: SHA-256 over what identifies it.
        status: How far it has got.
        status_message: Why it is not further.
        created_at: Unix seconds.
        updated_at: Unix seconds.
        external_id: Id in a system of somebody else.
        user_id: Owner; None: everybody may read it.
    """

    id: str | None = None
    name: str | None = None
    description: str | None = None
    path: str | None = None
    url: str | None = None
    auth: ContentAuth | None = None
    file_data: Any = None
    metadata: dict[str, Any] | None = None
    topics: list[str] | None = None
    remote_content: Any = None
    reader: Any = None
    size: int | None = None
    file_type: str | None = None
    content_hash: str | None = None
    status: ContentStatus | None = None
    status_message: str | None = None
    created_at: int | None = None
    updated_at: int | None = None
    external_id: str | None = None
    user_id: str | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Content:
        """From the fields by name; others are passed over."""
        return cls(**{item.name: data.get(item.name) for item in fields(cls)})


def id_of(content_hash: str) -> str:
    """A content's id from its hash, as Agno makes it: a version 5 UUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, content_hash))


def _digest(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _described(content: Content) -> list[str]:
    """What a hash begins with: owner, name, description."""
    owner = [_digest(content.user_id)[:16]] if content.user_id is not None else []
    return [*owner, *(part for part in (content.name, content.description) if part)]


def hash_of(content: Content) -> str:
    """SHA-256 over what identifies a content; equal to Agno's, so that both runtimes recognise each other's sources.

    A text that was given as one counts by its name, description and metadata only: inserted again under the same
    name it is the same content.
    """
    parts = _described(content)
    if content.metadata:
        parts.append(json.dumps(content.metadata, sort_keys=True, default=str))
    parts.append(_source_of(content))
    return _digest(":".join(parts))


def hash_of_page(url: Any, text: str, content: Content) -> str:
    """SHA-256 over what identifies one page of a content that has many."""
    parts = _described(content)
    if content.metadata:
        parts.append(json.dumps(content.metadata, sort_keys=True, default=str))
    source = url or content.url or content.path
    parts.append(str(source) if source else _digest(text)[:16])
    return _digest(":".join(parts))


def _source_of(content: Content) -> str:
    if content.path:
        return str(content.path)
    if content.url:
        return content.url
    data = content.file_data
    if data and data.content:
        if known := data.filename or data.type:
            return str(known)
        if data.size is not None:
            return str(data.size)
        kind = "str" if isinstance(data.content, str) else "bytes"
        return f"{kind}:{_digest(data.content)[:16]}"
    if content.topics:
        return f"{content.topics[0]}-{type(content.reader).__name__ if content.reader else 'unknown'}"
    return content.name or content.id or f"unknown_content{new_id()[:6]}"
