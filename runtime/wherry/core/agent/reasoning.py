"""Thinking that becomes visible: thoughts told through tools, as steps, text and events.

`note_thought` turns a call of `think` or `analyze` into a reasoning step. `reasoning_model` asks a model for its
thoughts first. Called by tool calls and the lifecycle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.events.reasoning_step import ReasoningStep, ReasoningSteps
from wherry.core.messages import Message

if TYPE_CHECKING:
    from wherry.core.run import Event, Run


def step_of(name: str, arguments: dict[str, Any]) -> ReasoningStep | None:
    """The reasoning step that a call of a thinking tool stands for; None when it is a note without a title.

    The `think` of knowledge tools has a thought only: its step is called "Thinking". Their `analyze` is no step.
    """
    given: dict[str, Any] = {
        key: arguments.get(key) for key in ("title", "action", "confidence") if arguments.get(key) is not None
    }
    if name.lower() == "think":
        given.setdefault("title", "Thinking")
        return ReasoningStep(reasoning=arguments.get("thought"), **given)
    if "title" not in arguments:
        return None
    return ReasoningStep(
        result=arguments.get("result"),
        reasoning=arguments.get("analysis"),
        next_action=arguments.get("next_action"),
        **{key: value for key, value in given.items() if key != "action"},
    )


def step_text(step: ReasoningStep) -> str:
    """A step as markdown, the way it is added to a run's reasoning."""
    text = f"## {step.title}\n" if step.title else ""
    text += f"{step.reasoning}\n" if step.reasoning else ""
    text += f"Action: {step.action}\n" if step.action else ""
    text += f"Result: {step.result}\n" if step.result else ""
    if step.next_action:
        text += f"Next Action: {getattr(step.next_action, 'value', step.next_action)}\n"
    text += f"Confidence: {step.confidence}\n" if step.confidence is not None else ""
    return text + "\n"


def note_thought(run: Run, tool: Any) -> list[Event]:
    """Record a thought told through a tool; the events that show it."""
    arguments = tool.tool_args or {}
    step = step_of(tool.tool_name, arguments)
    if step is None:
        return []
    output = run.output
    output.reasoning_steps = (output.reasoning_steps or []) + [step]
    output.reasoning_content = (output.reasoning_content or "") + step_text(step)
    if tool.metrics is not None and tool.metrics.duration:
        run.reasoning_seconds += tool.metrics.duration
    if not run.watched:
        return []
    events = []
    if not run.reasoning_started:
        run.reasoning_started = True
        events.append(run.remember(run.event("ReasoningStartedEvent")))
    shown = run.event(
        "ReasoningStepEvent",
        content=step,
        content_type="ReasoningStep",
        reasoning_content=output.reasoning_content or "",
    )
    return [*events, run.remember(shown)]


def thoughts_end(run: Run) -> list[Event]:
    """The event that closes thoughts told through tools."""
    if not run.reasoning_started or not run.output.reasoning_steps:
        return []
    steps = ReasoningSteps(reasoning_steps=list(run.output.reasoning_steps))
    return [run.remember(run.event("ReasoningCompletedEvent", content=steps, content_type="ReasoningSteps"))]


def thought_message(thought: str) -> Message:
    """Thoughts of a reasoning model as the main model sees them."""
    return Message(role="assistant", content=f"<thinking>\n{thought}\n</thinking>", reasoning_content=thought)
