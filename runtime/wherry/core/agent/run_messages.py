"""The messages of a run by their part in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherry.core.messages import Message


@dataclass(slots=True)
class RunMessages:
    """Messages assembled for a model; mirrors `agno.run.messages.RunMessages`.

    Attributes:
        messages: All that is sent.
        extra_messages: Those given by the caller besides the user message.
        events: What happened while they were assembled, for the run to emit.
    """

    messages: list[Message] = field(default_factory=list)
    system_message: Message | None = None
    user_message: Message | None = None
    extra_messages: list[Message] | None = None
    events: list[Any] = field(default_factory=list)

    def get_input_messages(self) -> list[Message]:
        """System message, user message and extra messages, as far as there are any."""
        single = [message for message in (self.system_message, self.user_message) if message is not None]
        return [*single, *(self.extra_messages or ())]
