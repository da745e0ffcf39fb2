"""Thinking in steps, as tools. Mirrors `agno.tools.reasoning`."""

from __future__ import annotations

from typing import Any, Optional

from wherry.core.events.reasoning_step import NextAction, ReasoningStep
from wherry.core.run_context import RunContext  # noqa: TC001 - the tools' annotations are read at run time
from wherry.core.tools.toolkit import Toolkit

_ACTIONS = {
    "validate": NextAction.VALIDATE,
    "final": NextAction.FINAL_ANSWER,
    "final_answer": NextAction.FINAL_ANSWER,
    "finalize": NextAction.FINAL_ANSWER,
}


class ReasoningTools(Toolkit):
    """`think` and `analyze`: a model's notes to itself; mirrors `agno.tools.reasoning.ReasoningTools`.

    The steps of a run are kept as JSON texts in `session_state["reasoning_steps"][run_id]`.

    Args:
        enable_think: Offer `think`.
        enable_analyze: Offer `analyze`.
        all: Offer both.
        instructions: Text for the system message instead of the default one.
        add_instructions: Whether to add it.
        add_few_shot: Add worked examples to the default text.
        few_shot_examples: Examples to add instead of the default ones.
    """

    def __init__(
        self,
        enable_think: bool = True,
        enable_analyze: bool = True,
        all: bool = False,
        instructions: str | None = None,
        add_instructions: bool = False,
        add_few_shot: bool = False,
        few_shot_examples: str | None = None,
        **kwargs: Any,
    ) -> None:
        if instructions is None:
            examples = f"\n{few_shot_examples or self.FEW_SHOT_EXAMPLES}" if add_few_shot else ""
            instructions = (
                f"<reasoning_instructions>\n{self.DEFAULT_INSTRUCTIONS}{examples}\n</reasoning_instructions>\n"
            )
        tools: list[Any] = []
        if all or enable_think:
            tools.append(self.think)
        if all or enable_analyze:
            tools.append(self.analyze)
        super().__init__(
            name="reasoning_tools", instructions=instructions, add_instructions=add_instructions, tools=tools, **kwargs
        )

    def think(
        self,
        run_context: RunContext,
        title: str,
        thought: str,
        action: Optional[str] = None,  # noqa: UP045 - sent as a string; `str | None` would be sent as a union
        confidence: float = 0.8,
    ) -> str:
        """Note a thought before you act, one step of a line of thought at a time.

        Nobody but you sees these notes. Take as many steps as the question needs.

        Args:
            run_context: The run, filled in by the runtime
            title: What this step is about, in a few words
            thought: The thought itself, in full
            action: What you will do next because of it
            confidence: How sure you are, from 0.0 to 1.0

        Returns:
            All notes of this run so far
        """
        step = ReasoningStep(
            title=title, reasoning=thought, action=action, next_action=NextAction.CONTINUE, confidence=confidence
        )
        return _noted(run_context, step)

    def analyze(
        self,
        run_context: RunContext,
        title: str,
        result: str,
        analysis: str,
        next_action: str = "continue",
        confidence: float = 0.8,
    ) -> str:
        """Judge what a step or a tool call brought, and decide how to go on.

        Args:
            run_context: The run, filled in by the runtime
            title: What this step is about, in a few words
            result: What the last action brought
            analysis: What you make of it
            next_action: How to go on: "continue", "validate" or "final_answer"
            confidence: How sure you are, from 0.0 to 1.0

        Returns:
            All notes of this run so far
        """
        step = ReasoningStep(
            title=title,
            result=result,
            reasoning=analysis,
            next_action=_ACTIONS.get(next_action.lower(), NextAction.CONTINUE),
            confidence=confidence,
        )
        return _noted(run_context, step)

    DEFAULT_INSTRUCTIONS = """\
Two tools hold your line of thought: `think` and `analyze`. Nobody but you sees what you write there.

1. `think` comes first, before any other tool and before you answer. Break the question down, say what you know, what is
   missing and what you will do next.
2. `analyze` comes after a step or after tool results. Say whether they are right and enough, and set `next_action`:
   `continue` when there is more to do, `validate` when something should be checked against another source,
   `final_answer` when you can answer.

Go round as often as the question needs. Calls that do not depend on each other can be made together. When you are done,
answer clearly and do not repeat your notes."""

    FEW_SHOT_EXAMPLES = """\
Two examples of how the tools are used:

A fact you know. "Which planet is closest to the sun?"
- think(title="Recall", thought="The order of the planets starts with Mercury.", action="Answer", confidence=0.97)
- analyze(title="Check", result="Mercury", analysis="It answers the question.", next_action="final_answer",
  confidence=0.99)
Answer: Mercury.

A question in two parts. "How high is Ben Nevis, and what is the weather there?"
- think(title="Plan", thought="The height is a fact, the weather has to be looked up.", action="Two searches at once",
  confidence=0.9)
- two searches, made together
- analyze(title="Compare", result="1,345 m; 4 degrees, rain", analysis="Both parts are there and the sources agree.",
  next_action="final_answer", confidence=0.9)
Answer: Ben Nevis is 1,345 m high; it is 4 degrees there now, with rain."""


def _noted(run_context: RunContext, step: ReasoningStep) -> str:
    """Keep a step in the session's state and show all steps of the run."""
    if run_context.session_state is None:
        run_context.session_state = {}
    steps = run_context.session_state.setdefault("reasoning_steps", {}).setdefault(run_context.run_id, [])
    steps.append(step.model_dump_json())
    return "\n\n".join(_shown(number, ReasoningStep.model_validate_json(kept)) for number, kept in enumerate(steps, 1))


def _shown(number: int, step: ReasoningStep) -> str:
    return (
        f"Step {number}:\nTitle: {step.title}\nReasoning: {step.reasoning}\n"
        f"Action: {step.action}\nConfidence: {step.confidence}"
    )
