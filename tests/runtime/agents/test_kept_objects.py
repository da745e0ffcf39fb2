"""Nothing of a run outlives it: thousands of runs leave as many objects behind as none, and sessions can be let go."""

import asyncio
import gc
import weakref
from dataclasses import dataclass

import pytest

from wherry.agent import Agent
from wherry.models.base import Model
from wherry.models.response import ModelResponse
from wherry.team import Team
from wherry.workflow import Step, Workflow


@dataclass
class Echo(Model):
    """A model in the process: it asks for a tool once, then answers."""

    id: str = "echo"
    tool: bool = True

    def _reply(self, messages):
        if self.tool and messages[-1].role == "user":
            call = {"id": "c1", "type": "function", "function": {"name": "depth", "arguments": '{"place": "quay"}'}}
            return ModelResponse(role="assistant", tool_calls=[call])
        return ModelResponse(role="assistant", content="Three metres.")

    def invoke(self, messages, assistant_message, **_):
        return self._reply(messages)

    async def ainvoke(self, messages, assistant_message, **_):
        return self._reply(messages)

    def invoke_stream(self, messages, assistant_message, **_):
        yield self._reply(messages)

    async def ainvoke_stream(self, messages, assistant_message, **_):
        yield self._reply(messages)

    def _parse_provider_response(self, response, **_):
        return response

    def _parse_provider_response_delta(self, response):
        return response


def depth(place: str) -> str:
    """Depth of the water.

    Args:
        place: Where.
    """
    return f"three metres at {place}"


def an_agent(**options):
    return Agent(model=Echo(), tools=[depth], telemetry=False, **options)


def a_team():
    return Team(members=[Agent(name="Mate", model=Echo(tool=False))], model=Echo(), tools=[depth], telemetry=False)


def a_workflow():
    return Workflow(name="Crossing", steps=[Step(name="ask", agent=an_agent())], telemetry=False)


@pytest.fixture(scope="module", autouse=True)
def settled():
    """What other tests have left alive is neither counted nor looked through: that takes longer than the runs."""
    gc.collect()
    gc.freeze()


def objects():
    for _ in range(3):
        gc.collect()
    return len(gc.get_objects())


def drive(owner, way, runs):
    async def waiting():
        for _ in range(runs):
            if way == "arun":
                await owner.arun("How deep?")
            else:
                async for _event in owner.arun("How deep?", stream=True, stream_events=True):
                    pass

    if way.startswith("arun"):
        asyncio.run(waiting())
        return
    for _ in range(runs):
        if way == "run":
            owner.run("How deep?")
        else:
            for _event in owner.run("How deep?", stream=True, stream_events=True):
                pass


CASES = {
    "agent, run": (an_agent, "run", 10_000),
    "agent, run stream": (an_agent, "run stream", 300),
    "agent, arun": (an_agent, "arun", 300),
    "agent, arun stream": (an_agent, "arun stream", 300),
    "team, run": (a_team, "run", 300),
    "team, arun stream": (a_team, "arun stream", 300),
    "workflow, run": (a_workflow, "run", 300),
    "workflow, arun stream": (a_workflow, "arun stream", 300),
}


@pytest.mark.parametrize(("make", "way", "runs"), CASES.values(), ids=CASES)
def test_runs_leave_nothing_behind(make, way, runs):
    owner = make()
    drive(owner, way, 300)  # caches are filled, bounded ones up to their limits
    before = objects()
    drive(owner, way, runs)
    assert objects() - before < runs / 20


def test_an_output_can_be_let_go_while_its_agent_lives_on():
    class Cargo(dict):
        pass

    owner = an_agent()
    cargo = Cargo()
    watched = weakref.ref(cargo)
    output = owner.run("How deep?", session_state={"cargo": cargo})
    assert output.status == "COMPLETED"
    del cargo, output
    for number in range(3):
        owner.run(f"And now, {number}?")
    gc.collect()
    assert watched() is None
