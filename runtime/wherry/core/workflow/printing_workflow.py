"""Drawing runs of workflows in the terminal: a view of the event stream.

The panels are in `workflow_drawing`, those of streamed runs in `printing_workflow_stream`. Agents and teams are drawn
by `printing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.run import outcome, visible
from wherry.core.workflow.printing_workflow_stream import StreamedDrawing
from wherry.core.workflow.workflow_drawing import WorkflowDrawing

if TYPE_CHECKING:
    from wherry.core.waits import Waits

_OWN = {"markdown": True, "show_time": True, "show_step_details": True, "console": None}


async def draw_workflow(workflow: Any, asked: Any, given: dict[str, Any], waits: Waits) -> None:
    """Run and draw, whole or as it comes; an error is drawn, not raised."""
    from rich.console import Console
    from rich.live import Live
    from rich.status import Status

    own = {name: given.pop(name, default) for name, default in _OWN.items()}
    console = own["console"] or Console()
    streamed = given.get("stream")
    given["stream"] = given["stream_events"] = bool(workflow.stream if streamed is None else streamed)
    streaming = StreamedDrawing(workflow, console, own, looping=not waits.blocking) if given["stream"] else None
    drawing = streaming or WorkflowDrawing(workflow, console, own)
    drawing.introduce(asked, given)
    with Live(console=console, refresh_per_second=10) as live:
        live.update(Status("Starting workflow...", spinner="dots"))
        try:
            run = workflow.make_run(asked, waits, given)
            if streaming is not None:
                async for event in visible(run, workflow.events(run)):
                    live.update(streaming.take(event) or "")
            else:
                await outcome(run, workflow.events(run))
            drawing.conclude(run.output)
        except Exception as error:  # noqa: BLE001 - whatever broke the run is shown to the person at the terminal
            drawing.put(f"Workflow execution failed: {error}", "Execution Error", "red")
        live.update("")
