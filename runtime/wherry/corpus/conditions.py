"""Conditions on metadata, turned into what a store can ask: SQL for Postgres, a function for SQLite.

Both say the same of the same metadata, with SQL's three values: a condition on an entry that is not there is neither
true nor false, and so is its negation. Filters are a dictionary (all entries must be there) or expressions of
`wherry.filters`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from wherry.core.errors import ConfigurationError

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_ORDER = {"GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
OPS = "EQ, NEQ, IN, GT, GTE, LT, LTE, CONTAINS, STARTSWITH, AND, OR, NOT"


def plain(filters: Any) -> Any:
    """Filters as JSON values: a dictionary stays one, expressions become a list of their JSON forms.

    Raises:
        ConfigurationError: They are neither.
    """
    if filters is None or (isinstance(filters, dict) and "op" not in filters):
        return filters or None
    items = list(filters) if isinstance(filters, (list, tuple)) else [filters]
    forms = [item.to_dict() if hasattr(item, "to_dict") else item for item in items]
    for form in forms:
        if not isinstance(form, dict) or "op" not in form:
            raise ConfigurationError(
                f"{form!r} is no filter.", hint="Use a dictionary, or EQ, IN, AND … of wherry.filters."
            )
    return forms or None


def _unknown(op: Any) -> ConfigurationError:
    return ConfigurationError(f"Unknown filter operator: {op}", hint=f"One of {OPS}.")


def text(value: Any) -> str | None:
    """A JSON value as text: true, not True; None for null."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def number(value: Any) -> float | None:
    """A JSON value as a number; a text counts when it is written as one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


# --- in Python: for SQLite ------------------------------------------------------------------------------------------


def holds(metadata: dict[str, Any], filters: Any) -> bool:
    """Whether filters in their plain form hold for a document's metadata."""
    if isinstance(filters, dict):
        return contains(metadata, filters)
    return all(_judge(metadata, form) is True for form in filters)


def contains(whole: Any, part: Any) -> bool:
    """Whether a JSON value contains another, by the rules of Postgres' `@>`."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and contains(whole[key], value) for key, value in part.items())
    if isinstance(whole, list):  # inside a document a list does not contain what is none
        return isinstance(part, list) and all(any(contains(own, item) for own in whole) for item in part)
    if isinstance(whole, bool) is not isinstance(part, bool):
        return False
    return (type(whole) is type(part) and whole == part) or (_numeric(whole) and _numeric(part) and whole == part)


def _numeric(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _judge(metadata: dict[str, Any], form: dict[str, Any]) -> bool | None:
    op = form["op"]
    if op in {"AND", "OR"}:
        return _joined([_judge(metadata, item) for item in form["conditions"]], decisive=op == "OR")
    if op == "NOT":
        return _negated(_judge(metadata, form["condition"]))
    own = metadata.get(form["key"])
    if op == "IN":
        return _joined([_equal(own, value) for value in form["values"]], decisive=True)
    if op == "EQ":
        return _equal(own, form["value"])
    if op == "NEQ":
        return _negated(_equal(own, form["value"]))
    if op in _ORDER:
        return _ordered(op, own, form["value"])
    if op not in {"CONTAINS", "STARTSWITH"}:
        raise _unknown(op)
    if own is None:
        return None
    if op == "CONTAINS":
        return str(form["value"]).lower() in (text(own) or "").lower()
    return (text(own) or "").startswith(str(form["value"]))


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _joined(values: list[bool | None], *, decisive: bool) -> bool | None:
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _equal(own: Any, value: Any) -> bool | None:
    if own is None or value is None:
        return None
    if _numeric(value) and (counted := number(own)) is not None:
        return bool(counted == value)
    return text(own) == text(value)


def _ordered(op: str, own: Any, value: Any) -> bool | None:
    mine: Any
    if _numeric(value):
        mine = number(own)
    else:
        mine, value = text(own), text(value)
    if mine is None or value is None:
        return None
    return bool({"GT": mine > value, "GTE": mine >= value, "LT": mine < value, "LTE": mine <= value}[op])


# --- in SQL: for Postgres -------------------------------------------------------------------------------------------

Sql = tuple[str, list[Any]]


def postgres(filters: Any) -> Sql:
    """A condition on the column `meta_data` with its parameters, from filters in their plain form."""
    if isinstance(filters, dict):
        return "meta_data @> ?::jsonb", [json.dumps(filters, default=str)]
    return _all([_sql(form) for form in filters], "AND")


def _all(parts: list[Sql], word: str) -> Sql:
    if not parts:
        return ("TRUE" if word == "AND" else "FALSE"), []
    return "(" + f" {word} ".join(sql for sql, _ in parts) + ")", [value for _, values in parts for value in values]


def _sql(form: dict[str, Any]) -> Sql:
    op = form["op"]
    if op in {"AND", "OR"}:
        return _all([_sql(item) for item in form["conditions"]], op)
    if op == "NOT":
        inner, values = _sql(form["condition"])
        return f"NOT {inner}", values
    key = form["key"]
    if op == "IN":
        return _all([_sql_equal(key, value) for value in form["values"]], "OR")
    if op == "EQ":
        return _sql_equal(key, form["value"])
    if op == "NEQ":
        equal, values = _sql_equal(key, form["value"])
        return f"NOT {equal}", values
    if op in _ORDER:
        if _numeric(form["value"]):
            return f"({_COUNTED} {_ORDER[op]} ?)", [key, key, form["value"]]
        return f'((meta_data ->> ?) COLLATE "C" {_ORDER[op]} ?::text)', [key, text(form["value"])]
    if op == "CONTAINS":
        return "(position(lower(?) in lower(meta_data ->> ?)) > 0)", [str(form["value"]), key]
    if op == "STARTSWITH":
        return "starts_with(meta_data ->> ?, ?)", [key, str(form["value"])]
    raise _unknown(op)


_COUNTED = r"(CASE WHEN meta_data ->> ? ~ '^-{0,1}\d+(\.\d+){0,1}$' THEN (meta_data ->> ?)::numeric END)"


def _sql_equal(key: str, value: Any) -> Sql:
    if value is None:
        return "NULL::boolean", []
    if _numeric(value):
        return f"COALESCE({_COUNTED} = ?, meta_data ->> ? = ?::text)", [key, key, value, key, text(value)]
    return "(meta_data ->> ? = ?::text)", [key, text(value)]
