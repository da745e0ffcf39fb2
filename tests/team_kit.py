"""Building teams against a replay server, for tests in the four ways."""

from __future__ import annotations

import agent_ways
import pytest
from agent_ways import WAYS

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.testing import ReplayServer
from wherry.testing.sequence import check_sequence

__all__ = ["WAYS", "call", "delegate", "four_ways", "names", "on", "run_in"]

four_ways = pytest.mark.parametrize("way", WAYS)


def run_in(way, owner, *asked, **options):
    """As `agent_ways.run_in`; a stream's events have to make sense as a sequence."""
    events, output = agent_ways.run_in(way, owner, *asked, **options)
    check_sequence(events)
    return events, output


def call(name, **arguments):
    """A reply that calls one tool."""
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def delegate(member_id, task):
    """A reply of a leader that hands a task to a member."""
    return call("delegate_task_to_member", member_id=member_id, task=task)


def names(events):
    """The names of events."""
    return [event.event for event in events]


class on(ReplayServer):  # noqa: N801 - reads as a preposition: `with on(replies) as crew`
    """A replay server that also makes agents and teams which talk to it."""

    def agent(self, name, **given):
        """An agent; its id is its name in small letters."""
        return Agent(name=name, id=name.lower(), model=self.model(), telemetry=False, **given)

    def team(self, *members, **given):
        """A team called Crew."""
        given = {"name": "Crew", "id": "crew", "model": self.model(), **given}
        return Team(members=list(members), telemetry=False, **given)

    def model(self):
        """A model that asks this server."""
        return OpenAIChat(id="gpt-5-mini", api_key="k", base_url=self.base_url)

    def asked(self, index):
        """The text of a request's last message."""
        return self.requests[index].turns[-1][1]
