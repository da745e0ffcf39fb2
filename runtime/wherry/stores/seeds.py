"""Ids of databases that stay the same from start to start, as Agno makes them."""

from __future__ import annotations

import uuid


def seeded_id(seed: str) -> str:
    """A version 5 UUID of an address."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, seed))
