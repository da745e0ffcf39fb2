"""`agno.utils.serialize`: the ``default=`` of ``json.dumps`` for what events hold."""

from datetime import date, time
from enum import Enum
from typing import Any

from wherry.core.matrix import module_getattr

__all__ = ["json_serializer"]


def json_serializer(obj: Any) -> Any:
    """Dates and times in ISO format, members of enums by value (or by name), everything else as its text."""
    if isinstance(obj, (date, time)):  # a datetime is a date
        return obj.isoformat()
    if isinstance(obj, Enum):
        plain = obj.value is None or isinstance(obj.value, (str, int, float))
        return obj.value if plain else obj.name
    return str(obj)


__getattr__ = module_getattr(__name__, "agno.utils.serialize")
