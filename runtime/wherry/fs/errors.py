"""What file systems raise; mirrors `agno.fs.errors`."""

from __future__ import annotations

from wherry.core.errors import WherryError


class FileSystemError(WherryError):
    """Base of these errors."""

    code = "configuration"


class InvalidPathError(FileSystemError):
    """A path, directory or namespace that is none."""


class QuotaExceededError(FileSystemError):
    """A write would go beyond a limit.

    Args:
        message: What happened.
        scope: ``file`` or ``namespace``.
        current: Bytes that the file would have, or that the namespace has.
        limit: Bytes that are allowed.
    """

    def __init__(self, message: str, *, scope: str, current: int, limit: int) -> None:
        super().__init__(message)
        self.scope, self.current, self.limit = scope, current, limit


class VersionConflictError(FileSystemError):
    """A file has another version than the one that a write or a deletion was meant for.

    Args:
        message: What happened.
        expected: The version it was meant for.
        actual: The version that is there; None for no file.
    """

    def __init__(self, message: str, *, expected: int, actual: int | None) -> None:
        super().__init__(message, hint="Read the file again and write what should be there now.")
        self.expected, self.actual = expected, actual


class UnsupportedOperationError(FileSystemError):
    """A backend cannot do what it was asked for.

    Args:
        message: What happened.
        operation: The method.
        backend: The class.
    """

    def __init__(self, message: str, *, operation: str, backend: str) -> None:
        super().__init__(message)
        self.operation, self.backend = operation, backend


class SchemaOutdatedError(FileSystemError):
    """The table of a database has the layout of an older version."""
