"""Running one step by itself, without a workflow: for tests of steps and for code that calls them directly.

Adds `execute`, `execute_stream` and their async twins to every step. Mirrors the methods of the same names in
`agno.workflow.step.Step` and the groups.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import RunContext
from wherry.core.events.outputs_workflow import WorkflowRunOutput
from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.waits import BLOCKING, LOOPING, Waits, drain, finish
from wherry.core.workflow.workflow_run import WorkflowRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_OPTIONS = ("background_tasks", "add_dependencies_to_context", "add_session_state_to_context")


def lone_run(given: dict[str, Any], waits: Waits, *, stream: bool) -> WorkflowRun:
    """The surroundings of a step that runs by itself."""
    output = given.get("workflow_run_response")
    if not isinstance(output, WorkflowRunOutput):
        ids = ("run_id", "session_id", "workflow_id", "workflow_name")
        known: dict[str, Any] = {name: getattr(output, name, None) for name in ids}
        output = WorkflowRunOutput(**known)
    output.run_id = output.run_id or ""
    session_id = given.get("session_id") or output.session_id
    context = given.get("run_context") or RunContext(
        run_id=output.run_id,
        session_id=session_id or "",
        user_id=given.get("user_id"),
        session_state=given.get("session_state"),
    )
    workflow = SimpleNamespace(
        store_executor_outputs=given.get("store_executor_outputs", True),
        store_events=False,
        finish_groups=False,
        tell_inner=False,
        wait_for_inner=False,
        strict=False,
        add_workflow_history_to_steps=given.get("add_workflow_history_to_steps") or False,
        num_history_runs=given.get("num_history_runs", 3),
        db=None,
    )
    shown = stream and bool(given.get("stream_events"))
    return WorkflowRun(
        workflow=workflow,
        waits=waits,
        output=output,
        context=context,
        stream=stream,
        lifecycle=shown,
        watched=shown,
        executor_events=given.get("stream_executor_events", True),
        session=given.get("workflow_session"),
        options={name: given.get(name) for name in _OPTIONS},
    )


def entry(given: dict[str, Any]) -> dict[str, Any]:
    """How the step is entered: a condition's other branch, a loop's next round."""
    more: dict[str, Any] = {}
    if given.get("force_else_branch"):
        more["force_else"] = True
    if given.get("previous_iteration_results"):
        more["rounds"] = given["previous_iteration_results"]
    return more


class Executable:
    """What lets a step run by itself."""

    def lone_events(self, given: StepInput, own: dict[str, Any], waits: Waits, *, stream: bool) -> Any:
        """Events and the StepOutput of a run of this step alone."""
        run = lone_run(own, waits, stream=stream)
        index, parent = own.get("step_index"), own.get("parent_step_id")
        return self.events(run, given, index, parent, **entry(own))  # type: ignore[attr-defined]

    async def lone_output(self, given: StepInput, own: dict[str, Any], waits: Waits) -> StepOutput | None:
        """The output of this step alone."""
        output = None
        async for item in self.lone_events(given, own, waits, stream=False):
            output = item if isinstance(item, StepOutput) else output
        return output

    def execute(self, step_input: StepInput, **given: Any) -> Any:
        """Run this step by itself and return its StepOutput."""
        return finish(self.lone_output(step_input, given, BLOCKING))

    async def aexecute(self, step_input: StepInput, **given: Any) -> Any:
        """`execute` on the event loop."""
        return await self.lone_output(step_input, given, LOOPING)

    def execute_stream(self, step_input: StepInput, workflow_run_response: Any = None, **given: Any) -> Any:
        """Run this step by itself: its events, and the StepOutput among them."""
        given["workflow_run_response"] = workflow_run_response
        return drain(self.lone_events(step_input, given, BLOCKING, stream=True))

    def aexecute_stream(
        self, step_input: StepInput, workflow_run_response: Any = None, **given: Any
    ) -> AsyncIterator[Any]:
        """`execute_stream` on the event loop."""
        given["workflow_run_response"] = workflow_run_response
        events: AsyncIterator[Any] = self.lone_events(step_input, given, LOOPING, stream=True)
        return events
