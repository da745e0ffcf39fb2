"""Statements on the table of eval results.

See `plan` for what a plan is. Mirrors the eval methods of Agno's SQL databases.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug
from wherry.stores.evals import OWNERS, eval_shown, eval_values, plain
from wherry.stores.jsontext import loads_column
from wherry.stores.plan import BEGIN, Plan, Tables, Where, marks, needs, order, page_of, portions, storable
from wherry.stores.rows import check_page
from wherry.stores.tables import EVALS

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS = ", ".join(EVALS.names)


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(EVALS.names, values, strict=True))
    for name in EVALS.json_names:
        row[name] = loads_column(row[name])
    return row


def _text(t: Tables, value: Any) -> Any:
    return storable(value) if t.postgres else value


@needs(writes=("evals",))
def create_eval_run(t: Tables, eval_run: Any) -> Plan[Any]:
    """Store the result of an eval; mirrors `agno.db.sqlite.SqliteDb.create_eval_run`.

    Args:
        t: Tables of the store.
        eval_run: An `EvalRunRecord`, Agno's or Wherry's.

    Returns:
        The record.
    """
    now = int(time())
    given = {"created_at": now, "updated_at": now, **eval_values(eval_run)}
    cells = [t.json(value) if name in EVALS.json_names else _text(t, value) for name, value in given.items()]
    yield f"INSERT INTO {t['evals']} ({', '.join(given)}) VALUES ({marks(len(given))})", cells
    return eval_run


@needs("evals")
def get_eval_run(t: Tables, eval_run_id: str, deserialize: bool | None = True, user_id: str | None = None) -> Plan[Any]:
    """Read one eval result.

    Args:
        t: Tables of the store.
        eval_run_id: Its id.
        deserialize: An `EvalRunRecord`, or else the row.
        user_id: Only if it is this user's.

    Returns:
        None when there is none.
    """
    if "evals" not in t.present:
        return None
    where = Where().exactly(run_id=eval_run_id).equal(user_id=user_id)
    rows = yield f"SELECT {_COLUMNS} FROM {t['evals']}{where}", where.values
    return eval_shown(_row(rows[0]), deserialize) if rows else None


@needs("evals")
def get_eval_runs(
    t: Tables,
    limit: int | None = None,
    page: int | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    model_id: str | None = None,
    filter_type: Any = None,
    eval_type: Sequence[Any] | None = None,
    deserialize: bool | None = True,
    user_id: str | None = None,
) -> Plan[Any]:
    """Read eval results, the newest first unless sorted otherwise.

    Args:
        t: Tables of the store.
        limit: At most so many.
        page: Which part, from 1.
        sort_by: Column to sort by.
        sort_order: ``asc`` or ``desc``.
        agent_id: Of this agent.
        team_id: Of this team.
        workflow_id: Of this workflow.
        model_id: With this model.
        filter_type: Of any agent, team or workflow: an `EvalFilterType`.
        eval_type: Of these kinds; an empty list asks for all.
        deserialize: `EvalRunRecord` objects, or else rows and their number without paging; as in Agno a page beyond
            the last says that there are none.
        user_id: Of this user.
    """
    check_page(limit, page)
    if "evals" not in t.present:
        return [] if deserialize else ([], 0)
    where = Where().equal(
        user_id=user_id, agent_id=agent_id, team_id=team_id, workflow_id=workflow_id, model_id=model_id
    )
    if eval_type:
        where.one_of("eval_type", [plain(kind) for kind in eval_type])
    if filter_type is not None and plain(filter_type) in OWNERS:
        where.add(f"{OWNERS[plain(filter_type)]} IS NOT NULL")
    sorting = order(sort_by, sort_order, EVALS.names, default="created_at DESC")
    paging, extra = page_of(limit, page)
    rows = yield f"SELECT {_COLUMNS} FROM {t['evals']}{where}{sorting}{paging}", [*where.values, *extra]
    if deserialize:
        return [eval_shown(_row(row), deserialize=True) for row in rows]
    if not rows:
        return [], 0
    counted = yield f"SELECT COUNT(*) FROM {t['evals']}{where}", where.values
    return [_row(row) for row in rows], counted[0][0]


@needs("evals")
def rename_eval_run(
    t: Tables, eval_run_id: str, name: str, deserialize: bool | None = True, user_id: str | None = None
) -> Plan[Any]:
    """Give an eval result another name; the result afterwards, or None (see `get_eval_run`)."""
    if "evals" not in t.present:
        return None
    yield BEGIN
    where = Where().exactly(run_id=eval_run_id).equal(user_id=user_id)
    sql = f"UPDATE {t['evals']} SET name = ?, updated_at = ?{where} RETURNING {_COLUMNS}"
    rows = yield sql, [_text(t, name), int(time()), *where.values]
    return eval_shown(_row(rows[0]), deserialize) if rows else None


@needs("evals")
def update_eval_run_user_id(t: Tables, eval_run_id: str, user_id: str) -> Plan[None]:
    """Hand an eval result to a user."""
    if "evals" in t.present:
        yield f"UPDATE {t['evals']} SET user_id = ? WHERE run_id = ?", (user_id, eval_run_id)


@needs("evals")
def delete_eval_run(t: Tables, eval_run_id: str) -> Plan[None]:
    """Delete one eval result."""
    yield from delete_eval_runs(t, [eval_run_id])


@needs("evals")
def delete_eval_runs(t: Tables, eval_run_ids: Sequence[str], user_id: str | None = None) -> Plan[None]:
    """Delete eval results, only this user's when one is given."""
    if "evals" not in t.present:
        return
    parts, gone = portions(eval_run_ids), False
    if len(parts) > 1:
        yield BEGIN
    for some in parts:
        where = Where().one_of("run_id", some).equal(user_id=user_id)
        rows = yield f"DELETE FROM {t['evals']}{where} RETURNING run_id", where.values
        gone = gone or bool(rows)
    if not gone:
        log_debug(f"There were no eval results {list(eval_run_ids)!r} to delete.")
