"""What file systems answer; mirrors `agno.fs.types`."""

from __future__ import annotations

from dataclasses import dataclass

from wherry.core.matrix import module_getattr


@dataclass
class FileMeta:
    """What is known of a file.

    Attributes:
        path: Where it is in its namespace.
        size_bytes: Its size.
        version: How often it was written; None where that is not counted.
        updated_at: Seconds since 1970.
        user_id: Whose partition it is in; None for the shared one.
    """

    path: str
    size_bytes: int
    version: int | None = None
    updated_at: int | None = None
    user_id: str | None = None


@dataclass
class NamespaceUsage:
    """How much a namespace holds."""

    file_count: int
    total_bytes: int


__getattr__ = module_getattr(__name__, "agno.fs.types")
