"""Agno and Wherry side by side in one process: their classes, and models that answer without a server."""

from types import SimpleNamespace

from agno.agent import Agent as TheirAgent
from agno.models.base import Model as TheirModel
from agno.models.response import ModelResponse as TheirResponse
from agno.team import Team as TheirTeam

from wherry.agent import Agent
from wherry.models.base import Model
from wherry.models.response import ModelResponse
from wherry.team import Team

OURS = SimpleNamespace(agent=Agent, team=Team, model=Model, response=ModelResponse, package="wherry")
THEIRS = SimpleNamespace(agent=TheirAgent, team=TheirTeam, model=TheirModel, response=TheirResponse, package="agno")
SIDES = (OURS, THEIRS)


def answering(side, reply, id="answered"):
    """A model of one side whose replies come from `reply(messages)`: a list of pieces, joined unless it streams."""

    class Scripted(side.model):
        def invoke(self, *args, messages, **kwargs):
            first, *more = reply(messages)
            for piece in more:
                first.content = (first.content or "") + (piece.content or "")
            return first

        async def ainvoke(self, *args, **kwargs):
            return self.invoke(*args, **kwargs)

        def invoke_stream(self, *args, messages, **kwargs):
            yield from reply(messages)

        async def ainvoke_stream(self, *args, messages, **kwargs):
            for piece in reply(messages):
                yield piece

        def _parse_provider_response(self, reply, **kwargs):
            return reply

        _parse_provider_response_delta = _parse_provider_response

    return Scripted(id=id)


def saying(side, *pieces, native=False, id="said"):
    """A model of one side that says the same every time: as one reply, or piece by piece in a stream.

    Args:
        side: `OURS` or `THEIRS`.
        *pieces: Text; without any the reply has no content.
        native: Whether it takes schemas.
        id: Its id.
    """

    made = answering(side, lambda messages: [side.response(role="assistant", content=x) for x in pieces or (None,)], id)
    made.supports_native_structured_outputs = native
    return made


def owner(side, kind, **options):
    """An agent or team of one side; a team has no members unless some are given."""
    if kind == "team":
        return side.team(**{"members": [], "telemetry": False, **options})
    return side.agent(**{"telemetry": False, **options})


def calling(side, name, then="end", id="called"):
    """A model of one side that calls a tool without arguments once and then says something."""
    call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": "{}"}}

    def reply(messages):
        if any(message.role == "tool" for message in messages):
            return [side.response(role="assistant", content=then)]
        return [side.response(role="assistant", content=None, tool_calls=[call])]

    return answering(side, reply, id)
