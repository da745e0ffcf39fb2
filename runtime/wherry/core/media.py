"""Images, audio, videos and files that go into a run or come out of one.

Data and its two conversions (bytes, dictionary); which of it a model accepts is decided by the wires. Reading a URL
happens only when someone asks for the bytes. Mirrors `agno.media`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.core.media_reference import MediaReference
from wherry.core.media_source import Sourced, raw_bytes
from wherry.core.record import Record

if TYPE_CHECKING:
    from pathlib import Path


class _Media(Sourced, Record):
    """One source of bytes and a way into and out of dictionaries; the fields are those of the subclass."""

    if not TYPE_CHECKING:
        __slots__ = ()

    _stored_: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:

        def __init__(self, **fields: Any) -> None: ...

    def _take(self, fields: dict[str, Any]) -> None:
        """Set the fields, unknown ones ignored, after checking that there is exactly one source."""
        reference = fields.get("media_reference")
        if isinstance(reference, dict):
            fields["media_reference"] = MediaReference(**reference)
        elif reference is None:
            sources = [name for name in ("url", "filepath", "content") if fields.get(name) is not None]
            if len(sources) != 1:
                raise ConfigurationError(
                    f"{type(self).__name__} was given {' and '.join(sources) or 'no source'}.",
                    hint="Give exactly one of url, filepath or content.",
                )
        for name in self._fields():
            setattr(self, name, fields.get(name))
        if fields.get("id") is None:
            self.id = new_id()
        if fields.get("content") is not None:
            self.content = raw_bytes(fields["content"])

    def to_base64(self) -> str | None:
        """The bytes as base64 text, read from the URL or file if need be; None when there are none."""
        content = self.get_content_bytes()
        return b64encode(content).decode() if content else None

    def to_dict(self, include_base64_content: bool = True) -> dict[str, Any]:
        """The fields that are set; bytes as base64 text under `content` unless told otherwise."""
        stored: dict[str, Any] = {}
        for name in self._stored_:
            value = getattr(self, name)
            if value is not None:
                stored[name] = value
        if "filepath" in stored:
            stored["filepath"] = str(self.filepath)
            if not self.filepath:
                del stored["filepath"]
        if self.media_reference is not None:
            stored["media_reference"] = self.media_reference.to_dict()
        elif include_base64_content:
            self._store_content(stored)
        if self.metadata:
            stored["metadata"] = self.metadata
        return stored

    def _store_content(self, stored: dict[str, Any]) -> None:
        if self.content:
            stored["content"] = b64encode(self.content).decode()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary: `content` is base64 text, and a reference goes before content."""
        fields = dict(data)
        if isinstance(fields.get("media_reference"), dict):
            fields.pop("content", None)
        elif isinstance(fields.get("content"), str):
            fields["content"] = cls._decode(fields["content"], fields)
        return cls(**fields)

    @classmethod
    def _decode(cls, text: str, _fields: dict[str, Any]) -> bytes:
        try:
            return b64decode(text)
        except ValueError:
            return text.encode()

    @classmethod
    def from_base64(cls, base64_content: str, id: str | None = None, **fields: Any) -> Self:
        """From base64 text; text that is not base64 is taken as UTF-8."""
        return cls(content=cls._decode(base64_content, fields), id=id, **fields)


@dataclass(slots=True, init=False)
class Image(_Media):
    """A picture; mirrors `agno.media.Image`. Takes exactly one of `url`, `filepath`, `content` (bytes)."""

    url: str | None = None
    filepath: Path | str | None = None
    content: bytes | None = field(default=None, repr=False)
    id: str | None = None
    format: str | None = None
    mime_type: str | None = None
    detail: str | None = None
    original_prompt: str | None = None
    revised_prompt: str | None = None
    alt_text: str | None = None
    media_reference: MediaReference | None = None
    metadata: dict[str, Any] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            url: str | None = None,
            filepath: Path | str | None = None,
            content: bytes | str | None = None,
            id: str | None = None,
            format: str | None = None,
            mime_type: str | None = None,
            detail: str | None = None,
            original_prompt: str | None = None,
            revised_prompt: str | None = None,
            alt_text: str | None = None,
            media_reference: MediaReference | dict[str, Any] | None = None,
            metadata: dict[str, Any] | None = None,
            **unknown: Any,
        ) -> None: ...

    else:

        def __init__(self, **fields: Any) -> None:
            self._take(fields)


Image._stored_ = ("id", "url", "filepath", "format", "mime_type", "detail", *Image._fields()[7:10])


@dataclass(slots=True, init=False)
class Audio(_Media):
    """A sound; mirrors `agno.media.Audio`. `duration` in seconds, `sample_rate` in hertz."""

    url: str | None = None
    filepath: Path | str | None = None
    content: bytes | None = field(default=None, repr=False)
    id: str | None = None
    format: str | None = None
    mime_type: str | None = None
    duration: float | None = None
    sample_rate: int | None = 24000
    channels: int | None = 1
    transcript: str | None = None
    expires_at: int | None = None
    media_reference: MediaReference | None = None
    metadata: dict[str, Any] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            url: str | None = None,
            filepath: Path | str | None = None,
            content: bytes | str | None = None,
            id: str | None = None,
            format: str | None = None,
            mime_type: str | None = None,
            duration: float | None = None,
            sample_rate: int | None = 24000,
            channels: int | None = 1,
            transcript: str | None = None,
            expires_at: int | None = None,
            media_reference: MediaReference | dict[str, Any] | None = None,
            metadata: dict[str, Any] | None = None,
            **unknown: Any,
        ) -> None: ...

    else:

        def __init__(self, **fields: Any) -> None:
            fields.setdefault("sample_rate", 24000)
            fields.setdefault("channels", 1)
            self._take(fields)


Audio._stored_ = ("id", "url", "filepath", *Audio._fields()[4:11])


@dataclass(slots=True, init=False)
class Video(_Media):
    """A film; mirrors `agno.media.Video`. `duration` in seconds, `width` and `height` in pixels."""

    url: str | None = None
    filepath: Path | str | None = None
    content: bytes | None = field(default=None, repr=False)
    id: str | None = None
    format: str | None = None
    mime_type: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    eta: str | None = None
    original_prompt: str | None = None
    revised_prompt: str | None = None
    media_reference: MediaReference | None = None
    metadata: dict[str, Any] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            url: str | None = None,
            filepath: Path | str | None = None,
            content: bytes | str | None = None,
            id: str | None = None,
            format: str | None = None,
            mime_type: str | None = None,
            duration: float | None = None,
            width: int | None = None,
            height: int | None = None,
            fps: float | None = None,
            eta: str | None = None,
            original_prompt: str | None = None,
            revised_prompt: str | None = None,
            media_reference: MediaReference | dict[str, Any] | None = None,
            metadata: dict[str, Any] | None = None,
            **unknown: Any,
        ) -> None: ...

    else:

        def __init__(self, **fields: Any) -> None:
            self._take(fields)


Video._stored_ = ("id", "url", "filepath", *Video._fields()[4:13])

_FILE_SOURCES = ("id", "url", "filepath", "content", "external", "media_reference")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MIME_TYPES = (
    "application/pdf",
    "application/json",
    "application/x-javascript",
    f"{_OFFICE}.wordprocessingml.document",
    f"{_OFFICE}.presentationml.presentation",
    f"{_OFFICE}.spreadsheetml.sheet",
    "application/msword",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-excel",
    "application/vnd.ms-outlook",
    "application/zip",
    "message/rfc822",
    "text/javascript",
    "application/x-python",
    "text/x-python",
    "text/plain",
    "text/html",
    "text/css",
    "text/markdown",
    "text/csv",
    "text/xml",
    "text/rtf",
)


@dataclass(slots=True, init=False)
class File(_Media):
    """A document; mirrors `agno.media.File`. Needs at least one source: id, url, filepath, content, external object."""

    id: str | None = None
    url: str | None = None
    filepath: Path | str | None = None
    content: Any = field(default=None, repr=False)
    mime_type: str | None = None
    file_type: str | None = None
    filename: str | None = None
    size: int | None = None
    external: Any = None
    format: str | None = None
    name: str | None = None
    citations: bool | None = None
    media_reference: MediaReference | None = None
    metadata: dict[str, Any] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str | None = None,
            url: str | None = None,
            filepath: Path | str | None = None,
            content: Any = None,
            mime_type: str | None = None,
            file_type: str | None = None,
            filename: str | None = None,
            size: int | None = None,
            external: Any = None,
            format: str | None = None,
            name: str | None = None,
            citations: bool | None = None,
            media_reference: MediaReference | dict[str, Any] | None = None,
            metadata: dict[str, Any] | None = None,
            **unknown: Any,
        ) -> None: ...

    else:

        def __init__(self, **fields: Any) -> None:
            if not any(fields.get(source) for source in _FILE_SOURCES):
                raise ConfigurationError(
                    "File was given no source.", hint="Give id, url, filepath, content, external or media_reference."
                )
            mime_type = fields.get("mime_type")
            if mime_type is not None and mime_type not in _MIME_TYPES:
                raise ConfigurationError(
                    f"File does not accept the MIME type {mime_type!r}.", hint=f"It accepts: {', '.join(_MIME_TYPES)}."
                )
            if isinstance(fields.get("media_reference"), dict):
                fields["media_reference"] = MediaReference(**fields["media_reference"])
            for name in self._fields():
                setattr(self, name, fields.get(name))
            if self.id is None:
                self.id = new_id()

    @classmethod
    def valid_mime_types(cls) -> list[str]:
        """The MIME types a file may declare."""
        return list(_MIME_TYPES)

    @property
    def file_url_content(self) -> tuple[bytes, str] | None:
        """Bytes behind `url` and the MIME type the server declared; None without a URL or when it cannot be read."""
        return self._fetch_declared()

    @classmethod
    def _decode(cls, text: str, fields: dict[str, Any]) -> bytes:
        if (fields.get("mime_type") or "").startswith("text/"):
            return text.encode()  # text is stored as text: decoding "TestData" as base64 would destroy it
        return super(File, cls)._decode(text, fields)

    def _store_content(self, stored: dict[str, Any]) -> None:
        content = self.content
        if isinstance(content, bytes) and content:
            content = _text(content) if (self.mime_type or "").startswith("text/") else b64encode(content).decode()
        if content is not None:
            stored["content"] = content


File._stored_ = ("id", "url", "filepath", "mime_type", "file_type", "filename", "size", "external", "format", "name")


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return b64encode(content).decode()


def media_list(kind: type[_Media], items: Any) -> list[Any] | None:
    """Media from stored dictionaries (or media already made); None for none."""
    if not items:
        return None
    return [kind.from_dict(item) if isinstance(item, dict) else item for item in items]


def media_dicts(items: Any) -> list[Any]:
    """Dictionaries of media; anything that is not one stays as it is."""
    return [item.to_dict() if isinstance(item, _Media) else item for item in items]
