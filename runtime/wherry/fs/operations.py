"""What can be done with the files of a `FileSystem`, blocking and not. Base of `fs.FileSystem`.

Each operation that is more than one call of the backend is written once, over a `Waits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.fs._paths import build_chunk, normalize_check_lines, normalize_directory, normalize_path, path_sort_key
from wherry.fs.base import partition_kwargs, too_big
from wherry.fs.errors import QuotaExceededError, VersionConflictError
from wherry.fs.lines import replaced, unknown_lines
from wherry.fs.types import ContainsResult, FileMeta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.fs.base import BaseFS
    from wherry.fs.types import FileData, NamespaceUsage, SearchMatch


class Operations:
    """The methods that read and write."""

    backend: BaseFS
    max_file_bytes: int
    max_namespace_bytes: int

    def _place(self) -> str:
        raise NotImplementedError

    def _partition(self) -> str:
        raise NotImplementedError

    async def _ask(self, waits: Waits, method: str, *args: Any, **given: Any) -> Any:
        """Call a method of the backend in this namespace and partition."""
        prefix, name = ("_", method[1:]) if method.startswith("_") else ("", method)
        sync, twin = getattr(self.backend, method), getattr(self.backend, f"{prefix}a{name}")
        if method != "partitions":
            given |= partition_kwargs(sync, self._partition())
        return await waits.wire(sync, twin, self._place(), *args, **given)

    def read(self, path: str) -> str | None:
        """A file's text, or None when there is no such file."""
        text: str | None = finish(self._ask(BLOCKING, "read", normalize_path(path)))
        return text

    async def aread(self, path: str) -> str | None:
        """`read` for async code."""
        text: str | None = await self._ask(LOOPING, "read", normalize_path(path))
        return text

    def read_with_meta(self, path: str) -> FileData | None:
        """A file's text and what is known of it, of one moment; None when there is no such file."""
        return finish(self._ask(BLOCKING, "read_with_meta", normalize_path(path)))  # type: ignore[no-any-return]

    async def aread_with_meta(self, path: str) -> FileData | None:
        """`read_with_meta` for async code."""
        return await self._ask(LOOPING, "read_with_meta", normalize_path(path))  # type: ignore[no-any-return]

    def write(
        self, path: str, content: str, *, overwrite: bool = True, expected_version: int | None = None
    ) -> FileMeta:
        """Create or replace a file.

        Args:
            path: Where.
            content: Its whole text.
            overwrite: Replace what is there.
            expected_version: Only if the file has this version; 0 for no file. In databases only.

        Raises:
            QuotaExceededError: The file, or the namespace with it, would be too big.
            FileExistsError: It is there and `overwrite` is off.
            VersionConflictError: It has another version.
            UnsupportedOperationError: The backend knows no versions.
        """
        return finish(self._write(BLOCKING, path, content, overwrite, expected_version))

    async def awrite(
        self, path: str, content: str, *, overwrite: bool = True, expected_version: int | None = None
    ) -> FileMeta:
        """`write` for async code."""
        return await self._write(LOOPING, path, content, overwrite, expected_version)

    async def _write(
        self, waits: Waits, path: str, content: str, overwrite: bool, expected: int | None = None
    ) -> FileMeta:
        place, size = normalize_path(path), len(content.encode())
        self._place()
        if size > self.max_file_bytes:
            raise too_big(place, size, self.max_file_bytes)
        known = await self._ask(waits, "_stat", place)
        if known is not None and not overwrite:
            raise FileExistsError(f"There is a file {place!r} already.")
        more = size - (known.size_bytes if known is not None else 0)
        if more > 0:
            await self._check_room(waits, more)
        given = {} if expected is None else {"expected_version": expected}
        return await self._ask(waits, "write", place, content, **given)  # type: ignore[no-any-return]

    async def _check_room(self, waits: Waits, more: int) -> None:
        held = (await self._ask(waits, "usage")).total_bytes
        if held + more > self.max_namespace_bytes:
            message = f"The namespace {self._place()!r} is full: {held} of {self.max_namespace_bytes} bytes."
            raise QuotaExceededError(message, scope="namespace", current=held, limit=self.max_namespace_bytes)

    def append(self, path: str, content: str, *, unique: bool = False) -> FileMeta:
        """Add lines to a file, or make it of them; empty lines are left out, and nothing happens for none.

        Args:
            path: Where.
            content: One line or several.
            unique: Leave out lines that the file has already. Two writers at once may add one twice all the same.

        Raises:
            QuotaExceededError: The file, or the namespace with it, would be too big.
        """
        return finish(self._append(BLOCKING, path, content, unique))

    async def aappend(self, path: str, content: str, *, unique: bool = False) -> FileMeta:
        """`append` for async code."""
        return await self._append(LOOPING, path, content, unique)

    async def _append(self, waits: Waits, path: str, content: str, unique: bool) -> FileMeta:
        place, chunk = normalize_path(path), build_chunk(content)
        if chunk and unique:
            chunk = unknown_lines(await self._ask(waits, "read", place) or "", chunk)
        if not chunk:
            return await self._ask(waits, "_stat", place) or FileMeta(place, 0)
        await self._check_room(waits, len(chunk.encode()) + 1)  # one more, since the last line may have no end yet
        most = self.max_file_bytes
        return await self._ask(waits, "append", place, chunk, max_file_bytes=most)  # type: ignore[no-any-return]

    def replace_lines(self, path: str, start_line: int, end_line: int, content: str = "") -> FileMeta:
        """Put other lines in the place of some.

        Args:
            path: Which file.
            start_line: The first line to replace, from 1 on.
            end_line: The last one.
            content: What stands there afterwards; nothing deletes the lines.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: There are no such lines.
            QuotaExceededError: See `write`.
        """
        return finish(self._replace(BLOCKING, path, start_line, end_line, content))

    async def areplace_lines(self, path: str, start_line: int, end_line: int, content: str = "") -> FileMeta:
        """`replace_lines` for async code."""
        return await self._replace(LOOPING, path, start_line, end_line, content)

    async def _replace(self, waits: Waits, path: str, start: int, end: int, content: str) -> FileMeta:
        place = normalize_path(path)
        while True:
            known = await self._ask(waits, "read_with_meta", place)
            if known is None:
                raise FileNotFoundError(f"There is no file {place!r}.")
            text = replaced(place, known.content, start, end, content)
            try:  # where files have versions, a change that another one makes meanwhile is not lost
                return await self._write(waits, place, text, True, known.metadata.version)
            except VersionConflictError:
                continue

    def move(self, src: str, dst: str, *, overwrite: bool = False) -> FileMeta:
        """Give a file another path.

        Raises:
            FileNotFoundError: There is no such file.
            FileExistsError: There is one at the other path, and `overwrite` is off.
        """
        places = normalize_path(src), normalize_path(dst)
        return finish(self._ask(BLOCKING, "move", *places, overwrite=overwrite))  # type: ignore[no-any-return]

    async def amove(self, src: str, dst: str, *, overwrite: bool = False) -> FileMeta:
        """`move` for async code."""
        places = normalize_path(src), normalize_path(dst)
        return await self._ask(LOOPING, "move", *places, overwrite=overwrite)  # type: ignore[no-any-return]

    def delete(self, path: str, *, expected_version: int | None = None) -> bool:
        """Delete a file, where one is given of that version; True when it was there."""
        given = {} if expected_version is None else {"expected_version": expected_version}
        return bool(finish(self._ask(BLOCKING, "delete", normalize_path(path), **given)))

    async def adelete(self, path: str, *, expected_version: int | None = None) -> bool:
        """`delete` for async code."""
        given = {} if expected_version is None else {"expected_version": expected_version}
        return bool(await self._ask(LOOPING, "delete", normalize_path(path), **given))

    def list(self, directory: str = "") -> list[FileMeta]:
        """Every file in a directory and below, in the order of their paths."""
        found: list[FileMeta] = _in_order(finish(self._ask(BLOCKING, "list", normalize_directory(directory))))
        return found

    async def alist(self, directory: str = "") -> Any:
        """`list` for async code."""
        return _in_order(await self._ask(LOOPING, "list", normalize_directory(directory)))

    def search(self, query: str, directory: str = "", limit: int = 10) -> Sequence[SearchMatch]:
        """Files in which a text is found, upper and lower case alike, at most so many."""
        return finish(self._search(BLOCKING, query, directory, limit))

    async def asearch(self, query: str, directory: str = "", limit: int = 10) -> Sequence[SearchMatch]:
        """`search` for async code."""
        return await self._search(LOOPING, query, directory, limit)

    async def _search(self, waits: Waits, query: str, directory: str, limit: int) -> Sequence[SearchMatch]:
        self._place()
        if not query or not query.strip():
            return []
        place = normalize_directory(directory)
        return await self._ask(waits, "search", query, place, limit)  # type: ignore[no-any-return]

    def contains(self, lines: Sequence[str], directory: str = "") -> ContainsResult:
        """Which lines stand in files as whole lines, and which do not; at most 200 at once.

        Raises:
            InvalidPathError: They are no list, too many, or one is more than a line.
        """
        return finish(self._contains(BLOCKING, lines, directory))

    async def acontains(self, lines: Sequence[str], directory: str = "") -> ContainsResult:
        """`contains` for async code."""
        return await self._contains(LOOPING, lines, directory)

    async def _contains(self, waits: Waits, lines: Sequence[str], directory: str) -> ContainsResult:
        self._place()
        place, wanted = normalize_directory(directory), normalize_check_lines(lines)
        if not wanted:
            return ContainsResult()
        known = await self._ask(waits, "contains", wanted, place)
        return ContainsResult([one for one in wanted if one in known], [one for one in wanted if one not in known])

    def usage(self) -> NamespaceUsage:
        """How much the namespace holds."""
        return finish(self._ask(BLOCKING, "usage"))  # type: ignore[no-any-return]

    async def ausage(self) -> NamespaceUsage:
        """`usage` for async code."""
        return await self._ask(LOOPING, "usage")  # type: ignore[no-any-return]

    def partitions(self) -> Sequence[str]:
        """The users that have files of their own in the namespace."""
        return sorted(finish(self._ask(BLOCKING, "partitions")))

    async def apartitions(self) -> Sequence[str]:
        """`partitions` for async code."""
        return sorted(await self._ask(LOOPING, "partitions"))


def _in_order(found: Any) -> Any:
    return sorted(found, key=lambda meta: path_sort_key(meta.path))
