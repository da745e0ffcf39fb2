"""What the desk's agent may do. Each tool gets the bookings from the agent's dependencies."""

from __future__ import annotations

from agno.exceptions import RetryAgentRun
from agno.run import RunContext
from agno.tools import tool

from desk.boats import FLEET


def free_boats(run_context: RunContext, day: str, people: int = 2) -> str:
    """Look up which boats are free.

    Args:
        day: Weekday, such as Friday.
        people: How many people come along.
    """
    boats = run_context.dependencies["bookings"].free(day, people)
    run_context.session_state["last_day"] = day
    return "; ".join(f"{boat.name}: {boat.berths} berths, £{boat.day_rate} a day" for boat in boats) or "none"


def price(boat: str, days: int = 1) -> int:
    """Price of a hire in pounds.

    Args:
        boat: Name of the boat.
        days: Length of the hire in days; the fourth and later days are half price.
    """
    rate = next((one.day_rate for one in FLEET if one.name == boat), None)
    if rate is None:
        raise RetryAgentRun(f"There is no boat {boat!r}; the boats are {', '.join(one.name for one in FLEET)}.")
    return rate * min(days, 3) + rate * max(days - 3, 0) // 2


@tool(stop_after_tool_call=False)
def book(run_context: RunContext, boat: str, day: str, name: str) -> str:
    """Book a boat in somebody's name.

    Args:
        boat: Name of the boat.
        day: Weekday, such as Friday.
        name: Who books.
    """
    if not run_context.dependencies["bookings"].book(boat, day, name):
        return f"{boat} is taken on {day}."
    run_context.session_state.setdefault("booked", []).append(f"{boat} on {day}")
    return f"{boat} is booked on {day} for {name}."
