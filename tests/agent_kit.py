"""Agents on a scripted model over HTTP, for the behavioural tests of agents."""

from contextlib import contextmanager

import pytest
from agent_ways import WAYS, run_in

from wherry.agent import Agent
from wherry.models.base import Model
from wherry.models.message import Citations
from wherry.models.openai import OpenAIChat
from wherry.models.response import ModelResponse
from wherry.testing import ReplayServer
from wherry.testing.sequence import check_sequence

four_ways = pytest.mark.parametrize("way", WAYS)
streamed_ways = pytest.mark.parametrize("way", [way for way in WAYS if way.endswith("stream")])


@contextmanager
def model(*replies):
    """A scripted model; every reply has to be asked for, and nothing else."""
    with ReplayServer(list(replies)) as server, server.environment():
        yield server
        server.assert_done()


def chat(id="gpt-5-mini", **options):
    return OpenAIChat(id=id, **{"max_retries": 0, **options})


def agent(**options):
    return Agent(**{"model": chat(), "name": "Ada", "telemetry": False, **options})


def calls(name, **arguments):
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def ran(way, owner, question="Which way?", **options):
    """The events and the output of one run; the order of a stream is checked."""
    events, output = run_in(way, owner, question, **options)
    check_sequence(events)
    return events, output


def named(events, name):
    return [event for event in events if event.event == name]


def system_text(server, number=0):
    """What the model was told first; nothing when it was told nothing."""
    for role, text in server.requests[number].turns:
        if role in {"system", "developer"}:
            return text
    return None


def user_text(server, number=0):
    return server.requests[number].text("user")


class Citing(Model):
    """A model that names its sources."""

    def said(self):
        pages = [{"url": "https://tides.example/acle", "title": "Acle"}, {"title": "no link"}]
        return ModelResponse(
            role="assistant", content="Low.", citations=Citations(search_queries=["tide at Acle"], urls=pages)
        )

    def invoke(self, messages, **_):
        return self.said()

    async def ainvoke(self, messages, **_):
        return self.said()

    def invoke_stream(self, messages, **_):
        yield self.said()

    async def ainvoke_stream(self, messages, **_):
        yield self.said()
