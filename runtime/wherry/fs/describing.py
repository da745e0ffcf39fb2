"""A `FileSystem` as data, for agents that are saved in a database. Called by `fs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from wherry.fs.base import BaseFS
    from wherry.fs.fs import FileSystem


class NotDescribable(ConfigurationError, TypeError):
    """A backend that cannot be found again by a name."""


def described(files: FileSystem) -> dict[str, Any]:
    """The settings of a `FileSystem`; those that are as usual are left out."""
    told: dict[str, Any] = {
        "backend": _backend(files.backend),
        "namespace": files._given,  # noqa: SLF001 - a part of the same object, as below
        "max_file_bytes": files.max_file_bytes,
        "max_namespace_bytes": files.max_namespace_bytes,
    }
    if files._in_one_form:  # noqa: SLF001
        told["namespace_is_normalized"] = True
    if files.user_scoped is not None:
        told["user_scoped"] = files.user_scoped
    told |= {name: True for name in ("read_only", "allow_delete") if getattr(files, name)}
    if files.include_tools is not None:
        told["include_tools"] = list(files.include_tools)
    if files._instructions is not None:  # noqa: SLF001
        told["instructions"] = files._instructions  # noqa: SLF001
    return told


def _backend(backend: BaseFS) -> dict[str, Any]:
    from wherry.fs.local import LocalFileSystem

    if isinstance(backend, LocalFileSystem):
        return {"type": "local", "root": str(backend.root)}
    db_id = getattr(getattr(backend, "db", None), "id", None)
    if isinstance(db_id, str) and db_id and hasattr(backend, "table_name"):
        schema = getattr(backend, "db_schema", None)
        return {"type": "db", "db_id": db_id, "table_name": backend.table_name, "db_schema": schema}
    hint = "Make the FileSystem in the code that loads the agent."
    raise NotDescribable(f"The backend {backend!r} has no name by which it could be found again.", hint=hint)


def settings_of(data: dict[str, Any], db: Any) -> tuple[dict[str, Any], bool]:
    """The arguments of a `FileSystem`, and whether its namespace is in its one form already.

    Raises:
        ConfigurationError: (a ValueError) The backend is unknown, or the database is not the one it was.
    """
    settings: dict[str, Any] = {
        "backend": _restored(data.get("backend") or {}, db),
        "namespace": data.get("namespace", "default"),
        "max_file_bytes": data.get("max_file_bytes", 1_000_000),
        "max_namespace_bytes": data.get("max_namespace_bytes", 20_000_000),
        "read_only": bool(data.get("read_only", False)),
        "allow_delete": bool(data.get("allow_delete", False)),
    }
    settings |= {name: data.get(name) for name in ("user_scoped", "include_tools", "instructions")}
    return settings, data.get("namespace_is_normalized") is True


def _restored(told: dict[str, Any], db: Any) -> BaseFS:
    kind = told.get("type")
    if kind == "local" and isinstance(told.get("root"), str) and told["root"]:
        from wherry.fs.local import LocalFileSystem

        return LocalFileSystem(told["root"])
    if kind != "db":
        raise ConfigurationError(
            f"Files cannot be kept in {told!r}.", hint="Known types are db and local (with a root)."
        )
    wanted, known = told.get("db_id"), getattr(db, "id", None)
    if db is None or (wanted is not None and wanted != known):
        raise ConfigurationError(
            f"These files are in the database {wanted!r}, not in {known!r}.",
            hint="Give from_dict(..., db=...) that one.",
        )
    from wherry.fs.db import AsyncDbFileSystem, DbFileSystem
    from wherry.stores.sql_methods import BlockingSql

    made: Any = DbFileSystem if isinstance(db, BlockingSql) else AsyncDbFileSystem
    place = {"table_name": told.get("table_name", "agno_fs"), "db_schema": told.get("db_schema", "fs")}
    backend: BaseFS = made(db=db, **place)
    return backend
