"""Running what is no agent of Wherry's but runs like one: a remote agent or team, or any object with `arun`.

A team's member and a workflow's step ask an agent for a run and its events; `Outsider` answers both for an object that
only has Agno's `arun` (and perhaps `run`). Called by `team.member_run` and `workflow.step`.
"""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from wherry.core.cancel import cleanup_run, raise_if_cancelled
from wherry.core.errors import ConfigurationError, RunCancelledException, RunNotContinuableError
from wherry.core.events import events_agent, events_team
from wherry.core.events.fold import fold
from wherry.core.events.outputs import RunContext, RunInput, RunOutput, RunStatus, TeamRunInput, TeamRunOutput
from wherry.core.ids import new_id
from wherry.core.run import Event, Run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from wherry.core.waits import Waits

# What a leader and a step read of an agent, where the object does not say it.
_USUAL: dict[str, Any] = {
    "id": None,
    "name": None,
    "role": None,
    "description": None,
    "tools": None,
    "add_history_to_context": False,
    "num_history_runs": None,
    "num_history_messages": None,
    "output_schema": None,
    "knowledge": None,
    "knowledge_filters": None,
    "enable_agentic_knowledge_filters": False,
    "send_media_to_model": True,
    "store_media": True,
    "store_tool_messages": True,
    "store_history_messages": False,
    "store_member_responses": False,
    "store_events": False,
    "db": None,
}
# Objects of this process, and what only Wherry's own runs know; nothing of it can be sent.
_NOT_SENT = ("run_context", "background_tasks", "yield_run_output")
_KEPT = ("parent_run_id", "workflow_step_id", "input", "agent_id", "agent_name", "team_id", "team_name", "session_id")


def runnable(one: Any) -> Any:
    """An agent or team as it is; anything else that has `arun` or `run` in a form that can be run as one."""
    if hasattr(one, "make_run") or not (hasattr(one, "arun") or hasattr(one, "run")):
        return one
    return Outsider(one)


async def introduce(one: Any, waits: Waits) -> None:
    """Let a remote member tell its name now, where asking for it does not block the loop."""
    warm = getattr(one, "introduce", None)
    if warm is not None and not waits.blocking:
        await warm()


class Outsider:
    """An object that runs by its own `arun`, in the place of an agent.

    Attributes:
        one: The object.
    """

    _kind = "agent"

    def __init__(self, one: Any) -> None:
        self.one = one

    def __getattr__(self, name: str) -> Any:
        if name == "one":  # not there yet: a copy is being made
            raise AttributeError(name)
        if name in _USUAL:
            return getattr(self.one, name, _USUAL[name])
        return getattr(self.one, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # What a team settles for its member is the object's, whose own `arun` reads it there; as in Agno.
        if name == "one":
            super().__setattr__(name, value)
        else:
            setattr(self.one, name, value)

    @property
    def is_team(self) -> bool:
        """Whether its output is a team's."""
        return getattr(self.one, "_remote_kind", "") == "team"

    def make_run(self, content: Any, waits: Waits, given: dict[str, Any]) -> Run:
        """A run that is ready to start."""
        kind, asked = (TeamRunOutput, TeamRunInput) if self.is_team else (RunOutput, RunInput)
        media = {"images": given.get("images"), "videos": given.get("videos"), "files": given.get("files")}
        output = kind(run_id=given.get("run_id") or new_id(), session_id=given.get("session_id"))
        output.user_id = given.get("user_id")
        output.input = asked(input_content=content, audios=given.get("audio"), **media)
        setattr(output, "team_id" if self.is_team else "agent_id", self.id)
        context = given.get("run_context") or RunContext(
            run_id=output.run_id or "",
            session_id=output.session_id or "",
            user_id=output.user_id,
            session_state=given.get("session_state"),
        )
        stream = bool(given.get("stream"))
        run = Run(
            owner=self,
            family=events_team if self.is_team else events_agent,
            waits=waits,
            output=output,
            context=context,
            stream=stream,
            lifecycle=bool(given.get("stream_events")),
            watched=bool(given.get("stream_events")),
        )
        run.extra["given"], run.extra["content"] = given, content
        return run

    async def events(self, run: Run) -> AsyncGenerator[Event, None]:
        """Every event of a run; afterwards `run.output` is final."""
        own = run.output.run_id
        try:
            await introduce(self.one, run.waits)
            setattr(run.output, "team_name" if self.is_team else "agent_name", self.name)
            if not run.stream:
                take(run.output, await self.whole(run))
                return
            async for event in self.streamed(run, own):
                yield event
        except RunCancelledException as stopped:
            await self.cancel(run)
            run.output.status = RunStatus.cancelled
            run.output.content = run.output.content or str(stopped)
            if run.stream:
                ids = {"run_id": run.output.run_id, "session_id": run.output.session_id}
                name = "team" if self.is_team else "agent"
                ids |= {f"{name}_id": self.id, f"{name}_name": self.name}
                yield run.family.RunCancelledEvent(**ids, reason=str(stopped))
        finally:
            cleanup_run(own)

    def refuse_to_continue(self, response: Any) -> None:
        """Not possible: the run is another program's.

        Raises:
            RunNotContinuableError: Always.
        """
        raise RunNotContinuableError(
            f"Cannot continue run {response.run_id}: {self.name!r} runs elsewhere. Continue it there, with its own "
            "acontinue_run(run_id=...)."
        )

    async def whole(self, run: Run) -> Any:
        """The output of a run that is not streamed."""
        function = self.function(run)
        result = function(run.extra["content"], **self.arguments(run, function))
        return await result if inspect.isawaitable(result) else result

    def function(self, run: Run) -> Any:
        """`run` or `arun`, as the run waits.

        Raises:
            ConfigurationError: The object has the other one only.
        """
        name = "run" if run.waits.blocking else "arun"
        found = getattr(self.one, name, None)
        if found is None:
            other = "arun() or aprint_response()" if run.waits.blocking else "run()"
            raise ConfigurationError(
                f"{type(self.one).__name__!r} has no {name}().", hint=f"Call {other} of the team or workflow instead."
            )
        return found

    def arguments(self, run: Run, function: Any) -> dict[str, Any]:
        """What the run is given: all of it to whom takes any keyword, else what the function names."""
        given = {**run.extra["given"], "stream": run.stream}
        if run.stream:
            given["yield_run_output"] = True
        if hasattr(self.one, "_remote_kind"):
            return {name: value for name, value in given.items() if name not in _NOT_SENT and value is not None}
        named = inspect.signature(function).parameters
        if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in named.values()):
            return given
        return {name: value for name, value in given.items() if name in named}

    async def streamed(self, run: Run, own: str) -> AsyncIterator[Event]:
        """The events of a streamed run; its output is the one that comes with them, or what they tell of."""
        function = self.function(run)
        seen: list[Event] = []
        result: Any = None
        source = function(run.extra["content"], **self.arguments(run, function))
        source = await source if inspect.isawaitable(source) else source
        try:
            async for event in run.waits.each(source):
                if isinstance(event, (RunOutput, TeamRunOutput)):
                    result = event
                    continue
                if not hasattr(event, "event"):
                    continue
                if not seen:
                    run.output.run_id = event.run_id or own
                seen.append(event)
                event.parent_run_id = event.parent_run_id or run.output.parent_run_id
                yield event
                raise_if_cancelled(own)
                run.stop_if_cancelled()
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()
        if result is None and seen:
            result = fold(seen)
        take(run.output, result)

    async def cancel(self, run: Run) -> None:
        """Tell the object to stop, where it can be told."""
        stop = getattr(self.one, "acancel_run", None)
        if stop is not None and not run.waits.blocking:
            await stop(run.output.run_id)


def take(output: Any, result: Any) -> None:
    """Fill an output with a result's fields; the place it has in its parent stays.

    Raises:
        ConfigurationError: The result is no output.
    """
    if result is None:
        return
    if not hasattr(result, "content"):
        raise ConfigurationError(
            f"{result!r:.200} is no output of a run.", hint="Return a RunOutput from arun() and run()."
        )
    for field in fields(output):
        value = getattr(result, field.name, None)
        if field.name in _KEPT:
            value = getattr(output, field.name) or value
        elif value is None and not hasattr(result, field.name):
            continue
        setattr(output, field.name, value)
