"""What file systems answer; mirrors `agno.fs.types`."""

from __future__ import annotations

from dataclasses import dataclass, field


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
class FileData:
    """A file's text and what is known of it, of one moment."""

    content: str
    metadata: FileMeta


@dataclass
class SearchMatch:
    """A file in which a text was found.

    Attributes:
        path: Where it is.
        size_bytes: Its size.
        snippet: The text around the first place.
        line: The line of the first place, from 1 on.
        match_count: How many places there are.
    """

    path: str
    size_bytes: int
    snippet: str
    line: int | None = None
    match_count: int = 0


@dataclass
class ContainsResult:
    """Which lines are in files and which are not, each in the order they were asked for."""

    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass
class NamespaceUsage:
    """How much a namespace holds."""

    file_count: int
    total_bytes: int
