"""Drawing a workflow's events as they come: what is said now, and a panel for each step and group that ends.

What is drawn when, and under which number, follows `agno.utils.print_response.workflow`. Called by `printing_workflow`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from wherry.core.agent.boxes import panel
from wherry.core.workflow.workflow_drawing import WorkflowDrawing, shown_content

_STEP_COLOUR = "orange3"


def first_of(index: Any) -> int:
    """The place in the workflow itself that a nested index begins with, from 0."""
    while isinstance(index, tuple | list):
        index = index[0] if index else 0
    return int(index or 0)


class StreamedDrawing(WorkflowDrawing):
    """Draws one streamed run.

    On an event loop the members of a step's team are heard besides their leader, as in Agno.
    """

    def __init__(self, workflow: Any, console: Any, own: dict[str, Any], *, looping: bool) -> None:
        super().__init__(workflow, console, own)
        self.looping = looping
        self.is_function = callable(workflow.steps) and not hasattr(workflow.steps, "step_type")
        self.name = "Custom Function" if self.is_function else ""
        self.index: Any = 0
        self.said = ""
        self.drawn = False
        self.within = ""
        self.iteration = 1
        self.started = False
        self.direct = False

    def take(self, event: Any) -> Any:
        """Draw what an event ends; returns what is being said now, or None."""
        handler = self._handlers.get(event.event)
        if handler is not None:
            handler(self, event)
        elif event.event.endswith(("RunContent", "StepOutput", "WorkflowError")):
            return self.saying(event)
        return None

    def place(self, index: Any) -> str:
        """Where in the workflow a step stands, as titles say it."""
        if not isinstance(index, tuple | list) or len(index) == 1:
            return f"Step {first_of(index) + 1}"
        iteration = f" (Iteration {self.iteration})" if self.within == "Loop" else ""
        return f"Step {first_of(index) + 1}.{first_of(index[1]) + 1}{iteration}"

    # what is being said

    def saying(self, event: Any) -> Any:
        """Add to the words of the step at hand; what runs in parallel is not heard, and not a team's members."""
        if event.event == "RunContent":
            if not self.looping and self._by_a_team():
                return None
            self.direct = self.direct or not self.started
        elif not self.started and event.event == "TeamRunContent":
            self.direct = True
        content = event.error if event.event == "WorkflowError" else event.content
        words = shown_content(content)
        if not words.strip() or (self.within == "Parallel" and isinstance(self.index, tuple | list)):
            return None
        whole = event.event == "TeamRunContent" and event.content_type not in ("str", "")
        self.said = words if whole else self.said + words
        if not self.details or self.drawn or self.direct:
            return None
        title = "Custom Function" if self.is_function else f"{self.place(self.index)}: {self.name}"
        return panel(self.text(self.said), f"{title} (Streaming...)", _STEP_COLOUR)

    def _by_a_team(self) -> bool:
        steps = self.workflow.steps
        place = first_of(self.index)
        if self.is_function or not isinstance(steps, list) or place >= len(steps):
            return False
        return getattr(steps[place], "executor_type", None) == "team"

    # beginnings

    def begins(self, event: Any) -> None:
        """A step or a group of steps begins."""
        self.name, self.index = event.step_name or "Unknown", event.step_index or 0
        self.said, self.drawn = "", False

    def group_begins(self, event: Any) -> None:
        """A loop, a condition, a router or parallel steps: what follows is numbered within it."""
        self.begins(event)
        self.within, self.iteration = event.event.removesuffix("ExecutionStarted"), 1
        if self.within == "Parallel":
            self.put(
                f"**Parallel Steps:** {event.parallel_step_count}", f"{self.place(self.index)}: {self.name}", "cyan"
            )

    def iteration_begins(self, event: Any) -> None:
        """The next round of a loop."""
        if self.within == "Loop":
            self.iteration = event.iteration

    def workflow_begins(self, _: Any) -> None:
        """From now on what is said belongs to a step."""
        self.started = True

    # ends

    def step_ends(self, event: Any) -> None:
        """A step has ended: what it said is drawn, once."""
        index = event.step_index or 0
        if self.within == "Parallel" and isinstance(index, tuple | list):
            return
        if self.details and self.said and not self.drawn:
            self.put(self.said, f"{self.place(index)}: {event.step_name or 'Unknown'} (Completed)", _STEP_COLOUR)
            self.drawn = True

    def step_fails(self, event: Any) -> None:
        """A step has failed."""
        if self.details:
            index = self.index if event.step_index is None else event.step_index
            title = f"{self.place(index)}: {event.step_name or self.name} (Failed)"
            self.put(str(event.error or "Step execution failed"), title, "red")
        self.drawn = True

    def group_ends(self, event: Any) -> None:
        """A group has ended: a summary of it, except for conditions, which have none."""
        kind = event.event.removesuffix("ExecutionCompleted")
        summary = self._summaries.get(kind)
        if summary is not None:
            name, colour, points = summary
            if self.details:
                lines = "\n".join(f"- {point}" for point in points(event))
                self.put(f"**{name} Summary:**\n\n{lines}\n", f"{name} {event.step_name or name} (Completed)", colour)
            self.drawn = True
        if kind == "Parallel" and self.details:
            self._parallel_results(event)
        if kind != "Steps":
            self.within = ""

    def _parallel_results(self, event: Any) -> None:
        place = self.place(event.step_index or 0)
        for result in event.step_results or ():
            content = shown_content(result.content)
            if content:
                self.put(content, f"{place}: {result.step_name or 'Parallel Step'} (Completed)", _STEP_COLOUR)

    def workflow_ends(self, event: Any) -> None:
        """The answer of the workflow's agent, or of its function, and the summary."""
        if (event.metadata or {}).get("agent_direct_response"):
            self.direct = True
            if self.details:
                self.put(str(event.content), "Workflow Agent Response", "green")
        elif self.is_function and self.details and self.said and not self.drawn:
            self.put(self.said, "Custom Function (Completed)", _STEP_COLOUR)
        if event.metadata and not self.direct:
            self.summarise(event)

    def conclude(self, output: Any) -> None:
        """The time it took; the rest has been drawn."""
        if not self.direct:
            self.tell_time()

    _summaries: ClassVar[dict[str, Any]] = {
        "Loop": (
            "Loop",
            "yellow",
            lambda event: (
                f"Total iterations: {event.total_iterations}/{event.max_iterations}",
                f"Total steps executed: {sum(len(one) for one in event.all_results or ())}",
            ),
        ),
        "Router": (
            "Router",
            "purple",
            lambda event: (
                f"Selected steps: {', '.join(map(str, event.selected_steps or ())) or 'none'}",
                f"Executed steps: {event.executed_steps or 0}",
            ),
        ),
        "Steps": (
            "Steps",
            "yellow",
            lambda event: (
                f"Total steps: {event.steps_count or 0}",
                f"Executed steps: {event.executed_steps or 0}",
            ),
        ),
    }
    _handlers: ClassVar[dict[str, Any]] = {
        "WorkflowStarted": workflow_begins,
        "StepStarted": begins,
        "StepsExecutionStarted": begins,
        "LoopExecutionStarted": group_begins,
        "ParallelExecutionStarted": group_begins,
        "ConditionExecutionStarted": group_begins,
        "RouterExecutionStarted": group_begins,
        "LoopIterationStarted": iteration_begins,
        "StepCompleted": step_ends,
        "StepError": step_fails,
        "LoopExecutionCompleted": group_ends,
        "ParallelExecutionCompleted": group_ends,
        "ConditionExecutionCompleted": group_ends,
        "RouterExecutionCompleted": group_ends,
        "StepsExecutionCompleted": group_ends,
        "WorkflowCompleted": workflow_ends,
    }
