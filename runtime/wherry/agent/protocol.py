"""`agno.agent.protocol`: what an object has to have to be run like an agent.

A team's members and a workflow's steps take such an object as it is; `core.agent.outside` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from wherry.core.media import Audio, File, Image, Video

__all__ = ["AgentProtocol"]


@runtime_checkable
class AgentProtocol(Protocol):
    """An id, a name and `arun`; mirrors `agno.agent.protocol.AgentProtocol`.

    With `stream=True` `arun` returns an async iterator of events, to whose end it may put the output when asked with
    `yield_run_output`; otherwise an awaitable `RunOutput`. An object that also has `run` serves blocking runs.
    """

    @property
    def id(self) -> str | None:
        """By which it is addressed."""
        ...

    @property
    def name(self) -> str | None:
        """How it is called."""
        ...

    def arun(
        self,
        input: Any,
        *,
        stream: bool | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        stream_events: bool | None = None,
        run_id: str | None = None,
        background: bool = False,
        yield_run_output: bool = False,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, Any] | AsyncIterator[Any]:
        """Run once."""
        ...
