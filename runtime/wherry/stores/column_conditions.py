"""A condition of `core.filters` in its JSON form as an expression of SQLAlchemy on named columns.

For code that keeps its own tables beside Wherry's; the stores write SQL themselves, in `trace_conditions`. Reached as
`wherry.db.filter_converter`, the public path of `agno.db.filter_converter`.
"""

from __future__ import annotations

from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.filters import MAX_FILTER_DEPTH
from wherry.stores.tables import TRACES
from wherry.stores.trace_conditions import comparable_time

if TYPE_CHECKING:
    from collections.abc import Callable

DATETIME_COLUMNS: set[str] = {"start_time", "end_time", "created_at"}
"""Columns that hold moments as texts in UTC; what they are compared with is brought to that form."""

TRACE_COLUMNS: set[str] = set(TRACES.names)
"""Columns of a trace that may be filtered by."""

_COMPARED: dict[str, Callable[[Any, Any], Any]] = {"EQ": eq, "NEQ": ne, "GT": gt, "GTE": ge, "LT": lt, "LTE": le}
_SEARCHED = {"CONTAINS": "contains", "STARTSWITH": "startswith"}
_JOINED = {"AND": "and_", "OR": "or_"}


def filter_expr_to_sqlalchemy(
    filter_dict: Any, table: Any, allowed_columns: set[str] | None = None, _depth: int = 0
) -> Any:
    """A condition as what `select(...).where()` takes. Mirrors `agno.db.filter_converter.filter_expr_to_sqlalchemy`.

    Args:
        filter_dict: The condition's JSON form: what `to_dict()` of `wherry.filters` gives.
        table: The table, of SQLAlchemy, whose columns it names.
        allowed_columns: Names that it may use; None or none: every column of the table.
        _depth: How deep this condition stands in another.

    Returns:
        An expression of SQLAlchemy. Texts are found in any case, and `%` and `_` in them stand for themselves.

    Raises:
        ConfigurationError: (a ValueError) an unknown operator or column, a missing entry, or too many levels.
    """
    if _depth > MAX_FILTER_DEPTH:
        raise ConfigurationError(
            f"The filter nests deeper than the maximum nesting depth of {MAX_FILTER_DEPTH}.", hint="Make it flatter."
        )
    if not isinstance(filter_dict, dict) or "op" not in filter_dict:
        raise ConfigurationError(
            f"Invalid filter: {filter_dict!r} is not a dict with 'op' key.",
            hint="Give what to_dict() of a filter gives.",
        )
    op = filter_dict["op"]
    if op in _COMPARED or op in _SEARCHED:
        name, value = _entries(filter_dict, op, "value", allowed_columns)
        return _compared(op, table.c[name], comparable_time(name, value))
    if op == "IN":
        name, values = _entries(filter_dict, op, "values", allowed_columns)
        return table.c[name].in_([comparable_time(name, value) for value in values])
    return _joined(filter_dict, op, lambda part: filter_expr_to_sqlalchemy(part, table, allowed_columns, _depth + 1))


def _entries(told: dict[str, Any], op: str, entry: str, allowed: set[str] | None) -> tuple[str, Any]:
    """The column and what it is compared with."""
    name, value = told.get("key"), told.get(entry)
    if name is None or value is None:
        raise ConfigurationError(f"{op} filter requires 'key' and '{entry}', and {told!r} lacks one.", hint="Add it.")
    if allowed and name not in allowed:
        raise ConfigurationError(f"Invalid filter field: {name!r}.", hint=f"There are {', '.join(sorted(allowed))}.")
    return str(name), value


def _compared(op: str, column: Any, value: Any) -> Any:
    from sqlalchemy import func

    if op in _COMPARED:
        return _COMPARED[op](column, value)
    return getattr(func.lower(column), _SEARCHED[op])(str(value).lower(), autoescape=True)


def _joined(told: dict[str, Any], op: str, made: Callable[[Any], Any]) -> Any:
    """The conditions that others make up."""
    import sqlalchemy

    entry = "condition" if op == "NOT" else "conditions"
    if op not in _JOINED and op != "NOT":
        raise ConfigurationError(
            f"Unknown filter operator: {op!r}.", hint="Use one of the classes in wherry.filters, and its to_dict()."
        )
    parts = told.get(entry)
    if not parts:
        raise ConfigurationError(f"{op} filter requires '{entry}', and {told!r} has none.", hint="Add it.")
    if op == "NOT":
        return sqlalchemy.not_(made(parts))
    return getattr(sqlalchemy, _JOINED[op])(*(made(part) for part in parts))
