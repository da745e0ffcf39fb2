"""The function steps of the planner: plain Python between the agents, sharing the session's state."""

from __future__ import annotations

import re

from agno.run import RunContext
from agno.workflow import StepInput, StepOutput

LONGEST_PLAN = 20
_PLACES = ("Horning", "Wroxham", "Ranworth")


def read_wish(step_input: StepInput, run_context: RunContext) -> StepOutput:
    """Take place and number of people from the wish; a wish without a place ends the run."""
    wish = str(step_input.input)
    place = next((place for place in _PLACES if place in wish), None)
    if place is None:
        return StepOutput(content=f"Say where: {', '.join(_PLACES)}.", success=True, stop=True)
    people = re.search(r"\b(two|three|four)\b", wish)
    state = run_context.session_state
    state["place"] = place
    state["people"] = {"two": 2, "three": 3, "four": 4}[people[1]] if people else 1
    state["plans"] += 1
    return StepOutput(content=f"{state['people']} people from {place}: {wish}")


def is_windy(step_input: StepInput) -> bool:
    """Whether the wish or the forecast speaks of wind."""
    return "wind" in f"{step_input.input} {step_input.get_all_previous_content()}".lower()


def short_enough(outputs: list[StepOutput]) -> bool:
    """Whether the last draft can be read at a glance."""
    return bool(outputs) and len(str(outputs[-1].content).split()) <= LONGEST_PLAN


def sign_off(step_input: StepInput, run_context: RunContext) -> StepOutput:
    """Number the plan and remember it."""
    state = run_context.session_state
    plan = f"Plan {state['plans']} for {state['place']}: {step_input.previous_step_content}"
    state["last_plan"] = plan
    return StepOutput(content=plan)
