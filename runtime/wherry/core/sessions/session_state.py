"""Rules for a session's state: what wins when it is loaded, and what two runs that wrote at once leave behind.

Pure functions over dictionaries. Runners use the loading rules before a run; stores use `merge_data` inside the
transaction that saves one.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import Any

TRANSIENT = ("current_session_id", "current_user_id", "current_run_id", "current_workflow_id")
"""Keys that exist in the state during a run only."""


def copied(value: Any) -> Any:
    """A copy of a JSON tree; anything else in it is copied the slow way."""
    kind = type(value)
    if kind is dict:
        return {key: copied(item) for key, item in value.items()}
    if kind is list:
        return [copied(item) for item in value]
    return value if value is None or kind in _ATOMS else deepcopy(value)


_ATOMS = frozenset({str, int, float, bool})


def plain_copy(value: Any) -> Any:
    """`copied` with dataclasses as dictionaries of their fields, which is how sessions hold them in a database."""
    kind = type(value)
    if kind is dict:
        return {key: plain_copy(item) for key, item in value.items()}
    if kind is list:
        return [plain_copy(item) for item in value]
    if value is None or kind in _ATOMS:
        return value
    if kind is tuple:
        return tuple(plain_copy(item) for item in value)
    if is_dataclass(kind):
        return {field.name: plain_copy(getattr(value, field.name)) for field in fields(value)}
    return deepcopy(value)


def merge_into(target: dict[str, Any], more: dict[str, Any]) -> None:
    """Put `more` over `target`; dictionaries are merged key by key. Mirrors `agno.utils.merge_dict`."""
    for key, value in more.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merge_into(known, value)
        else:
            target[key] = value


def loaded_state(stored: Any, given: dict[str, Any], *, overwrite: bool = False) -> dict[str, Any]:
    """The state a run starts with: what the call gave over what is stored over the owner's defaults.

    Args:
        stored: State of the session in the database, if any.
        given: Defaults of the owner with the parameters of this run over them; updated in place and returned.
        overwrite: Ignore what is stored.
    """
    if isinstance(stored, dict) and stored and not overwrite:
        merged = dict(stored)
        merge_into(merged, given)
        given.clear()
        given.update(merged)
    return given


def merge_metadata(session: dict[str, Any] | None, owner: dict[str, Any] | None) -> None:
    """Fill a session's metadata with the owner's where the session says nothing; in place."""
    if session is None or owner is None:
        return
    merged = deepcopy(owner)
    merge_into(merged, session)
    session.clear()
    session.update(merged)


def with_ids(state: dict[str, Any], *, session_id: str, run_id: str, user_id: str | None = None) -> dict[str, Any]:
    """Put the running run's ids into the state, in Agno's order; in place."""
    if user_id:
        state["current_user_id"] = user_id
    state["current_session_id"] = session_id
    state["current_run_id"] = run_id
    return state


def without_ids(state: Any) -> None:
    """Take the running run's ids out of a state; in place."""
    if isinstance(state, dict):
        for key in TRANSIENT:
            state.pop(key, None)


_GONE: Any = object()


def three_way(base: Any, mine: Any, theirs: Any, path: str = "") -> tuple[Any, list[str]]:
    """Merge two changed versions of one value.

    A key that only one side changed takes that side's value, at every depth of nested dictionaries; a key that both
    sides removed or set to the same value is no conflict. Where both changed it differently, `mine` wins: it is the
    one being committed last.

    Args:
        base: What both started from.
        mine: The version being saved.
        theirs: The version found in the database.
        path: Dotted path of the value, for the report.

    Returns:
        The merged value, and the dotted paths in conflict.
    """
    if theirs in (mine, base):
        return mine, []
    if mine == base:
        return theirs, []
    if not (isinstance(mine, dict) and isinstance(theirs, dict)):
        return mine, [path or "."]
    origin = base if isinstance(base, dict) else {}
    merged: dict[str, Any] = {}
    conflicts: list[str] = []
    for key in [*theirs, *(key for key in mine if key not in theirs)]:
        here = f"{path}.{key}" if path else str(key)
        value, clashes = three_way(origin.get(key, _GONE), mine.get(key, _GONE), theirs.get(key, _GONE), here)
        conflicts += clashes
        if value is not _GONE:
            merged[key] = value
    return merged, conflicts


def merge_data(
    base: dict[str, Any] | None,
    mine: dict[str, Any] | None,
    theirs: dict[str, Any] | None,
    *,
    overwrite: bool = False,
    keep_stored: bool = False,
) -> tuple[dict[str, Any], list[str]]:
    """Merge the `session_data` of two runs that overlapped.

    Session metrics are sums, so both sides' additions are kept; everything else follows `three_way`.

    Args:
        base: What this run loaded.
        mine: What this run wants to save.
        theirs: What the database holds now.
        overwrite: This run's state replaces the stored one as a whole.
        keep_stored: Of keys in conflict the stored value stays.

    Returns:
        The merged data, and the dotted paths in conflict (``session_state.…`` mostly).
    """
    base, mine, theirs = base or {}, dict(mine or {}), theirs or {}
    metrics = _summed(base.get("session_metrics"), mine.get("session_metrics"), theirs.get("session_metrics"))
    state = mine.get("session_state") if overwrite else None
    loaded, wanted, stored = ({**side, "session_metrics": metrics} for side in (base, mine, theirs))
    merged, conflicts = three_way(loaded, wanted, stored)
    if state is not None:
        conflicts = [path for path in conflicts if not path.startswith("session_state")]
    if keep_stored and conflicts:
        merged, _ = three_way(loaded, stored, wanted)
    if state is not None:
        merged["session_state"] = state
    if metrics is None:
        merged.pop("session_metrics", None)
    return merged, conflicts


def _summed(base: Any, mine: Any, theirs: Any) -> Any:
    """`theirs` plus what `mine` added to `base`, field by field."""
    if mine is None or theirs is None:
        return theirs if mine is None else mine
    if isinstance(mine, dict) and isinstance(theirs, dict):
        origin = base if isinstance(base, dict) else {}
        keys = [*theirs, *(key for key in mine if key not in theirs)]
        return {key: _summed(origin.get(key), mine.get(key), theirs.get(key)) for key in keys}
    if isinstance(mine, list) and isinstance(theirs, list):
        return _summed_models(base if isinstance(base, list) else [], mine, theirs)
    if _is_number(mine) and _is_number(theirs):
        return theirs + mine - (base if _is_number(base) else 0)
    return mine


def _summed_models(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    """Entries of `details`, matched by provider and id."""
    origins = {_model(entry): entry for entry in base}
    added = {_model(entry): entry for entry in mine}
    known = {_model(entry) for entry in theirs}
    summed = [_summed(origins.get(_model(entry)), added.get(_model(entry)), entry) for entry in theirs]
    return [*summed, *(entry for entry in mine if _model(entry) not in known)]


def _model(entry: Any) -> Any:
    return (entry.get("provider"), entry.get("id")) if isinstance(entry, dict) else str(entry)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
