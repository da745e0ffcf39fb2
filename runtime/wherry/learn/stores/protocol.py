"""What a learning store is; mirrors `agno.learn.stores.protocol`. Subclass it for a store of your own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable


@runtime_checkable
class LearningStore(Protocol):
    """One kind of learning: how it is recalled, shown, written by tools and read out of conversations.

    Every method is called with what is known of the run by keyword (`user_id`, `session_id`, `agent_id`, `team_id`,
    `namespace`, `message`, `run_context` and more), as far as the store takes it.
    """

    @property
    def learning_type(self) -> str:
        """Name of the kind, such as user_profile."""
        ...

    @property
    def schema(self) -> Any:
        """The class of its records."""
        ...

    def recall(self, **kwargs: Any) -> Any | None:
        """What is known that matters now, or None."""
        ...

    async def arecall(self, **kwargs: Any) -> Any | None:
        """`recall` on the event loop."""
        ...

    def process(self, messages: list[Any], **kwargs: Any) -> None:
        """Learn from the messages of a run."""
        ...

    async def aprocess(self, messages: list[Any], **kwargs: Any) -> None:
        """`process` on the event loop."""
        ...

    def build_context(self, data: Any) -> str:
        """What `recall` gave, as the system message shows it; empty when there is nothing."""
        ...

    def instructions(self) -> str:
        """How and when the agent uses the store's tools; empty when there is nothing to say."""
        ...

    def get_tools(self, **kwargs: Any) -> list[Callable[..., Any]]:
        """The tools for the agent."""
        ...

    async def aget_tools(self, **kwargs: Any) -> list[Callable[..., Any]]:
        """`get_tools` on the event loop."""
        ...

    @property
    def was_updated(self) -> bool:
        """Whether the last work of the store changed anything."""
        ...
