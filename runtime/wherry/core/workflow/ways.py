"""The ways to run a workflow, and to go on with a run: blocking or on the event loop, whole or streamed.

`Workflow` inherits `Ways`; the overloads say to type checkers and editors what each way gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from wherry.core.agent.run_arguments import by_place
from wherry.core.run import shown
from wherry.core.waits import BLOCKING, LOOPING, drain, finish
from wherry.core.workflow.workflow_life import finished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from wherry.core.events.event_registry import WorkflowRunOutputEvent
    from wherry.core.events.outputs_workflow import WorkflowRunOutput

# What `run` takes by place after its first arguments, in Agno's order.
PLACES = (
    *("user_id", "run_id", "session_id", "session_state", "audio", "images", "videos", "files"),
    *("stream", "stream_events", "background"),
)


class Ways:
    """`run`, `arun`, `continue_run` and `acontinue_run`."""

    @overload
    def run(
        self, input: Any = ..., additional_data: dict[str, Any] | None = ..., *, stream: Literal[True], **given: Any
    ) -> Iterator[WorkflowRunOutputEvent]: ...
    @overload
    def run(
        self,
        input: Any = ...,
        additional_data: dict[str, Any] | None = ...,
        *placed: Any,
        stream: Literal[False] | None = ...,
        **given: Any,
    ) -> WorkflowRunOutput: ...
    @overload
    def run(
        self, input: Any = ..., additional_data: dict[str, Any] | None = ..., *, stream: bool | None, **given: Any
    ) -> WorkflowRunOutput | Iterator[WorkflowRunOutputEvent]: ...

    def run(self, input: Any = None, additional_data: dict[str, Any] | None = None, *placed: Any, **given: Any) -> Any:
        """Run the steps and wait; mirrors `agno.workflow.Workflow.run`.

        Args:
            input: Text, a dict, a list or a pydantic object.
            additional_data: Handed to every step.
            *placed: The next settings in Agno's order: `user_id`, `run_id`, `session_id`, `session_state`, media, …
            **given: Settings of the run, named as in Agno; other keywords reach a whole-workflow function.

        Returns:
            The WorkflowRunOutput, or with `stream=True` an iterator of events.

        Raises:
            Exception: What a step raised, when its policy is to fail.
            RuntimeError: `background=True`, which needs `arun`.
        """
        owner: Any = self
        if placed:
            by_place(PLACES, placed, given)
        if given.get("background"):
            raise RuntimeError("Background execution is not supported for sync run(); call arun(background=True).")
        given["additional_data"] = additional_data
        run = owner.make_run(input, BLOCKING, given)
        if run.stream:
            return drain(shown(run, owner.events(run), bool(given.get("yield_run_output"))))
        return finish(finished(run))

    @overload
    def arun(
        self, input: Any = ..., additional_data: dict[str, Any] | None = ..., *, stream: Literal[True], **given: Any
    ) -> AsyncIterator[WorkflowRunOutputEvent]: ...
    @overload
    def arun(
        self,
        input: Any = ...,
        additional_data: dict[str, Any] | None = ...,
        *placed: Any,
        stream: Literal[False] | None = ...,
        **given: Any,
    ) -> Coroutine[Any, Any, WorkflowRunOutput]: ...
    @overload
    def arun(
        self, input: Any = ..., additional_data: dict[str, Any] | None = ..., *, stream: bool | None, **given: Any
    ) -> Coroutine[Any, Any, WorkflowRunOutput] | AsyncIterator[WorkflowRunOutputEvent]: ...

    def arun(self, input: Any = None, additional_data: dict[str, Any] | None = None, *placed: Any, **given: Any) -> Any:
        """`run` on the event loop: an awaitable output, or an async iterator of events."""
        owner: Any = self
        if placed:
            by_place(PLACES, placed, given)
        given["additional_data"] = additional_data
        run = owner.make_run(input, LOOPING, given)
        if given.get("background"):
            from wherry.core.workflow.workflow_background import in_background

            return in_background(run, bool(given.get("yield_run_output")))
        if run.stream:
            return shown(run, owner.events(run), bool(given.get("yield_run_output")))
        return finished(run)

    @overload
    def continue_run(
        self, run_response: WorkflowRunOutput | None = ..., *, stream: Literal[True], **given: Any
    ) -> Iterator[WorkflowRunOutputEvent]: ...
    @overload
    def continue_run(
        self, run_response: WorkflowRunOutput | None = ..., *, stream: Literal[False] | None = ..., **given: Any
    ) -> WorkflowRunOutput: ...
    @overload
    def continue_run(
        self, run_response: WorkflowRunOutput | None = ..., *, stream: bool | None, **given: Any
    ) -> WorkflowRunOutput | Iterator[WorkflowRunOutputEvent]: ...

    def continue_run(self, run_response: Any = None, **given: Any) -> Any:
        """Go on with a paused or broken-off run; mirrors `agno.workflow.Workflow.continue_run`.

        Args:
            run_response: The run; or give `run_id` and `session_id` to read it from the database.
            **given: `step_requirements` with answers, `stream`, `stream_events`, `yield_run_output`, `session_state`,
                and `additional_data` and `dependencies`, which are not stored with a run.

        Returns:
            The WorkflowRunOutput, or with `stream=True` an iterator of events.

        Raises:
            ValueError: There is no such run, it is neither paused nor broken off, or it waits for answers.
        """
        from wherry.core.workflow.workflow_continue import continue_blocking

        return continue_blocking(self, run_response, given)

    @overload
    async def acontinue_run(
        self, run_response: WorkflowRunOutput | None = ..., *, stream: Literal[True], **given: Any
    ) -> AsyncIterator[WorkflowRunOutputEvent]: ...
    @overload
    async def acontinue_run(
        self, run_response: WorkflowRunOutput | None = ..., *, stream: Literal[False] | None = ..., **given: Any
    ) -> WorkflowRunOutput: ...
    @overload
    async def acontinue_run(
        self, run_response: WorkflowRunOutput | None = ..., *, stream: bool | None, **given: Any
    ) -> WorkflowRunOutput | AsyncIterator[WorkflowRunOutputEvent]: ...

    async def acontinue_run(self, run_response: Any = None, **given: Any) -> Any:
        """`continue_run` on the event loop; with `stream=True` it returns an async iterator of events."""
        from wherry.core.workflow.workflow_continue import continue_looping

        return await continue_looping(self, run_response, given)
