"""A thought as a step and as text: of thinking tools, and of models that think first.

Apart from `reasoning` because the steps are pydantic models, which only runs that think need.
"""

from __future__ import annotations

from typing import Any

from wherry.core.events.reasoning_step import NextAction, ReasoningStep
from wherry.core.messages import Message

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


def thought_message(thought: str) -> Message:
    """Thoughts of a reasoning model as the main model sees them."""
    return Message(role="assistant", content=f"<thinking>\n{thought}\n</thinking>", reasoning_content=thought)
