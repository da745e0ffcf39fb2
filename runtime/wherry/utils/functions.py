"""`agno.utils.functions`: reading a tool call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.core.matrix import module_getattr
from wherry.core.tools.calls import parse_call

if TYPE_CHECKING:
    from wherry.core.tools.function import Function, FunctionCall

__all__ = ["get_function_call"]


def get_function_call(
    name: str,
    arguments: str | None = None,
    call_id: str | None = None,
    functions: dict[str, Function] | None = None,
) -> FunctionCall | None:
    """The call a model asked for, its `error` set when the arguments cannot be read; None for an unknown tool."""
    return parse_call(functions or {}, {"id": call_id, "function": {"name": name, "arguments": arguments}})


__getattr__ = module_getattr(__name__, "agno.utils.functions")
