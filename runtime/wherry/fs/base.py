"""`BaseFS`: what a place for text files has to offer; mirrors `agno.fs.base`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from wherry.core import threads
from wherry.fs.types import FileMeta, NamespaceUsage


class BaseFS(ABC):
    """Text files by namespace and path; the base of backends of one's own.

    Four methods are to be written, blocking; their async twins run them in a thread. Names are checked by
    `FileSystem`, which calls them. Agno's `user_id` is not passed: users have no partitions here.

    A database remembers each backend that keeps texts of its sessions, to delete them in time. Where every agent makes
    a backend of its own, `__eq__` and `__hash__` should say which of them write to one place: it is remembered once.
    """

    @abstractmethod
    def read(self, namespace: str, path: str) -> str | None:
        """A file's text, or None when there is no such file."""

    @abstractmethod
    def write(self, namespace: str, path: str, content: str) -> FileMeta:
        """Create or replace a file."""

    @abstractmethod
    def list(self, namespace: str, directory: str = "") -> list[FileMeta]:
        """Every file in a directory and below, in any order."""

    @abstractmethod
    def delete(self, namespace: str, path: str) -> bool:
        """Delete a file; True when it was there."""

    def usage(self, namespace: str) -> NamespaceUsage:
        """How much a namespace holds."""
        found = self.list(namespace)
        return NamespaceUsage(len(found), sum(meta.size_bytes for meta in found))

    def _size(self, namespace: str, path: str) -> int | None:
        """A file's size in bytes, or None."""
        parent = path.rpartition("/")[0]
        return next((meta.size_bytes for meta in self.list(namespace, parent) if meta.path == path), None)

    async def aread(self, namespace: str, path: str) -> str | None:
        """`read` for async code."""
        text: str | None = await _aside(self.read, namespace, path)
        return text

    async def awrite(self, namespace: str, path: str, content: str) -> FileMeta:
        """`write` for async code."""
        return await _aside(self.write, namespace, path, content)  # type: ignore[no-any-return]

    async def alist(self, namespace: str, directory: str = "") -> Any:
        """`list` for async code."""
        return await _aside(self.list, namespace, directory)

    async def adelete(self, namespace: str, path: str) -> bool:
        """`delete` for async code."""
        return bool(await _aside(self.delete, namespace, path))

    async def ausage(self, namespace: str) -> NamespaceUsage:
        """`usage` for async code."""
        return await _aside(self.usage, namespace)  # type: ignore[no-any-return]

    async def _asize(self, namespace: str, path: str) -> int | None:
        return await _aside(self._size, namespace, path)  # type: ignore[no-any-return]


async def _aside(function: Any, *args: Any) -> Any:
    return await threads.shared().call(function, *args)
