"""Filter expressions for tables of SQLAlchemy; public path of `agno.db.filter_converter`."""

from wherry.core.filters import MAX_FILTER_DEPTH
from wherry.core.matrix import module_getattr
from wherry.stores.column_conditions import DATETIME_COLUMNS, TRACE_COLUMNS, filter_expr_to_sqlalchemy

__all__ = ["DATETIME_COLUMNS", "MAX_FILTER_DEPTH", "TRACE_COLUMNS", "filter_expr_to_sqlalchemy"]

__getattr__ = module_getattr(__name__, "agno.db.filter_converter")
