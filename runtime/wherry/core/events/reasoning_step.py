"""One step of a line of thought, as reasoning models and reasoning tools report it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from wherry.core.record import Record


class NextAction(str, Enum):
    """What follows a step; mirrors `agno.reasoning.step.NextAction`."""

    CONTINUE = "continue"
    VALIDATE = "validate"
    FINAL_ANSWER = "final_answer"
    RESET = "reset"


@dataclass(slots=True, kw_only=True)
class ReasoningStep(Record):
    """One step; mirrors `agno.reasoning.step.ReasoningStep`. `confidence` runs from 0.0 to 1.0."""

    title: str | None = field(default=None, metadata={"description": "What this step is for, in a few words"})
    action: str | None = field(default=None, metadata={"description": "What I will do, in the first person"})
    result: str | None = field(default=None, metadata={"description": "What I did and what came of it"})
    reasoning: str | None = field(default=None, metadata={"description": "Why: the thoughts behind this step"})
    next_action: NextAction | None = field(
        default=None,
        metadata={"description": "Go on, check the result, give the final answer, or start over"},
    )
    confidence: float | None = field(default=None, metadata={"description": "How sure I am, from 0.0 to 1.0"})

    def __post_init__(self) -> None:
        action: NextAction | str | None = self.next_action
        if isinstance(action, str):
            self.next_action = NextAction(action)
        sure: object = self.confidence
        if isinstance(sure, int):
            self.confidence = float(sure)


@dataclass(slots=True, kw_only=True)
class ReasoningSteps(Record):
    """All steps; mirrors `agno.reasoning.step.ReasoningSteps`."""

    reasoning_steps: list[ReasoningStep] = field(metadata={"description": "The steps in order"})

    def __post_init__(self) -> None:
        self.reasoning_steps = [ReasoningStep.model_validate(step) for step in self.reasoning_steps]
