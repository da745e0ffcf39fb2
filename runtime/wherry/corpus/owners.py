"""Passing a document's owner on to methods that may not know owners, and saying whose filters count.

Mirrors `agno.utils.knowledge`.

A method that is not told the owner searches everybody's documents, or stores for everybody: where that could happen,
the call is refused.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def strict_user_id_kwarg(fn: Callable[..., Any], user_id: str | None) -> dict[str, Any]:
    """`{"user_id": …}` for a vector store's method that declares it, nothing for one that does not.

    Raises:
        ConfigurationError: (a ValueError) an owner is named and the method cannot keep to it.
    """
    parameters = None if _stands_in(fn) else _parameters(fn)
    if parameters is None or "user_id" in parameters:
        return {"user_id": user_id}
    if user_id is None:
        return {}
    raise ConfigurationError(
        f"user_id={user_id!r} was passed but {_name(fn)} does not declare a user_id parameter.",
        hint="Give the methods of your vector store a user_id parameter, or keep one store for each user.",
    )


def get_user_id_kwarg(fn: Callable[..., Any], user_id: str | None, *, required: bool = False) -> dict[str, Any]:
    """`{"user_id": …}` for a knowledge base's method that declares it or takes any keyword, otherwise nothing.

    Args:
        fn: The method.
        user_id: The owner.
        required: Refuse when the owner could not be passed on; for writes, which would be readable by everybody.

    Raises:
        ConfigurationError: (a ValueError) it is required and cannot be.
    """
    parameters = _parameters(fn) or {}
    if "user_id" in parameters or any(item.kind is item.VAR_KEYWORD for item in parameters.values()):
        return {"user_id": user_id}
    if user_id is not None and required:
        raise ConfigurationError(
            f"user_id={user_id!r} was passed but {_name(fn)} does not accept it, so everybody could read the content.",
            hint="Give it a user_id parameter, or **kwargs.",
        )
    if user_id is not None:
        log_warning(f"{_name(fn)} does not accept user_id; the call is for all users.")
    return {}


def get_agentic_or_user_search_filters(filters: dict[str, Any] | None, effective_filters: Any) -> dict[str, Any]:
    """Filters of a model's choice, unless the run has filters of its own: those count then.

    Raises:
        ConfigurationError: (a ValueError) the run's are expressions, which cannot be joined with the model's.
    """
    if not filters:
        return {}
    if not effective_filters:
        return filters
    if isinstance(effective_filters, dict):
        return effective_filters
    raise ConfigurationError(
        "Merging dict and list of filters is not supported; effective_filters should be a dict.",
        hint="Pass knowledge_filters as a dictionary when the model may choose filters, too.",
    )


def _parameters(fn: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return None


def _stands_in(fn: Any) -> bool:
    """Whether it is a mock of somebody's test, which takes everything and declares nothing."""
    mocks = sys.modules.get("unittest.mock")
    return mocks is not None and isinstance(fn, mocks.NonCallableMock)


def _name(fn: Any) -> str:
    return str(getattr(fn, "__qualname__", repr(fn)))
