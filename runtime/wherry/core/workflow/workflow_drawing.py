"""The panels of one run of a workflow: what it is about, its steps, its time.

Panels and titles are Agno's (`agno.utils.print_response.workflow`); `printing_workflow` runs and draws.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from wherry.core.agent.boxes import panel, styled

_MEDIA = {"audio": "Audio files", "images": "Images", "videos": "Videos", "files": "Files"}


def shown_content(content: Any) -> str:
    """A step's content as text; structured content as a block of JSON."""
    if content is None or isinstance(content, str):
        return content or ""
    if hasattr(content, "model_dump_json") or isinstance(content, (dict, list)):
        return f"**Structured Output:**\n\n```json\n{structured(content)}\n```"
    return str(content)


def structured(value: Any) -> str:
    """Something that is no text, as JSON where it can be."""
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json(indent=2, exclude_none=True))
    return json.dumps(value, indent=2, default=str) if isinstance(value, (dict, list)) else str(value)


class WorkflowDrawing:
    """Draws one run: what it is about, its steps, the time it took."""

    def __init__(self, workflow: Any, console: Any, own: dict[str, Any]) -> None:
        self.workflow, self.console = workflow, console
        self.markdown, self.details, self.time = own["markdown"], own["show_step_details"], own["show_time"]
        self.begin = perf_counter()

    def text(self, content: str) -> Any:
        """Text as it is drawn."""
        if self.markdown:
            from rich.markdown import Markdown

            return Markdown(content)
        return styled(content)

    def put(self, content: str, title: str, colour: str) -> None:
        """Draw a panel."""
        self.console.print(panel(self.text(content), title, colour))

    def step_count(self) -> int:
        """How many top-level steps the workflow has."""
        steps = self.workflow.steps
        if callable(steps) and not hasattr(steps, "step_type"):
            return 1
        return len(getattr(steps, "steps", steps) or ())

    def introduce(self, asked: Any, given: dict[str, Any]) -> None:
        """What is about to run."""
        lines = [f"**Workflow:** {self.workflow.name}"]
        if self.workflow.description:
            lines.append(f"**Description:** {self.workflow.description}")
        lines.append(f"**Steps:** {self.step_count()} steps")
        if isinstance(asked, str) and asked:
            lines.append(f"**Message:** {asked}")
        elif asked:
            lines.append(f"**Structured Input:**\n```json\n{structured(asked)}\n```")
        for name, label in (("user_id", "User ID"), ("session_id", "Session ID")):
            if given.get(name):
                lines.append(f"**{label}:** {given[name]}")
        lines += [f"**{label}:** {len(given[name])}" for name, label in _MEDIA.items() if given.get(name)]
        self.put("\n\n".join(lines), "Workflow Information", "cyan")

    def step(self, output: Any, number: int, depth: int = 0) -> None:
        """A step's output and those inside it."""
        content = shown_content(output.content)
        if content:
            inner = f"{'  ' * depth}└─ {output.step_name} (Completed)"
            self.put(content, inner if depth else f"Step {number}: {output.step_name} (Completed)", "orange3")
        for position, part in enumerate(output.steps or (), 1):
            self.step(part, position, depth + 1)

    def conclude(self, output: Any) -> None:
        """The steps and the summary."""
        answer = output.workflow_agent_run
        if answer is not None and not answer.tools:
            self.put(shown_content(output.content), "Workflow Agent Response", "green")
        elif callable(self.workflow.steps) and not hasattr(self.workflow.steps, "step_type"):
            self.put(shown_content(output.content), "Custom Function (Completed)", "orange3")
        elif self.details:
            for number, step in enumerate(output.step_results, 1):
                self.step(step, number)
        if output.metadata:
            self.summarise(output)
        self.tell_time()

    def summarise(self, done: Any) -> None:
        """How the run ended, by its output or its last event."""
        status = getattr(done.status, "value", done.status)
        lines = f"**Status:** {status}\n\n**Steps Completed:** {len(done.step_results or ())}"
        self.put(lines, "Execution Summary", "blue")

    def tell_time(self) -> None:
        """How long it took."""
        if self.time:
            from rich.text import Text

            self.console.print(Text(f"Completed in {perf_counter() - self.begin:.1f}s", style="bold green"))
