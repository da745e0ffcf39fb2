"""An output from the events of its run: what a reader of a complete stream can know.

Pure: reads events of any family, changes none of them. What a terminal event states wins over what was gathered on
the way. Used by clients that keep a stream and by the tests that hold an output against its events.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.events.fold_workflow import note_workflow
from wherry.core.events.outputs import STATED, RunOutput, TeamRunOutput
from wherry.core.events.outputs_workflow import WorkflowRunOutput
from wherry.core.metrics import ModelMetrics, RunMetrics
from wherry.core.status import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Output = RunOutput | TeamRunOutput | WorkflowRunOutput

_OWN_IDS = ("agent_id", "agent_name", "team_id", "team_name", "workflow_id", "workflow_name")
_IDS = ("run_id", "session_id", "parent_run_id", *_OWN_IDS)


def fold(events: Iterable[Any]) -> Output:
    """Build the output that a complete public event sequence tells of.

    Members and steps become `member_responses` and `step_executor_runs` of the run that started them.

    Args:
        events: Events in the order they were seen; anything that is not an event (an output at the end) is passed over.

    Returns:
        The output of the first run in the sequence.

    Raises:
        ConfigurationError: There is no event of a run.
    """
    outputs: dict[str | None, Any] = {}
    for event in events:
        name = getattr(event, "event", None)
        if isinstance(name, str) and hasattr(event, "run_id"):
            output = outputs.get(event.run_id)
            if output is None:
                output = outputs[event.run_id] = _begin(event)
            _note(output, name, event)
    if not outputs:
        raise ConfigurationError(
            "There is no event to fold.", hint="Pass what run(stream=True, stream_events=True) yields."
        )
    root = _root(outputs)
    for output in outputs.values():
        if output is not root:
            _attach(output, outputs.get(output.parent_run_id))
    return root  # type: ignore[no-any-return]


def _begin(event: Any) -> Output:
    """An empty output of the event's family."""
    output: Output
    if hasattr(event, "agent_id"):
        output = RunOutput()
    elif hasattr(event, "team_id"):
        output = TeamRunOutput()
    else:
        output = WorkflowRunOutput()
    for name in _IDS:
        value = getattr(event, name, None)
        if value and hasattr(output, name):
            setattr(output, name, value)
    output.created_at = event.created_at
    if isinstance(output, (RunOutput, TeamRunOutput)):
        output.workflow_step_id = event.step_id
        if output.parent_run_id is None:
            output.parent_run_id = event.workflow_run_id
    return output


def _root(outputs: dict[str | None, Any]) -> Any:
    """The run whose parent is not in the sequence."""
    for output in outputs.values():
        if output.parent_run_id is None or output.parent_run_id not in outputs:
            return output
    return next(iter(outputs.values()))


def _attach(output: Any, parent: Any) -> None:
    name = "member_responses" if isinstance(parent, TeamRunOutput) else "step_executor_runs"
    if not hasattr(parent, name):
        return
    siblings = getattr(parent, name) or []
    if all(sibling.run_id != output.run_id for sibling in siblings):
        setattr(parent, name, [*siblings, output])


def _note(output: Any, name: str, event: Any) -> None:
    if isinstance(output, WorkflowRunOutput):
        note_workflow(output, name, event)
        return
    step = _NOTES.get(name.removeprefix("Team"))
    if step is not None:
        step(output, event)


def _started(output: Any, event: Any) -> None:
    output.status = RunStatus.running
    output.model, output.model_provider = event.model or None, event.model_provider or None


def _content(output: Any, event: Any) -> None:
    if isinstance(event.content, str) and isinstance(output.content, str):
        output.content += event.content
    elif event.content is not None:
        output.content, output.content_type = event.content, event.content_type
    if event.reasoning_content:
        output.reasoning_content = (output.reasoning_content or "") + event.reasoning_content
    if event.image is not None:
        output.images = [*(output.images or ()), event.image]
    for name in ("citations", "model_provider_data", "response_audio", "references"):
        value = getattr(event, name)
        if value is not None:
            setattr(output, name, value)


def _thought(output: Any, event: Any) -> None:
    if event.content is not None and not isinstance(event.content, str):
        output.reasoning_steps = [*(output.reasoning_steps or ()), event.content]
    if event.reasoning_content:
        output.reasoning_content = event.reasoning_content


def _thought_piece(output: Any, event: Any) -> None:
    output.reasoning_content = (output.reasoning_content or "") + event.reasoning_content


def _tool(output: Any, event: Any) -> None:
    if event.tool is None:
        return
    others = [tool for tool in output.tools or () if tool.tool_call_id != event.tool.tool_call_id]
    output.tools = [*others, event.tool]
    for name in ("images", "videos", "audio", "files"):
        made = getattr(event, name, None)
        if made:
            setattr(output, name, [*(getattr(output, name) or ()), *made])


def _requested(output: Any, event: Any) -> None:
    used = RunMetrics(time_to_first_token=event.time_to_first_token)
    entry = ModelMetrics(id=event.model or "", provider=event.model_provider or "")
    for name in (
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "reasoning_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
    ):
        count = getattr(event, name) or 0
        setattr(used, name, count)
        setattr(entry, name, count)
    used.details = {"model": [entry]}
    output.metrics = used if output.metrics is None else output.metrics + used


def _completed(output: Any, event: Any) -> None:
    if output.status != RunStatus.cancelled:  # Agno sends both
        output.status = RunStatus.completed
    if event.content is not None:
        output.content = event.content
    for name in STATED:
        value = getattr(event, name)
        if value is not None:
            setattr(output, name, value)
    if isinstance(output, TeamRunOutput):
        output.member_responses = list(event.member_responses)


def _failed(output: Any, event: Any) -> None:
    output.status = RunStatus.error
    output.content = event.content if event.content is not None else output.content


def _cancelled(output: Any, event: Any) -> None:
    output.status = RunStatus.cancelled
    if event.reason is not None:
        output.content = event.reason


def _paused(output: Any, event: Any) -> None:
    output.status = RunStatus.paused
    if event.tools is not None:
        output.tools = list(event.tools)
    output.requirements = copy(event.requirements)
    if event.content is not None:
        output.content = event.content


def _continued(output: Any, event: Any) -> None:
    output.status = RunStatus.running


def _followups(output: Any, event: Any) -> None:
    output.followups = event.followups


_NOTES: dict[str, Callable[[Any, Any], None]] = {
    "RunStarted": _started,
    "RunContent": _content,
    "RunCompleted": _completed,
    "RunError": _failed,
    "RunCancelled": _cancelled,
    "RunPaused": _paused,
    "RunContinued": _continued,
    "ReasoningStep": _thought,
    "ReasoningContentDelta": _thought_piece,
    "ToolCallStarted": _tool,
    "ToolCallCompleted": _tool,
    "ToolCallError": _tool,
    "ModelRequestCompleted": _requested,
    "FollowupsCompleted": _followups,
}
