"""The reserved part of a content's metadata: what the framework notes about a source, under the key ``_agno``.

The key is Agno's, so that both runtimes understand each other's rows. Vector stores never see it.
"""

from __future__ import annotations

from typing import Any

RESERVED_AGNO_KEY = "_agno"
RECENCY_METADATA_KEY = "updated_at"
STORE_RECENCY_METADATA_KEY = "_agno_updated_at"

Metadata = dict[str, Any]


def merge_user_metadata(existing: Metadata | None, incoming: Metadata | None) -> Metadata | None:
    """Metadata with newer values over older ones; the reserved parts of both are joined key by key."""
    if not existing or not incoming:
        return existing or incoming
    merged = {**existing, **incoming}
    if RESERVED_AGNO_KEY in incoming:
        added = incoming[RESERVED_AGNO_KEY]
        merged[RESERVED_AGNO_KEY] = {
            **(existing.get(RESERVED_AGNO_KEY) or {}),
            **(added if isinstance(added, dict) else {}),
        }
    return merged


def set_agno_metadata(metadata: Metadata | None, key: str, value: Any) -> Metadata:
    """Set a reserved value in place (or in a new dictionary) and return the metadata."""
    metadata = {} if metadata is None else metadata
    reserved = metadata.get(RESERVED_AGNO_KEY) or {}
    reserved[key] = value
    metadata[RESERVED_AGNO_KEY] = reserved
    return metadata


def get_agno_metadata(metadata: Metadata | None, key: str) -> Any:
    """A reserved value, or None."""
    reserved = (metadata or {}).get(RESERVED_AGNO_KEY)
    return reserved.get(key) if isinstance(reserved, dict) else None


def strip_agno_metadata(metadata: Metadata | None) -> Metadata | None:
    """A copy without the reserved part: what may be searched."""
    if not metadata:
        return metadata
    return {key: value for key, value in metadata.items() if key != RESERVED_AGNO_KEY}
