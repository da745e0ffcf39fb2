"""The desk's agents: one that talks and books, one that turns a conversation into a quote."""

from __future__ import annotations

from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.guardrails import PIIDetectionGuardrail
from agno.models.openai import OpenAIChat
from pydantic import BaseModel, Field

from desk.boats import Bookings
from desk.tools import book, free_boats, price


class Quote(BaseModel):
    """What somebody would pay."""

    boat: str = Field(description="Name of the boat")
    days: int = Field(description="Length of the hire in days")
    pounds: int = Field(description="Price of the whole hire in pounds")


def desk_agent(path: str = "desk.db") -> Agent:
    """The agent that answers and books, with its conversations in the SQLite file `path`."""
    return Agent(
        id="boat-desk",
        name="Boat desk",
        model=OpenAIChat(id="gpt-5-mini"),
        db=SqliteDb(db_file=path),
        dependencies={"bookings": Bookings(path)},
        tools=[free_boats, price, book],
        instructions=[
            "You are the desk of a boat yard. Look up what is free before you offer a boat.",
            "So far booked in this conversation: {booked}.",
        ],
        session_state={"booked": []},
        add_history_to_context=True,
        num_history_runs=4,
        pre_hooks=[PIIDetectionGuardrail()],
        tool_call_limit=6,
        markdown=False,
    )


def quote_agent() -> Agent:
    """The agent that turns a wish into a `Quote`; it keeps nothing."""
    return Agent(
        id="boat-quote",
        model=OpenAIChat(id="gpt-5-mini"),
        tools=[price],
        output_schema=Quote,
        instructions="Work out what the hire would cost.",
    )
