"""`FileSystem`: one namespace of text files on a backend; mirrors `agno.fs.fs`.

What `ResultStore` keeps its texts in. Agno's tools over it, its user partitions and its line operations are not here:
see the matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.matrix import module_getattr, raise_not_migrated
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.fs._paths import normalize_directory, normalize_namespace, normalize_path
from wherry.fs.base import BaseFS
from wherry.fs.errors import QuotaExceededError

if TYPE_CHECKING:
    from wherry.fs.types import FileMeta, NamespaceUsage

DEFAULT_NAMESPACE = "default"
_TOOLS = frozenset(["user_scoped", "read_only", "allow_delete", "include_tools", "instructions"])


class NoBackend(ConfigurationError, TypeError):
    """Something that files cannot be kept in."""


def backend_of(source: Any) -> BaseFS:
    """A backend: the one given, or one over a database.

    Raises:
        NoBackend: (a TypeError) It is neither.
    """
    if isinstance(source, BaseFS):
        return source
    if hasattr(source, "tables"):
        from wherry.fs.db import AsyncDbFileSystem, DbFileSystem
        from wherry.stores.sql_methods import BlockingSql

        return DbFileSystem(db=source) if isinstance(source, BlockingSql) else AsyncDbFileSystem(source)
    hint = "Give a SqliteDb or PostgresDb, or a backend such as LocalFileSystem(root=...)."
    raise NoBackend(f"A FileSystem cannot keep files in {source!r}.", hint=hint)


class FileSystem:
    """Text files of one namespace.

    Args:
        backend: A backend, or a `SqliteDb` or `PostgresDb` (or their async kinds) to keep the files in.
        namespace: Whose files; names that differ in case only are the same.
        db: A database, in place of `backend`.
        max_file_bytes: The greatest size of a file.
        max_namespace_bytes: The greatest size of all files together.
        **tools: Agno's `user_scoped`, `read_only`, `allow_delete`, `include_tools` and `instructions`, unset.

    Raises:
        ConfigurationError: (a ValueError) Both or none of `backend` and `db`.
        NotMigratedError: A namespace with placeholders, or one of `tools` that is set.
    """

    def __init__(
        self,
        backend: Any = None,
        namespace: str = DEFAULT_NAMESPACE,
        *,
        db: Any = None,
        max_file_bytes: int = 1_000_000,
        max_namespace_bytes: int = 20_000_000,
        **tools: Any,
    ) -> None:
        if (backend is None) == (db is None):
            hint = "For example FileSystem(SqliteDb(...))."
            raise ConfigurationError("A FileSystem takes one of backend and db.", hint=hint)
        for name, value in tools.items():
            if name not in _TOOLS:
                raise TypeError(f"FileSystem() got an unexpected keyword argument {name!r}")
            if value not in (None, False):
                raise_not_migrated(f"agno.fs.FileSystem({name})", what=f"FileSystem({name}={value!r})")
        self.backend = backend_of(backend if backend is not None else db)
        self.namespace = normalize_namespace(namespace)
        self.max_file_bytes, self.max_namespace_bytes = max_file_bytes, max_namespace_bytes

    def read(self, path: str) -> str | None:
        """A file's text, or None when there is no such file."""
        return self.backend.read(self.namespace, normalize_path(path))

    async def aread(self, path: str) -> str | None:
        """`read` for async code."""
        return await self.backend.aread(self.namespace, normalize_path(path))

    def write(self, path: str, content: str, *, overwrite: bool = True) -> FileMeta:
        """Create or replace a file.

        Args:
            path: Where.
            content: Its whole text.
            overwrite: Replace what is there.

        Raises:
            QuotaExceededError: The file, or the namespace with it, would be too big.
            FileExistsError: It is there and `overwrite` is off.
        """
        return finish(self._write(BLOCKING, path, content, overwrite))

    async def awrite(self, path: str, content: str, *, overwrite: bool = True) -> FileMeta:
        """`write` for async code."""
        return await self._write(LOOPING, path, content, overwrite)

    async def _write(self, waits: Waits, path: str, content: str, overwrite: bool) -> FileMeta:
        backend, place, size = self.backend, normalize_path(path), len(content.encode())
        if size > self.max_file_bytes:
            message = f"{place!r} would have {size} bytes; a file may have {self.max_file_bytes}."
            raise QuotaExceededError(message, scope="file", current=size, limit=self.max_file_bytes)
        sizes = backend._size, backend._asize  # noqa: SLF001 - a backend's part that only this class calls
        before = await waits.wire(*sizes, self.namespace, place)
        if before is not None and not overwrite:
            raise FileExistsError(f"There is a file {place!r} already.")
        more = size - (before or 0)
        if more > 0:
            held = (await waits.wire(backend.usage, backend.ausage, self.namespace)).total_bytes
            if held + more > self.max_namespace_bytes:
                message = f"The namespace {self.namespace!r} is full: {held} of {self.max_namespace_bytes} bytes."
                raise QuotaExceededError(message, scope="namespace", current=held, limit=self.max_namespace_bytes)
        return await waits.wire(backend.write, backend.awrite, self.namespace, place, content)

    def delete(self, path: str) -> bool:
        """Delete a file; True when it was there."""
        return self.backend.delete(self.namespace, normalize_path(path))

    async def adelete(self, path: str) -> bool:
        """`delete` for async code."""
        return await self.backend.adelete(self.namespace, normalize_path(path))

    def list(self, directory: str = "") -> list[FileMeta]:
        """Every file in a directory and below, in the order of their paths."""
        found: list[FileMeta] = _in_order(self.backend.list(self.namespace, normalize_directory(directory)))
        return found

    async def alist(self, directory: str = "") -> Any:
        """`list` for async code."""
        return _in_order(await self.backend.alist(self.namespace, normalize_directory(directory)))

    def usage(self) -> NamespaceUsage:
        """How much the namespace holds."""
        return self.backend.usage(self.namespace)

    async def ausage(self) -> NamespaceUsage:
        """`usage` for async code."""
        return await self.backend.ausage(self.namespace)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in _ABSENT:
            raise AttributeError(f"'FileSystem' object has no attribute {name!r}")
        return raise_not_migrated(f"agno.fs.FileSystem.{name}", what=f"FileSystem.{name}()")


_TWINS = ("append", "contains", "move", "partitions", "read_with_meta", "replace_lines", "search")
_ABSENT = frozenset([*_TWINS, *(f"a{name}" for name in _TWINS), "partition", "resolve", "tools", "instructions"])


def _in_order(found: Any) -> Any:
    return sorted(found, key=lambda meta: meta.path.split("/"))


__getattr__ = module_getattr(__name__, "agno.fs.fs")
