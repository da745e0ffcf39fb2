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
from wherry.core.matrix import module_getattr

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

__getattr__ = module_getattr(__name__, "agno.filters")
