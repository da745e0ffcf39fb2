"""`BaseFS`: what a place for text files has to offer; mirrors `agno.fs.base`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wherry.core import threads
from wherry.core.callables import accepted
from wherry.fs._paths import build_chunk, path_sort_key
from wherry.fs.errors import QuotaExceededError, UnsupportedOperationError
from wherry.fs.types import FileData, FileMeta, NamespaceUsage, SearchMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_AROUND = 200


@lru_cache(maxsize=256)
def _takes_user(function: Callable[..., Any]) -> bool:
    return "user_id" in accepted(function, user_id="")


def partition_kwargs(method: Callable[..., Any], user_id: str) -> dict[str, Any]:
    """The keyword by which a backend's method works in a user's partition; none for the shared one.

    Raises:
        UnsupportedOperationError: The method knows no users, so that everybody would see the files.
    """
    if not user_id:
        return {}
    if _takes_user(getattr(method, "__func__", method)):
        return {"user_id": user_id}
    backend = type(getattr(method, "__self__", None)).__name__
    name = getattr(method, "__name__", str(method))
    message = f"{backend}.{name}() takes no user_id: {backend} keeps no files of single users."
    raise UnsupportedOperationError(message, operation=name, backend=backend)


def match_in(path: str, size: int, text: str, query: str) -> SearchMatch | None:
    """Where a text is found in a file, upper and lower case alike; None where it is not."""
    lowered, wanted = text.lower(), query.lower()
    at = lowered.find(wanted)
    if at < 0:
        return None
    begin, end = max(0, at - _AROUND), min(len(text), at + len(query) + _AROUND)
    snippet = f"{'...' if begin else ''}{text[begin:end]}{'...' if end < len(text) else ''}"
    return SearchMatch(path, size, snippet, text.count("\n", 0, at) + 1, lowered.count(wanted))


def too_big(path: str, size: int, limit: int) -> QuotaExceededError:
    """The error for a file that would be larger than a file may be."""
    message = f"{path!r} would have {size} bytes; a file may have {limit}."
    return QuotaExceededError(message, scope="file", current=size, limit=limit)


class BaseFS(ABC):
    """Text files by namespace, user and path; the base of backends of one's own.

    Four methods are to be written, blocking; the others are made of them, though not at one stroke, and the async
    twins run them in a thread. Names are checked by `FileSystem`, which calls them. `user_id` is the partition: empty
    for the files that all share. A backend whose methods do not take it has the shared files only.

    A database remembers each backend that keeps texts of its sessions, to delete them in time. Where every agent makes
    a backend of its own, `__eq__` and `__hash__` should say which of them write to one place: it is remembered once.
    """

    @abstractmethod
    def read(self, namespace: str, path: str, *, user_id: str = "") -> str | None:
        """A file's text, or None when there is no such file."""

    @abstractmethod
    def write(
        self, namespace: str, path: str, content: str, *, expected_version: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """Create or replace a file; only at that version, where one is expected."""

    @abstractmethod
    def list(self, namespace: str, directory: str = "", *, user_id: str = "") -> list[FileMeta]:
        """Every file in a directory and below, in any order."""

    @abstractmethod
    def delete(self, namespace: str, path: str, *, user_id: str = "", expected_version: int | None = None) -> bool:
        """Delete a file; True when it was there."""

    def read_with_meta(self, namespace: str, path: str, *, user_id: str = "") -> FileData | None:
        """A file's text with its size; None when there is no such file."""
        text = self.read(namespace, path, **partition_kwargs(self.read, user_id))
        if text is None:
            return None
        return FileData(text, FileMeta(path, len(text.encode()), user_id=user_id or None))

    def append(
        self, namespace: str, path: str, content: str, *, max_file_bytes: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """Add lines to a file, or make it of them; nothing happens for no lines.

        Raises:
            QuotaExceededError: The file would be too big.
        """
        chunk = build_chunk(content)
        if not chunk:
            known = self._stat(namespace, path, user_id=user_id)
            return known or FileMeta(path, 0, user_id=user_id or None)
        before = self.read(namespace, path, **partition_kwargs(self.read, user_id)) or ""
        text = f"{before}\n{chunk}" if before and not before.endswith("\n") else before + chunk
        size = len(text.encode())
        if max_file_bytes is not None and size > max_file_bytes:
            raise too_big(path, size, max_file_bytes)
        return self.write(namespace, path, text, **partition_kwargs(self.write, user_id))

    def move(self, namespace: str, src: str, dst: str, *, overwrite: bool = False, user_id: str = "") -> FileMeta:
        """Give a file another path.

        Raises:
            FileNotFoundError: There is no such file.
            FileExistsError: There is one at the other path, and `overwrite` is off.
        """
        reads, writes = partition_kwargs(self.read, user_id), partition_kwargs(self.write, user_id)
        text = self.read(namespace, src, **reads)
        if text is None:
            raise FileNotFoundError(f"There is no file {src!r}.")
        if src != dst and not overwrite and self.read(namespace, dst, **reads) is not None:
            raise FileExistsError(f"There is a file {dst!r} already.")
        made = self.write(namespace, dst, text, **writes)
        if src != dst:
            self.delete(namespace, src, **partition_kwargs(self.delete, user_id))
        return made

    def search(self, namespace: str, query: str, directory: str = "", limit: int = 10, *, user_id: str = "") -> Any:
        """Files in which a text is found, upper and lower case alike, in the order of their paths."""
        found: list[SearchMatch] = []
        for meta in self._listed(namespace, directory, user_id) if query else ():
            if len(found) >= limit:
                break
            text = self.read(namespace, meta.path, **partition_kwargs(self.read, user_id))
            match = None if text is None else match_in(meta.path, meta.size_bytes, text, query)
            if match is not None:
                found.append(match)
        return found

    def contains(self, namespace: str, lines: Sequence[str], directory: str = "", *, user_id: str = "") -> set[str]:
        """Those of the lines that are whole lines of some file."""
        left = set(lines)
        for meta in self._listed(namespace, directory, user_id):
            if not left:
                break
            text = self.read(namespace, meta.path, **partition_kwargs(self.read, user_id))
            left -= set((text or "").split("\n"))
        return set(lines) - left

    def usage(self, namespace: str, *, user_id: str = "") -> NamespaceUsage:
        """How much a partition of a namespace holds."""
        found = self.list(namespace, "", **partition_kwargs(self.list, user_id))
        return NamespaceUsage(len(found), sum(meta.size_bytes for meta in found))

    def partitions(self, namespace: str) -> Any:
        """The users that have files of their own in a namespace; none where files have no users."""
        return []

    def _listed(self, namespace: str, directory: str, user_id: str) -> Any:
        found = self.list(namespace, directory, **partition_kwargs(self.list, user_id))
        return sorted(found, key=lambda meta: path_sort_key(meta.path))

    def _stat(self, namespace: str, path: str, *, user_id: str = "") -> FileMeta | None:
        """What is known of a file, or None."""
        found = self.list(namespace, path.rpartition("/")[0], **partition_kwargs(self.list, user_id))
        return next((meta for meta in found if meta.path == path), None)

    async def aread(self, namespace: str, path: str, *, user_id: str = "") -> str | None:
        """`read` for async code."""
        text: str | None = await _aside(self.read, user_id, namespace, path)
        return text

    async def aread_with_meta(self, namespace: str, path: str, *, user_id: str = "") -> FileData | None:
        """`read_with_meta` for async code."""
        return await _aside(self.read_with_meta, user_id, namespace, path)  # type: ignore[no-any-return]

    async def awrite(
        self, namespace: str, path: str, content: str, *, expected_version: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """`write` for async code."""
        given = _versioned(expected_version)
        return await _aside(self.write, user_id, namespace, path, content, **given)  # type: ignore[no-any-return]

    async def alist(self, namespace: str, directory: str = "", *, user_id: str = "") -> Any:
        """`list` for async code."""
        return await _aside(self.list, user_id, namespace, directory)

    async def adelete(
        self, namespace: str, path: str, *, user_id: str = "", expected_version: int | None = None
    ) -> bool:
        """`delete` for async code."""
        return bool(await _aside(self.delete, user_id, namespace, path, **_versioned(expected_version)))

    async def aappend(
        self, namespace: str, path: str, content: str, *, max_file_bytes: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """`append` for async code."""
        given = {"max_file_bytes": max_file_bytes}
        return await _aside(self.append, user_id, namespace, path, content, **given)  # type: ignore[no-any-return]

    async def amove(
        self, namespace: str, src: str, dst: str, *, overwrite: bool = False, user_id: str = ""
    ) -> FileMeta:
        """`move` for async code."""
        return await _aside(self.move, user_id, namespace, src, dst, overwrite=overwrite)  # type: ignore[no-any-return]

    async def asearch(
        self, namespace: str, query: str, directory: str = "", limit: int = 10, *, user_id: str = ""
    ) -> Any:
        """`search` for async code."""
        return await _aside(self.search, user_id, namespace, query, directory, limit)

    async def acontains(
        self, namespace: str, lines: Sequence[str], directory: str = "", *, user_id: str = ""
    ) -> set[str]:
        """`contains` for async code."""
        return await _aside(self.contains, user_id, namespace, lines, directory)  # type: ignore[no-any-return]

    async def ausage(self, namespace: str, *, user_id: str = "") -> NamespaceUsage:
        """`usage` for async code."""
        return await _aside(self.usage, user_id, namespace)  # type: ignore[no-any-return]

    async def apartitions(self, namespace: str) -> Any:
        """`partitions` for async code."""
        return await _aside(self.partitions, "", namespace)

    async def _astat(self, namespace: str, path: str, *, user_id: str = "") -> FileMeta | None:
        return await _aside(self._stat, user_id, namespace, path)  # type: ignore[no-any-return]


def _versioned(expected: int | None) -> dict[str, Any]:
    return {} if expected is None else {"expected_version": expected}


async def _aside(method: Any, user_id: str, *args: Any, **given: Any) -> Any:
    users = partition_kwargs(method, user_id)
    return await threads.shared().call(lambda: method(*args, **given, **users))
