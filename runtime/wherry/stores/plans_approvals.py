"""Statements on the table of approvals: who was asked to allow a tool call, and what was decided.

See `plan` for what a plan is. The rows are Agno's; `core.approvals` makes and reads them.
"""

from __future__ import annotations

from time import time
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.stores.jsontext import loads_column
from wherry.stores.plan import BEGIN, Plan, Tables, Where, marks, needs, page_of
from wherry.stores.tables import APPROVALS

_COLUMNS = ", ".join(APPROVALS.names)


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(APPROVALS.names, values, strict=True))
    for name in APPROVALS.json_names:
        row[name] = loads_column(row[name])
    return row


def _cells(t: Tables, given: dict[str, Any]) -> list[Any]:
    unknown = given.keys() - set(APPROVALS.names)
    if unknown:
        raise ConfigurationError(
            f"An approval has no columns {sorted(unknown)!r}.", hint=f"It has {', '.join(APPROVALS.names)}."
        )
    return [t.json(value) if name in APPROVALS.json_names else value for name, value in given.items()]


@needs(writes=("approvals",))
def create_approval(t: Tables, approval_data: dict[str, Any]) -> Plan[dict[str, Any]]:
    """Store an approval; mirrors `agno.db.sqlite.SqliteDb.create_approval`.

    Args:
        t: Tables of the store.
        approval_data: Columns with their values; the times are filled in where they are not given.

    Returns:
        The row as stored.

    Raises:
        ConfigurationError: There is no such column.
    """
    now = int(time())
    data = {"created_at": now, "updated_at": now, **approval_data}
    sql = f"INSERT INTO {t['approvals']} ({', '.join(data)}) VALUES ({marks(len(data))})"
    yield sql, _cells(t, data)
    return data


@needs("approvals")
def get_approval(t: Tables, approval_id: str) -> Plan[dict[str, Any] | None]:
    """An approval by its id, or None."""
    if "approvals" not in t.present:
        return None
    rows = yield f"SELECT {_COLUMNS} FROM {t['approvals']} WHERE id = ?", (approval_id,)
    return _row(rows[0]) if rows else None


@needs("approvals")
def get_approvals(
    t: Tables,
    status: str | None = None,
    source_type: str | None = None,
    approval_type: str | None = None,
    pause_type: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    user_id: str | None = None,
    schedule_id: str | None = None,
    run_id: str | None = None,
    limit: int = 100,
    page: int = 1,
) -> Plan[tuple[list[dict[str, Any]], int]]:
    """A page of the approvals that fit, the newest first, and how many fit."""
    if "approvals" not in t.present:
        return [], 0
    where = Where().equal(
        status=status,
        source_type=source_type,
        approval_type=approval_type,
        pause_type=pause_type,
        agent_id=agent_id,
        team_id=team_id,
        workflow_id=workflow_id,
        user_id=user_id,
        schedule_id=schedule_id,
        run_id=run_id,
    )
    counted = yield f"SELECT COUNT(*) FROM {t['approvals']}{where}", where.values
    paging, extra = page_of(limit, page)
    sql = f"SELECT {_COLUMNS} FROM {t['approvals']}{where} ORDER BY created_at DESC{paging}"
    rows = yield sql, [*where.values, *extra]
    return [_row(row) for row in rows], counted[0][0]


@needs("approvals")
def update_approval(
    t: Tables, /, approval_id: str, expected_status: str | None = None, **columns: Any
) -> Plan[dict[str, Any] | None]:
    """Change an approval, for example to `approved` with `resolved_by`; the row afterwards.

    Args:
        t: Tables of the store.
        approval_id: Its id.
        expected_status: Change it only while it has this status, so that of two who decide at once one wins.
        **columns: New values.

    Returns:
        None when there is no such approval, or when it has another status.

    Raises:
        ConfigurationError: There is no such column.
    """
    changes = {**columns, "updated_at": int(time())}
    cells = _cells(t, changes)
    if "approvals" not in t.present:
        return None
    yield BEGIN
    where = Where().exactly(id=approval_id).equal(status=expected_status)
    assigned = ", ".join(f"{name} = ?" for name in changes)
    sql = f"UPDATE {t['approvals']} SET {assigned}{where} RETURNING {_COLUMNS}"
    rows = yield sql, [*cells, *where.values]
    return _row(rows[0]) if rows else None


@needs("approvals")
def delete_approval(t: Tables, approval_id: str) -> Plan[bool]:
    """Delete an approval; whether there was one."""
    if "approvals" not in t.present:
        return False
    rows = yield f"DELETE FROM {t['approvals']} WHERE id = ? RETURNING id", (approval_id,)
    return bool(rows)


@needs("approvals")
def get_pending_approval_count(t: Tables, user_id: str | None = None) -> Plan[int]:
    """How many approvals wait, of one user or of all."""
    if "approvals" not in t.present:
        return 0
    where = Where().equal(status="pending", user_id=user_id)
    rows = yield f"SELECT COUNT(*) FROM {t['approvals']}{where}", where.values
    return int(rows[0][0])


@needs("approvals")
def update_approval_run_status(t: Tables, run_id: str, run_status: Any) -> Plan[int]:
    """Note on a run's approvals how the run stands; how many there are."""
    if "approvals" not in t.present:
        return 0
    sql = f"UPDATE {t['approvals']} SET run_status = ?, updated_at = ? WHERE run_id = ? RETURNING id"
    rows = yield sql, (getattr(run_status, "value", run_status), int(time()), run_id)
    return len(rows)
