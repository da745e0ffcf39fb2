"""Conditions on metadata, for knowledge searches and for lists of traces; as objects and as JSON.

Turning them into SQL or vector-store queries is the stores' business. Mirrors `agno.filters`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from wherry.core.errors import ConfigurationError

__all__ = [
    "AND",
    "CONTAINS",
    "EQ",
    "GT",
    "GTE",
    "IN",
    "LT",
    "LTE",
    "MAX_FILTER_DEPTH",
    "NEQ",
    "NOT",
    "OR",
    "STARTSWITH",
    "FilterExpr",
    "from_dict",
]

# JSON from a client may not nest deeper than this.
MAX_FILTER_DEPTH: int = 10


class FilterExpr:
    """A condition; combine with ``&``, ``|`` and ``~``. Mirrors `agno.filters.FilterExpr`."""

    def __or__(self, other: FilterExpr) -> OR:
        return OR(self, other)

    def __and__(self, other: FilterExpr) -> AND:
        return AND(self, other)

    def __invert__(self) -> NOT:
        return NOT(self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({vars(self)})"

    def to_dict(self) -> dict[str, Any]:
        """JSON form, which `from_dict` reads."""
        raise NotImplementedError(f"{type(self).__name__} has no JSON form; derive it from one of EQ, IN, AND, ...")


class _Comparison(FilterExpr):
    """A field against a value."""

    def __init__(self, key: str, value: Any) -> None:
        self.key = key
        self.value = value

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"op": type(self).__name__, "key": self.key, "value": self.value}


class EQ(_Comparison):
    """The field equals the value."""


class NEQ(_Comparison):
    """The field does not equal the value."""


class GT(_Comparison):
    """The field is greater than the value."""


class GTE(_Comparison):
    """The field is greater than or equal to the value."""


class LT(_Comparison):
    """The field is less than the value."""


class LTE(_Comparison):
    """The field is less than or equal to the value."""


class CONTAINS(_Comparison):
    """The field contains the text, in whatever case."""


class STARTSWITH(_Comparison):
    """The field begins with the text."""


class IN(FilterExpr):
    """The field equals one of the values."""

    def __init__(self, key: str, values: list[Any]) -> None:
        self.key = key
        self.values = values

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"op": "IN", "key": self.key, "values": self.values}


class _Junction(FilterExpr):
    """Several conditions at once."""

    def __init__(self, *expressions: FilterExpr) -> None:
        self.expressions = list(expressions)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"op": type(self).__name__, "conditions": [item.to_dict() for item in self.expressions]}


class AND(_Junction):
    """All conditions hold."""


class OR(_Junction):
    """At least one condition holds."""


class NOT(FilterExpr):
    """The condition does not hold."""

    def __init__(self, expression: FilterExpr) -> None:
        self.expression = expression

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"op": "NOT", "condition": self.expression.to_dict()}


_ENTRIES: dict[str, tuple[type[FilterExpr], tuple[str, ...]]] = {
    **{kind.__name__: (kind, ("key", "value")) for kind in (EQ, NEQ, GT, GTE, LT, LTE, CONTAINS, STARTSWITH)},
    "IN": (IN, ("key", "values")),
    "AND": (AND, ("conditions",)),
    "OR": (OR, ("conditions",)),
    "NOT": (NOT, ("condition",)),
}


class _Reader:
    """Reads one filter; keeps the depth out of the public signature's way."""

    names: ClassVar[str] = ", ".join(_ENTRIES)

    @classmethod
    def read(cls, data: Any, depth: int) -> FilterExpr:
        if depth > MAX_FILTER_DEPTH:
            raise ConfigurationError(
                f"The filter nests deeper than {MAX_FILTER_DEPTH} levels.", hint="Flatten its AND, OR and NOT."
            )
        if not isinstance(data, dict) or "op" not in data:
            raise ConfigurationError(
                f"A filter must be a dict and must contain 'op' key, which {data!r} does not.",
                hint=f"Ops: {cls.names}.",
            )
        if not isinstance(data["op"], str) or data["op"] not in _ENTRIES:
            raise ConfigurationError(f"Unknown filter operator {data['op']!r}.", hint=f"Ops: {cls.names}.")
        kind, needed = _ENTRIES[data["op"]]
        missing = [name for name in needed if name not in data]
        if missing:
            raise ConfigurationError(
                f"The {data['op']} filter requires {missing[0]!r} field, which {data!r} lacks.", hint="Add it."
            )
        values = [data[name] for name in needed]
        if needed[-1] in ("conditions", "values") and not isinstance(values[-1], (list, tuple)):
            raise ConfigurationError(
                f"The {data['op']} filter has {needed[-1]} {values[-1]!r}, which are no list.", hint="Give a list."
            )
        if issubclass(kind, _Junction):
            return kind(*(cls.read(item, depth + 1) for item in values[0]))
        return NOT(cls.read(values[0], depth + 1)) if kind is NOT else kind(*values)


def joined_filters(own: Any, given: Any) -> Any:
    """The knowledge filters of an owner with those of a run; None when there are none.

    Dictionaries are laid over one another, expressions are added: both must be true then. As in Agno a dictionary takes
    the place of expressions; other mixtures, in which Agno loses one or the other, keep both.
    """
    if not own or not given:
        return own or given or None
    if isinstance(given, dict):
        return {**own, **given} if isinstance(own, dict) else given
    kept = [EQ(key, value) for key, value in own.items()] if isinstance(own, dict) else _several(own)
    return [*kept, *_several(given)]


def _several(filters: Any) -> list[Any]:
    return list(filters) if isinstance(filters, (list, tuple)) else [filters]


def from_dict(filter_dict: dict[str, Any], _depth: int = 0) -> FilterExpr:
    """A filter from its JSON form; mirrors `agno.filters.from_dict`.

    Raises:
        ConfigurationError: (a ValueError) unknown op, missing entry, or more than `MAX_FILTER_DEPTH` levels.
    """
    return _Reader.read(filter_dict, _depth)
