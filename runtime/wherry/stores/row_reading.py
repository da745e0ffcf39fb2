"""Rows read by code outside the stores, under the names of Agno's database helpers.

Nothing in Wherry needs these: the stores read rows through `rows`. `wherry.db.utils` exports them.
"""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from wherry.core.errors import StoreError
from wherry.core.status import RunStatus
from wherry.stores.jsontext import encodable
from wherry.stores.rows import SessionType, detect_kind, run_row, session_from

if TYPE_CHECKING:
    from collections.abc import Sequence


class CustomJSONEncoder(json.JSONEncoder):
    """An encoder for ``json.dumps(..., cls=…)`` that writes what rows may hold.

    Dates, ids, classes, messages and metrics; mirrors `agno.db.utils.CustomJSONEncoder`.
    """

    def default(self, obj: Any) -> Any:
        """What stands for a value without a JSON form; a TypeError when nothing does."""
        try:
            return encodable(obj)
        except StoreError:
            return super().default(obj)


def json_serializer(obj: Any) -> str:
    """A value as the JSON text that SQL columns hold.

    Raises:
        TypeError: Something in it has no JSON form.
    """
    return json.dumps(obj, cls=CustomJSONEncoder)


def deserialize_session(session_type: Any, record: dict[str, Any]) -> Any:
    """A session object from a row.

    Args:
        session_type: Kind to build; None for the row's own.
        record: Column values with `runs`.
    """
    return session_from(record, session_type)


def deserialize_sessions(session_type: Any, records: Sequence[dict[str, Any]]) -> list[Any]:
    """`deserialize_session` of several rows."""
    return [session_from(record, session_type) for record in records]


async def resolve_session_type(
    db: Any, session_id: str, session_type: Any, user_id: str | None = None
) -> tuple[Any, dict[str, Any] | None]:
    """The kind of a stored session.

    Args:
        db: A blocking or an async database.
        session_id: The session.
        session_type: Returned as it is, without a look at the database, unless it is None.
        user_id: Only if it belongs to this user.

    Returns:
        The kind and the row it was read from; (None, None) when there is no such session.
    """
    if session_type is not None:
        return session_type, None
    found = db.get_session(session_id=session_id, user_id=user_id, deserialize=False)
    row = await found if inspect.isawaitable(found) else found
    return (SessionType(detect_kind(row)), row) if row else (None, None)


def build_run_rows_for_session(session: Any) -> list[dict[str, Any]]:
    """Rows of all runs of a session, in their order; runs without an id are left out."""
    placed = [
        (run, place)
        for place, run in enumerate(session.runs or ())
        if (run.get("run_id") if isinstance(run, dict) else run.run_id) is not None
    ]
    return [run_row(run, session.session_id, session.user_id, place) for run, place in placed]


def canonical_run_status(value: Any) -> Any:
    """The stored spelling of a status however it is spelled; what is no status stays as it is."""
    if isinstance(value, RunStatus):
        return value.value
    try:
        return RunStatus(str(value)).value
    except ValueError:
        found = getattr(RunStatus, str(value).lower(), None)
        return found.value if isinstance(found, RunStatus) else value


def owner_key(user_id: Any) -> str | None:
    """A user id as its column holds it."""
    return None if user_id is None else str(user_id)
