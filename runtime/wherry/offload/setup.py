"""What `offload_tool_results` comes to: the store that an owner works with. Called when an owner becomes ready.

Mirrors `agno.offload.setup`.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.offload.store import ResultStore

_told: set[tuple[Any, str]] = set()
_MOST_TOLD = 1024  # an owner without a name has a new id in each process request


class WrongSetting(ConfigurationError, TypeError):
    """Something that says neither yes nor no nor how."""


def checked(setting: Any) -> Any:
    """The setting, if it is one.

    Raises:
        WrongSetting: (a TypeError) It is none.
    """
    if setting is None or setting is True or setting is False or isinstance(setting, ResultStore):
        return setting
    raise WrongSetting(
        f"offload_tool_results must be True, False, None or a ResultStore, not {setting!r}.",
        hint="A threshold is given by ResultStore(threshold_chars=...).",
    )


def _tell_once(owner: Any, what: str) -> None:
    key = getattr(owner, "id", None) or getattr(owner, "name", None) or id(owner), what
    if key in _told:
        return
    if len(_told) < _MOST_TOLD:
        _told.add(key)
    log_warning(what)


def build_result_store(*, setting: Any, db: Any, owner: Any, owner_kind: str = "agent") -> ResultStore | None:
    """The store that an owner works with; None when results stay where they are, of which a warning tells once.

    Args:
        setting: What was given as `offload_tool_results`.
        db: The owner's database.
        owner: For whom, for the warning.
        owner_kind: `agent`, `team` or `member`.

    Raises:
        WrongSetting: (a TypeError) The setting is none.
    """
    if not checked(setting):
        return None
    store = ResultStore(db=db) if setting is True else setting.bound(db)
    off = f"; offload_tool_results is off for this {owner_kind}"
    if store.db is None:
        _tell_once(owner, f"Long tool results cannot be kept apart without a db{off}.")
        return None
    if not _keeps_results(store.db):
        name = type(store.db).__name__
        _tell_once(owner, f"Result offloading is not available on {name}{off}. It needs a SqliteDb or PostgresDb.")
        return None
    try:
        files = store.fs
    except Exception as error:  # noqa: BLE001 - whatever a file system raises must not break the run
        _tell_once(owner, f"Long tool results have no place to go to ({error}){off}.")
        return None
    _register(store.db, files)
    return store


def _keeps_results(db: Any) -> bool:
    from wherry.stores.sql_methods import BlockingSql

    return isinstance(db, BlockingSql)


def _register(db: Any, files: Any) -> None:
    """Let the database know where texts are: those of a session are deleted along with it."""
    known = db.__dict__.setdefault("tool_result_filesystems", [])
    if all(other.backend != files.backend for other in known):
        known.append(files)
