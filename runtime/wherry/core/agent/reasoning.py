"""Thinking that becomes visible: thoughts told through tools, kept in the run and shown as events.

`note_thought` keeps what a call of `think` or `analyze` says, as a step (`thoughts`). `reasoning_model` asks a model
for its thoughts first. Called by tool calls and the lifecycle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug
from wherry.core.messages import Message

if TYPE_CHECKING:
    from wherry.core.run import Event, Run


def note_thought(run: Run, tool: Any) -> list[Event]:
    """Record a thought told through a tool; the events that show it.

    One whose arguments are of a wrong kind is none: the tool has told the model, which may think again.
    """
    from pydantic import ValidationError

    from wherry.core.agent.thoughts import thought_of

    try:
        thought = thought_of(tool.tool_name, tool.tool_args or {})
    except ValidationError as error:
        log_debug(f"A call of {tool.tool_name!r} is no thought: {error}")
        thought = None
    if thought is None:
        return []
    step, text = thought
    output, first = run.output, not run.reasoning_started
    run.reasoning_started = True
    if output.reasoning_steps is None:
        output.reasoning_steps = []
    output.reasoning_steps.append(step)
    if run.stream:
        output.reasoning_content = (output.reasoning_content or "") + text
    else:
        run.noted += text
    if tool.metrics is not None and tool.metrics.duration:
        run.reasoning_seconds += tool.metrics.duration
    if not run.watched:
        return []
    events = [run.remember(run.event("ReasoningStartedEvent"))] if first else []
    shown = run.event(
        "ReasoningStepEvent",
        content=step,
        content_type="ReasoningStep",
        reasoning_content=(output.reasoning_content or "") + run.noted,
    )
    return [*events, run.remember(shown)]


def thoughts_end(run: Run) -> list[Event]:
    """Put thoughts told through tools into the output; the event that closes them.

    A whole run has them after what the model itself thought, as in Agno; a stream has them where they came.
    """
    output = run.output
    if run.noted:
        output.reasoning_content = (output.reasoning_content or "") + run.noted
        run.noted = ""
    if not run.reasoning_started or not output.reasoning_steps:
        return []
    if run.stream and run.lifecycle:
        told = Message(role="assistant", content=output.reasoning_content)
        told.metrics.duration = run.reasoning_seconds
        output.reasoning_messages = [*(output.reasoning_messages or ()), told]
    if not run.watched:
        return []
    from wherry.core.events.reasoning_step import ReasoningSteps

    steps = ReasoningSteps(reasoning_steps=list(output.reasoning_steps))
    return [run.remember(run.event("ReasoningCompletedEvent", content=steps, content_type="ReasoningSteps"))]
