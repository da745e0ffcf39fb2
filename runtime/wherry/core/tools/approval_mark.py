"""`@approval`: marks a tool whose calls somebody has to allow, or whose decisions are to be kept.

The rows are made in `approvals`; `@tool` reads the mark of a plain function. Mirrors `agno.approval`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.core.tools.foreign import is_function_like
from wherry.core.tools.tool_decorator import APPROVAL_MARK, approval_flags

_HELD_BACK = ("requires_confirmation", "requires_user_input", "external_execution")


class ApprovalType(str, Enum):
    """Kinds of approval; mirrors `agno.approval.types.ApprovalType`.

    Attributes:
        required: A row is stored when the run pauses; once it is resolved, the run goes on by its id alone.
        audit: A row is stored after a person has decided, for the record.
    """

    required = "required"
    audit = "audit"


def approval(func_or_type: Any = None, *, type: str | ApprovalType = ApprovalType.required) -> Any:
    """Mark a tool; mirrors `agno.approval.approval`.

    Stands above or below `@tool`, with or without parentheses. A tool that is to be allowed and waits for nothing else
    requires confirmation.

    Args:
        func_or_type: The tool or function, when used without parentheses.
        type: `required` or `audit`.

    Returns:
        The tool, or a decorator.

    Raises:
        ConfigurationError: (a ValueError) Another type, or an audit of a tool that waits for nobody.
        TypeError: Neither a tool nor a function.
    """
    kind = type.value if isinstance(type, ApprovalType) else type
    if kind not in ApprovalType.__members__:
        raise ConfigurationError(f"Invalid approval type: {kind!r}.", hint="Use 'required' or 'audit'.")

    def mark(target: Any) -> Any:
        if is_function_like(target):
            target.approval_type = kind
            held_back = any(getattr(target, name, None) for name in _HELD_BACK)
            for name, value in approval_flags(kind, held_back).items():
                setattr(target, name, value)
        elif callable(target):
            setattr(target, APPROVAL_MARK, kind)
        else:
            raise TypeError(f"@approval takes a tool or a function, not {target!r}")
        return target

    return mark if func_or_type is None else mark(func_or_type)
