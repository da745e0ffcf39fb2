"""`agno.fs`: text files in a database or a folder, as far as offloaded tool results need them."""

from wherry.core.matrix import module_getattr
from wherry.fs.base import BaseFS
from wherry.fs.errors import (
    FileSystemError,
    InvalidPathError,
    QuotaExceededError,
    SchemaOutdatedError,
    UnsupportedOperationError,
)
from wherry.fs.fs import DEFAULT_NAMESPACE, FileSystem
from wherry.fs.types import FileMeta, NamespaceUsage

__all__ = [
    "DEFAULT_NAMESPACE",
    "BaseFS",
    "FileMeta",
    "FileSystem",
    "FileSystemError",
    "InvalidPathError",
    "NamespaceUsage",
    "QuotaExceededError",
    "SchemaOutdatedError",
    "UnsupportedOperationError",
]

__getattr__ = module_getattr(__name__, "agno.fs")
