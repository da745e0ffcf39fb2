"""Whether a stream of events makes sense: starts have ends, nothing follows the end, members lie inside their team.

Knows the names of events and nothing of how runs work. Behavioural tests pass every stream through `check_sequence`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_START = frozenset({"RunStarted", "RunContinued", "WorkflowStarted"})
_DONE = frozenset({"RunCompleted", "WorkflowCompleted"})
_CUT_SHORT = frozenset(
    {"RunError", "RunCancelled", "RunPaused", "WorkflowError", "WorkflowCancelled", "WorkflowPaused"}
)
_CANCELLED = frozenset({"RunCancelled", "WorkflowCancelled"})
# A stream without lifecycle events shows these, and WorkflowStarted, alone.
_CONTENT_ONLY = frozenset({"RunContent", "CustomEvent", "StepOutput", *_CUT_SHORT})
# May come before the start: hooks run first and may change the input, and a history is compacted while it is read.
_BEFORE_START = frozenset(
    {
        "PreHookStarted",
        "PreHookCompleted",
        "CompactionStarted",
        "CompactionCompleted",
        "MemoryUpdateStarted",
        "CustomEvent",
        "WorkflowAgentStarted",
    }
)
# May come after the end: the agent of a workflow is done when the steps are.
_AFTER_END = frozenset({"WorkflowAgentCompleted"})
# A workflow that waits for a person says at which step, and nothing after that.
_WAITS = frozenset(
    {"StepPaused", "StepExecutorPaused", "StepOutputReview", "StepError", "RouterPaused", "ConditionPaused"}
)
# A hook that breaks is logged and has no end, and so is a compaction without a summary.
_MAY_STAY_OPEN = frozenset({"PreHook", "PostHook", "Compaction"})
# Beginnings whose end has another name than "…Completed".
_OTHER_ENDS = {
    "StepPaused": "Step",
    "StepExecutorPaused": "Step",
    "StepOutputReview": "Step",
    "StepError": "Step",
    "RouterPaused": "RouterExecution",
}


@dataclass
class _Lane:
    """The events of one run."""

    run_id: str
    parent: str | None
    names: list[str] = field(default_factory=list)
    first: int = 0
    started: int | None = None
    continued: bool = False
    underway: bool = False
    ended: int | None = None
    end: str = ""
    open: Counter[tuple[str, Any]] = field(default_factory=Counter)
    broken: set[tuple[str, Any]] = field(default_factory=set)
    failed: set[str | None] = field(default_factory=set)


class SequenceError(AssertionError):
    """A stream that does not make sense; `problems` lists why."""

    def __init__(self, problems: list[str], names: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join([*problems, f"The sequence: {', '.join(names)}"]))


def check_sequence(events: Iterable[Any], *, continued: bool = False) -> None:
    """Hold a complete stream against the rules of event sequences.

    Each run has one start and one end; nothing of it follows its end (but for the RunCompleted that Agno sends after a
    RunCancelled); what started is completed unless the run was cut short; each tool call that started has its end; a
    member's or a step's run lies inside the run that started it. A stream of contents alone needs no start.

    Args:
        events: Events in the order they were seen; an output at the end is passed over.
        continued: It goes on with a run that waited; a workflow's has no event of a start then.

    Raises:
        SequenceError: (an AssertionError) with every rule that is broken.
    """
    seen = [event for event in events if isinstance(getattr(event, "event", None), str)]
    problems = sequence_problems(seen, continued=continued)
    if problems:
        raise SequenceError(problems, [event.event for event in seen])


def sequence_problems(events: Iterable[Any], *, continued: bool = False) -> list[str]:
    """What is wrong with a stream, a sentence each; an empty list for a good one."""
    lanes: dict[str, _Lane] = {}
    problems: list[str] = []
    for place, event in enumerate(events):
        run_id = getattr(event, "run_id", None)
        if run_id is None:
            if event.event.removeprefix("Team") not in {"CustomEvent", "RunIntermediateContent"}:  # as in Agno
                problems.append(f"Event {place} ({event.event}) carries no run_id.")
            continue
        lane = lanes.get(run_id)
        if lane is None:
            parent = getattr(event, "parent_run_id", None) or getattr(event, "workflow_run_id", None)
            lane = lanes[run_id] = _Lane(run_id, parent, first=place)
            lane.underway = continued and hasattr(event, "workflow_id") and parent is None
        _step(lane, place, event, problems)
    outermost = next(iter(lanes.values()), None)
    for lane in lanes.values():
        _finish(lane, problems)
        # A workflow inside another one does not say so in its events: it began within the outermost run.
        inside = outermost is not None and outermost.ended is not None and lane.first < outermost.ended
        if lane.parent is None and inside:
            _outliving(lane, outermost, problems)
        else:
            _nesting(lane, lanes.get(lane.parent or ""), problems)
    return problems


def _step(lane: _Lane, place: int, event: Any, problems: list[str]) -> None:
    name = event.event.removeprefix("Team")
    lane.names.append(name)
    lane.underway = lane.underway or name == "WorkflowAgentStarted"  # an agent that answers itself starts no steps
    late = name in _AFTER_END or (name in _DONE and lane.end in _CANCELLED)
    if lane.ended is not None and not late:
        if name != "RunContinued" or lane.end != "RunPaused":
            problems.append(f"{event.event} (event {place}) follows the {lane.end} of run {lane.run_id}.")
            return
        lane.ended, lane.started = None, None
    if name in _START:
        if lane.started is not None and not _tried_again(lane):
            problems.append(f"Run {lane.run_id} starts a second time (event {place}).")
        lane.started, lane.continued = place, name == "RunContinued"
    elif name in _DONE or name in _CUT_SHORT:
        if name == "RunPaused":
            busy = [key for key, n in lane.open.items() if n and key[0] in {"ModelRequest", "ToolCall"}]
            problems += [f"{event.event} (event {place}) comes before {_told(key)} has ended." for key in busy]
        lane.ended, lane.end = place, name
        lane.failed.update(_failed_steps(getattr(event, "step_results", None)))
    else:
        begun = lane.started is not None or lane.underway
        if not begun and name not in _BEFORE_START and name not in _CONTENT_ONLY:
            problems.append(f"{event.event} (event {place}) comes before the start of run {lane.run_id}.")
        _pair(lane, place, name, event, problems)


def _tried_again(lane: _Lane) -> bool:
    """Whether a run that starts anew broke off in the middle of a request: `retries` let it try again."""
    asking = [key for key, n in lane.open.items() if n and key[0] == "ModelRequest"]
    for key in asking:
        lane.open[key] = 0
    if asking:  # what was thought before has no end then, as in Agno
        lane.open["Reasoning", _which("Reasoning", None)] = 0
    return bool(asking)


def _pair(lane: _Lane, place: int, name: str, event: Any, problems: list[str]) -> None:
    """Open at a beginning, close at its end."""
    for suffix, change in (("Started", 1), ("Completed", -1)):
        if name.endswith(suffix):
            kind = name.removesuffix(suffix)
            if kind == "RunContent" or getattr(event, "steps_count", None) == 0:
                return  # a sequence of no steps has no end, as in Agno
            key = (kind, _which(kind, event))
            if kind == "ModelRequest" and change == 1:
                lane.open[key] = 0  # one that another model takes over has no end, and names the same model, as in Agno
            if name == "ToolCallStarted" and lane.open["ModelRequest", _which("ModelRequest", event)]:
                problems.append(f"{event.event} (event {place}) starts before the model's request has ended.")
            lane.open[key] += change
            if lane.open[key] < 0 and key not in lane.broken and not _began_before(lane, key):
                problems.append(f"{event.event} (event {place}) ends {_told(key)}, which had not started.")
            lane.open[key] = max(lane.open[key], 0)
            return
    if name == "StepExecutorContinued":
        # The step began in the stream that waited; inside a group that Agno ends there, it is told by its place alone.
        lane.broken.add(("Step", (None, _which("Step", event)[1])))
    if name in _OTHER_ENDS:
        key = (_OTHER_ENDS[name], _which(_OTHER_ENDS[name], event))
        lane.open[key] = 0
        lane.broken.add(key)  # a failed or paused step may still be completed, by a retry or by skipping it


def _began_before(lane: _Lane, key: tuple[str, Any]) -> bool:
    """Whether an end is that of a step that began in the stream that waited; each such step has one."""
    if key[0] != "Step":
        return False
    place = ("Step", (None, key[1][1]))
    found = place in lane.broken
    lane.broken.discard(place)
    return found


def _which(kind: str, event: Any) -> Any:
    """What tells two things of a kind apart when both are open."""
    if kind == "ToolCall":
        return getattr(event.tool, "tool_call_id", None)
    if kind in {"PreHook", "PostHook"}:
        return getattr(event, f"{kind[:-4].lower()}_hook_name", None)
    index = getattr(event, "step_index", None)
    step = (getattr(event, "step_name", None), tuple(index) if isinstance(index, (list, tuple)) else index)
    if kind == "LoopIteration":
        return (*step, event.iteration)
    return step


def _failed_steps(results: Any) -> set[str | None]:
    """Names of steps that failed and were skipped: Agno sends no event at their end."""
    failed: set[str | None] = set()
    for result in results or ():
        if isinstance(result, list):
            failed |= _failed_steps(result)
        elif not result.success:
            failed |= {result.step_name} | _failed_steps(result.steps)
        else:
            failed |= _failed_steps(result.steps)
    return failed


def _told(key: tuple[str, Any]) -> str:
    kind, which = key
    return f"{kind} {which!r}" if which not in {None, (None, None)} else kind


def _finish(lane: _Lane, problems: list[str]) -> None:
    lifecycle = [name for name in lane.names if name not in _CONTENT_ONLY]
    if not lifecycle or (lane.end in _CUT_SHORT and set(lifecycle) <= (_DONE | _BEFORE_START)):
        return
    if lane.parent is not None and set(lifecycle) <= _DONE:
        return  # an executor whose events are not streamed still tells its end
    if lane.started is None and not lane.underway:
        problems.append(f"Run {lane.run_id} has no start.")
    if lane.ended is None and lane.names[-1] not in _WAITS:
        problems.append(f"Run {lane.run_id} has no end.")
    elif lane.end in _DONE and not _CANCELLED.intersection(lane.names):
        left = [key for key, n in lane.open.items() if n and key[0] not in _MAY_STAY_OPEN]
        broken = [key[1] for key in left if _is_step(key[0]) and key[1][0] in lane.failed]
        problems += [
            f"{_told(key)} of run {lane.run_id} started and did not end."
            for key in left
            if not (_is_step(key[0]) and any(_is_part(key[1], of) for of in broken))
        ]


def _is_step(kind: str) -> bool:
    return kind == "Step" or kind.endswith("Execution")


def _is_part(which: Any, of: Any) -> bool:
    """Whether a step is a failed one, or lies inside a failed group."""
    inner, outer = (index if isinstance(index, tuple) else (index,) for index in (which[1], of[1]))
    return bool(which == of or (len(inner) > len(outer) and inner[: len(outer)] == outer))


def _nesting(lane: _Lane, parent: _Lane | None, problems: list[str]) -> None:
    if parent is None or parent is lane:
        return
    # Members go on before their team says that it does, as in Agno: it then knows what they answered.
    if parent.started is not None and lane.first < parent.started and not parent.continued:
        problems.append(f"Run {lane.run_id} begins before the run {parent.run_id} it is part of.")
    _outliving(lane, parent, problems)


def _outliving(lane: _Lane, parent: _Lane | None, problems: list[str]) -> None:
    if parent is not None and parent.ended is not None and (lane.ended or lane.first) > parent.ended:
        problems.append(f"Run {lane.run_id} goes on after the run {parent.run_id} it is part of.")
