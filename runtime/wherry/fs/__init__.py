"""`agno.fs`: text files in a database or a folder, for agents and for tool results that are kept apart."""

from wherry.core.matrix import module_getattr
from wherry.fs.base import BaseFS
from wherry.fs.errors import (
    FileSystemError,
    InvalidPathError,
    QuotaExceededError,
    SchemaOutdatedError,
    UnsupportedOperationError,
    VersionConflictError,
)
from wherry.fs.fs import DEFAULT_NAMESPACE, FileSystem
from wherry.fs.types import ContainsResult, FileData, FileMeta, NamespaceUsage, SearchMatch

__all__ = [
    "DEFAULT_NAMESPACE",
    "BaseFS",
    "ContainsResult",
    "FileData",
    "FileMeta",
    "FileSystem",
    "FileSystemError",
    "InvalidPathError",
    "NamespaceUsage",
    "QuotaExceededError",
    "SchemaOutdatedError",
    "SearchMatch",
    "UnsupportedOperationError",
    "VersionConflictError",
]

__getattr__ = module_getattr(__name__, "agno.fs")
