"""One step of a line of thought, as reasoning models and reasoning tools report it.

pydantic models, as Agno's are: they serve as an `output_schema` and as fields of a user's own models. Imported where
something was thought, and not before.
"""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, Field


class NextAction(str, Enum):
    """What follows a step; mirrors `agno.reasoning.step.NextAction`."""

    CONTINUE = "continue"
    VALIDATE = "validate"
    FINAL_ANSWER = "final_answer"
    RESET = "reset"


class ReasoningStep(BaseModel):
    """One step; mirrors `agno.reasoning.step.ReasoningStep`. `confidence` runs from 0.0 to 1.0."""

    title: str | None = Field(default=None, description="What this step is for, in a few words")
    action: str | None = Field(default=None, description="What I will do, in the first person")
    result: str | None = Field(default=None, description="What I did and what came of it")
    reasoning: str | None = Field(default=None, description="Why: the thoughts behind this step")
    next_action: NextAction | None = Field(
        default=None, description="Go on, check the result, give the final answer, or start over"
    )
    confidence: float | None = Field(default=None, description="How sure I am, from 0.0 to 1.0")


class ReasoningSteps(BaseModel):
    """All steps; mirrors `agno.reasoning.step.ReasoningSteps`."""

    reasoning_steps: list[ReasoningStep] = Field(description="The steps in order")
