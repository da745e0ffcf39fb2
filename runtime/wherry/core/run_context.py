"""What tools, hooks and callable options may ask about the run they serve."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherry.core.filters import FilterExpr
    from wherry.core.messages import Message


@dataclass
class RunContext:
    """A run as its tools see it; mirrors `agno.run.base.RunContext`.

    Attributes:
        session_state: The session's state itself: what a tool changes here is kept.
        output_schema: A pydantic model class or a JSON schema.
        authorization: Rights of the caller when an API set them; never stored.
        messages: The messages of the run so far.
        tools: Tools of the run once callables among the options were resolved; `knowledge` and `members` likewise.
        client_tools: Tools the caller added for this run.
    """

    run_id: str
    session_id: str
    user_id: str | None = None
    workflow_id: str | None = None
    workflow_name: str | None = None
    dependencies: dict[str, Any] | None = None
    knowledge_filters: dict[str, Any] | list[FilterExpr] | None = None
    metadata: dict[str, Any] | None = None
    session_state: dict[str, Any] | None = None
    output_schema: type[Any] | dict[str, Any] | None = None
    authorization: Any = field(default=None, repr=False, compare=False)
    messages: list[Message] | None = None
    tools: list[Any] | None = None
    knowledge: Any = None
    members: list[Any] | None = None
    client_tools: list[Any] | None = None


def twin(context: RunContext) -> RunContext:
    """A shallow copy, made for every step that an agent, a team or a function with a `run_context` does.

    What `copy.copy` makes, at a third of its price: that goes by the protocol of pickling.
    """
    if type(context) is not RunContext:
        return copy(context)
    made = RunContext.__new__(RunContext)
    made.__dict__.update(context.__dict__)
    return made
