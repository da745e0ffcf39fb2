"""Post-hooks by which a machine learns from the runs of agents that do not have it as `learning=`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_CONTEXT = ("metadata", "dependencies", "session_state")


def _asked(run_output: Any, agent: Any, session: Any, user_id: str | None, context: Any) -> dict[str, Any] | None:
    """The arguments of `process`, or None when nothing was said."""
    messages = list(getattr(run_output, "messages", None) or ())
    if not messages:
        return None
    return {
        "messages": messages,
        "user_id": user_id,
        "session_id": getattr(session, "session_id", None),
        "agent_id": getattr(agent, "id", None),
        "team_id": getattr(agent, "team_id", None),
        "run_context": context,
        **{name: getattr(context, name, None) for name in _OF_CONTEXT},
    }


def capture(machine: Any) -> Callable[..., Any]:
    """See `LearningMachine.capture_hook`."""

    def learning_capture(
        run_output: Any = None,
        agent: Any = None,
        session: Any = None,
        user_id: str | None = None,
        run_context: Any = None,
    ) -> None:
        asked = _asked(run_output, agent, session, user_id, run_context)
        if asked is None:
            return
        executor = getattr(agent, "background_executor", None)
        if executor is not None:
            executor.submit(machine.process, **asked)
        else:
            machine.process(**asked)

    return learning_capture


def acapture(machine: Any) -> Callable[..., Any]:
    """See `LearningMachine.acapture_hook`."""

    async def alearning_capture(
        run_output: Any = None,
        agent: Any = None,
        session: Any = None,
        user_id: str | None = None,
        run_context: Any = None,
    ) -> None:
        asked = _asked(run_output, agent, session, user_id, run_context)
        if asked is None:
            return
        task = asyncio.create_task(machine.aprocess(**asked))
        machine._capture_tasks.add(task)  # noqa: SLF001 - a part of the same object; a loop keeps weak references only
        task.add_done_callback(machine._capture_tasks.discard)  # noqa: SLF001 - as above

    return alearning_capture
