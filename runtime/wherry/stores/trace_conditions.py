"""A condition of `core.filters` on the columns of a trace as SQL; mirrors `agno.db.filter_converter`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.filters import FilterExpr, from_dict
from wherry.stores.plan import marks, page_of
from wherry.stores.tables import TRACES

if TYPE_CHECKING:
    from wherry.stores.plan import Where

_SIGNS = {"EQ": "=", "NEQ": "!=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
_TIMES = frozenset({"start_time", "end_time", "created_at"})


def add_condition(where: Where, given: Any, prefix: str = "") -> None:
    """Add a condition to others.

    Args:
        where: The others.
        given: A condition, its JSON form, or nothing.
        prefix: What stands before a column's name.

    Raises:
        ConfigurationError: (a ValueError) unknown operator or column, a missing entry, or too many levels.
    """
    if not given:
        return
    data = given.to_dict() if hasattr(given, "to_dict") else given
    sql, values = _sql(from_dict(data), prefix)
    where.add(sql, *values)


def _sql(condition: FilterExpr, prefix: str) -> tuple[str, list[Any]]:
    told = condition.to_dict()
    op = told["op"]
    if op in {"AND", "OR"}:
        return _joined(op, vars(condition)["expressions"], prefix)
    if op == "NOT":
        sql, values = _sql(vars(condition)["expression"], prefix)
        return f"NOT ({sql})", values
    column = prefix + _column(told["key"])
    if op == "IN":
        values = [_comparable(told["key"], value) for value in told["values"]]
        return (f"{column} IN ({marks(len(values))})" if values else "1 = 0"), values
    value = _comparable(told["key"], told["value"])
    if op in _SIGNS:
        return f"{column} {_SIGNS[op]} ?", [value]
    text = str(value).lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"LOWER({column}) LIKE ? ESCAPE '/'", [f"%{text}%" if op == "CONTAINS" else f"{text}%"]


def _joined(op: str, parts: Any, prefix: str) -> tuple[str, list[Any]]:
    if not parts:
        raise ConfigurationError(f"The {op} filter requires conditions and has none.", hint="Add one, or leave it out.")
    found = [_sql(part, prefix) for part in parts]
    return "(" + f" {op} ".join(sql for sql, _ in found) + ")", [value for _, values in found for value in values]


def _column(name: Any) -> str:
    if name not in TRACES.names:
        raise ConfigurationError(
            f"A trace has no field {name!r} to filter by.", hint=f"It has {', '.join(sorted(TRACES.names))}."
        )
    return str(name)


def _comparable(name: str, value: Any) -> Any:
    """A value as the column holds it: times are texts in UTC."""
    if value is None:
        raise ConfigurationError(f"The filter of {name!r} requires a value, which is None.", hint="Give one.")
    return comparable_time(name, value)


def comparable_time(name: str, value: Any) -> Any:
    """A moment for one of the columns that hold moments, as these hold it; anything else as it is."""
    if name not in _TIMES or not isinstance(value, (str, datetime)):
        return value
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        return value
    return in_utc(moment)


def in_utc(moment: datetime) -> str:
    """A moment as the columns hold it, a text in UTC; without a zone it is meant in UTC."""
    try:
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    except OverflowError:  # on the first or last day that there is
        return moment.replace(tzinfo=UTC).isoformat()


def trace_page(limit: int | None, page: int | None) -> tuple[str, list[Any]]:
    """`page_of` for numbers below their range: no limit, and the first page, on both databases, as SQLite has it."""
    return page_of(None if limit is not None and limit < 0 else limit, max(page, 1) if page is not None else None)
