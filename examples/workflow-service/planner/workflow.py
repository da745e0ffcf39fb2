"""How a wish becomes a plan, and where runs are kept."""

from __future__ import annotations

import os

from agno.db.postgres import PostgresDb
from agno.workflow import Condition, Loop, Parallel, Step, Workflow

from planner.crew import boat_agent, safety_team, weather_agent, writer_agent
from planner.steps import is_windy, read_wish, short_enough, sign_off


def planner(url: str | None = None) -> Workflow:
    """The workflow on the Postgres database `url`, by default the one that DATABASE_URL names."""
    return Workflow(
        id="trip-planner",
        name="Trip planner",
        description="From a wish to a plan",
        db=PostgresDb(db_url=url or os.environ["DATABASE_URL"]),
        session_state={"plans": 0},
        steps=[
            Step(name="wish", executor=read_wish),
            Parallel(Step(name="weather", agent=weather_agent()), Step(name="boat", agent=boat_agent()), name="look"),
            Condition(name="windy", evaluator=is_windy, steps=[Step(name="safety", team=safety_team())]),
            Loop(
                name="draft",
                steps=[Step(name="write", agent=writer_agent())],
                end_condition=short_enough,
                max_iterations=3,
            ),
            Step(name="sign-off", executor=sign_off),
        ],
    )
