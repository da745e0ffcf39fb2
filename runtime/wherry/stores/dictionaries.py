"""Rows as dictionaries: where they are kept, and how a list of them is sorted and paged.

`Documents` is the port of the stores without a query engine; `memory`, `json_files` and `redis_documents` implement it,
`documents` and `document_records` use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from wherry.stores.rows import check_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Documents(Protocol):
    """The dictionaries of a store, for as long as nobody else may touch them. What it hands out is not changed."""

    def sessions(self) -> Iterable[dict[str, Any]]:
        """All session rows; a 2.x row has its runs inside."""
        ...

    def session(self, session_id: str) -> dict[str, Any] | None:
        """One session row."""
        ...

    def put_session(self, row: dict[str, Any]) -> None:
        """Add or replace a session row."""
        ...

    def drop_sessions(self, session_ids: frozenset[str]) -> None:
        """Remove sessions with their runs."""
        ...

    def runs(self, session_id: str | None = None) -> list[dict[str, Any]]:
        """Run rows, of one session oldest first."""
        ...

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run row."""
        ...

    def newest_runs(self, session_id: str) -> Iterator[dict[str, Any]]:
        """Stored runs of one session, newest first."""
        ...

    def put_run(self, row: dict[str, Any]) -> None:
        """Add or replace a run row; without an index it goes to the end of its session."""
        ...

    def drop_runs(self, run_ids: frozenset[str]) -> int:
        """Remove runs; how many there were."""
        ...

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Rows of memories, knowledge contents or daily metrics."""
        ...

    def set_records(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Replace them."""
        ...


def get_sort_value(record: dict[str, Any], sort_by: str) -> Any:
    """What a row is sorted by: `updated_at` falls back to `created_at`, which old rows have only."""
    value = record.get(sort_by)
    return record.get("created_at") if value is None and sort_by == "updated_at" else value


def arranged(
    rows: list[dict[str, Any]], sort_by: str | None, sort_order: str | None, *, upwards: bool = False
) -> list[dict[str, Any]]:
    """Rows sorted by a column; those without a value are its highest, as in Agno.

    Args:
        rows: The rows.
        sort_by: The column; None, or values of several types: the rows stay as they are.
        sort_order: ``asc`` or ``desc``.
        upwards: What is not ``desc`` is ascending; otherwise what is not ``asc`` is descending.
    """
    if sort_by is None or not rows:
        return rows

    def place(row: dict[str, Any]) -> tuple[bool, Any]:
        value = get_sort_value(row, sort_by)
        return value is None, value

    try:
        return sorted(rows, key=place, reverse=sort_order == "desc" if upwards else sort_order != "asc")
    except TypeError:
        return rows


def asked_page(limit: int | None, page: int | None, *, lenient: bool) -> int | None:
    """The page that is asked for.

    Args:
        limit: Rows on a page.
        page: Which, from 1.
        lenient: A page without a limit means everything, as in Agno's databases in memory and in files.

    Raises:
        ConfigurationError: A page that cannot be meant.
    """
    if lenient and limit is None:
        return None
    check_page(limit, page)
    return page


def paged(rows: list[Any], limit: int | None, page: int | None) -> list[Any]:
    """One page of rows."""
    if limit is None:
        return rows
    start = ((page or 1) - 1) * limit
    return rows[start : start + limit]
