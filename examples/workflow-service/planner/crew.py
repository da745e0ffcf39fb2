"""The people behind the planner: agents for weather, boats and words, and a team for windy days."""

from __future__ import annotations

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.team import Team


def forecast(place: str) -> str:
    """Forecast of the day.

    Args:
        place: Where the trip begins.
    """
    return {"Horning": "wind force 4, dry", "Wroxham": "calm, dry"}.get(place, "light wind, showers")


def _agent(name: str, instructions: str, **more: object) -> Agent:
    return Agent(name=name, model=OpenAIChat(id="gpt-5-mini"), instructions=instructions, **more)


def weather_agent() -> Agent:
    """Looks up the forecast and says what it means for a boat."""
    return _agent("Weather", "Look up the forecast and say what it means for a boat.", tools=[forecast])


def boat_agent() -> Agent:
    """Chooses a boat."""
    return _agent("Boats", "Choose a boat for the people named.")


def writer_agent() -> Agent:
    """Writes the plan."""
    return _agent("Writer", "Write the plan as one or two short sentences.")


def safety_team() -> Team:
    """Two people who look at a windy day together."""
    return Team(
        name="Safety",
        model=OpenAIChat(id="gpt-5-mini"),
        members=[
            Agent(
                id="skipper",
                name="Skipper",
                role="Sails",
                model=OpenAIChat(id="gpt-5-mini"),
                instructions="Say how to sail.",
            ),
            Agent(
                id="warden",
                name="Warden",
                role="Knows the river",
                model=OpenAIChat(id="gpt-5-mini"),
                instructions="Say where to stay.",
            ),
        ],
        instructions="Ask whoever knows, then give one piece of advice.",
    )
