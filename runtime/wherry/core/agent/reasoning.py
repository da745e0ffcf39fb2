"""Thinking that becomes visible: thoughts told through tools, as steps, text and events.

`note_thought` turns a call of `think` or `analyze` into a reasoning step. `reasoning_model` asks a model for its
thoughts first. Called by tool calls and the lifecycle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.events.reasoning_step import NextAction, ReasoningStep, ReasoningSteps
from wherry.core.messages import Message

if TYPE_CHECKING:
    from wherry.core.run import Event, Run


_WORDS = {
    "validate": NextAction.VALIDATE,
    "final": NextAction.FINAL_ANSWER,
    "final_answer": NextAction.FINAL_ANSWER,
    "finalize": NextAction.FINAL_ANSWER,
}


def thought_of(name: str, told: dict[str, Any]) -> tuple[ReasoningStep, str] | None:
    """The reasoning step that a call of a thinking tool stands for, and what it adds to a run's reasoning.

    The `think` of knowledge tools has a thought only: its step is called "Thinking". Their `analyze` is no step.
    """
    if name.lower() == "analyze":
        return analysis(told) if "title" in told else None
    if "thought" not in told:
        return None
    thought = told["thought"]
    if "title" not in told:
        return ReasoningStep(title="Thinking", reasoning=thought), f"## Thinking\n{thought}\n\n"
    action, confidence = told.get("action", ""), told.get("confidence")
    step = ReasoningStep(
        title=told["title"],
        reasoning=thought,
        action=action,
        next_action=NextAction.CONTINUE,
        confidence=confidence,
    )
    text = f"## {step.title}\n{thought}\n" + (f"Action: {action}\n" if action else "")
    return step, text + sure(confidence)


def analysis(told: dict[str, Any]) -> tuple[ReasoningStep, str]:
    """The step of a call of `analyze`. A word for what comes next that is not known means to go on, as in Agno."""
    result, reasons, confidence = told.get("result", ""), told.get("analysis", ""), told.get("confidence")
    following = str(told.get("next_action") or "")
    step = ReasoningStep(
        title=told["title"],
        result=result,
        reasoning=reasons,
        next_action=_WORDS.get(following.lower(), NextAction.CONTINUE),
        confidence=confidence,
    )
    text = f"## {step.title}\n" + (f"Result: {result}\n" if result else "") + (f"{reasons}\n" if reasons else "")
    if following and following.lower() != "continue":
        text += f"Next Action: {following}\n"
    return step, text + sure(confidence)


def sure(confidence: Any) -> str:
    """How sure a thought is, and the line below it."""
    return "\n" if confidence is None else f"Confidence: {confidence}\n\n"


def step_text(step: ReasoningStep) -> str:
    """A step of a reasoning model as markdown, the way it is added to a run's reasoning."""
    text = f"## {step.title}\n" if step.title else ""
    text += f"{step.reasoning}\n" if step.reasoning else ""
    text += f"Action: {step.action}\n" if step.action else ""
    text += f"Result: {step.result}\n" if step.result else ""
    return text + "\n"


def note_thought(run: Run, tool: Any) -> list[Event]:
    """Record a thought told through a tool; the events that show it."""
    thought = thought_of(tool.tool_name, tool.tool_args or {})
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
    steps = ReasoningSteps(reasoning_steps=list(output.reasoning_steps))
    return [run.remember(run.event("ReasoningCompletedEvent", content=steps, content_type="ReasoningSteps"))]


def thought_message(thought: str) -> Message:
    """Thoughts of a reasoning model as the main model sees them."""
    return Message(role="assistant", content=f"<thinking>\n{thought}\n</thinking>", reasoning_content=thought)
