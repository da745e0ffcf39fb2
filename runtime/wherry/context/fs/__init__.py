"""A folder as a source. Mirrors `agno.context.fs`."""

from __future__ import annotations

from wherry.context.fs.provider import DEFAULT_FS_INSTRUCTIONS, FilesystemContextProvider
from wherry.core.matrix import module_getattr

__all__ = ["DEFAULT_FS_INSTRUCTIONS", "FilesystemContextProvider"]

__getattr__ = module_getattr(__name__, "agno.context.fs")
