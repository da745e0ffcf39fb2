"""Where an object store keeps a medium; what a session stores instead of the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from wherry.core.record import Record


@dataclass(slots=True, init=False)
class MediaReference(Record):
    """Where an object store keeps the bytes of a medium; mirrors `agno.media.MediaReference`."""

    media_id: str
    storage_key: str
    session_id: str | None = None
    storage_backend: str = ""
    bucket: str | None = None
    region: str | None = None
    url: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    size: int | None = None
    content_hash: str | None = None
    media_type: str | None = None
    metadata: dict[str, Any] | None = None

    def __init__(self, *, media_id: str, storage_key: str, storage_backend: str, **rest: Any) -> None:
        self.media_id, self.storage_key, self.storage_backend = media_id, storage_key, storage_backend
        for name in ("session_id", "bucket", "region", "url", "mime_type", "filename", "size", "content_hash"):
            setattr(self, name, rest.get(name))
        self.media_type, self.metadata = rest.get("media_type"), rest.get("metadata")

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set."""
        return self.model_dump(exclude_none=True)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary."""
        return cls(**data)
