"""Public path of `wherry.core.filters`; mirrors `agno.filters`."""

from wherry.core.filters import (
    AND,
    CONTAINS,
    EQ,
    GT,
    GTE,
    IN,
    LT,
    LTE,
    MAX_FILTER_DEPTH,
    NEQ,
    NOT,
    OR,
    STARTSWITH,
    FilterExpr,
    from_dict,
)

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
