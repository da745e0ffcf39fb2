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

OURS = SimpleNamespace(agent=Agent, team=Team, model=Model, response=ModelResponse)
THEIRS = SimpleNamespace(agent=TheirAgent, team=TheirTeam, model=TheirModel, response=TheirResponse)
SIDES = (OURS, THEIRS)


def saying(side, *pieces, native=False, id="said"):
    """A model of one side that says the same every time: as one reply, or piece by piece in a stream.

    Args:
        side: `OURS` or `THEIRS`.
        *pieces: Text, or None for a piece that says nothing; without any the reply has no content.
        native: Whether it takes schemas.
        id: Its id.
    """

    class Saying(side.model):
        def invoke(self, *args, **kwargs):
            return side.response(role="assistant", content="".join(pieces) if pieces else None)

        async def ainvoke(self, *args, **kwargs):
            return self.invoke()

        def invoke_stream(self, *args, **kwargs):
            for text in pieces or (None,):
                yield side.response(role="assistant", content=text)

        async def ainvoke_stream(self, *args, **kwargs):
            for delta in self.invoke_stream():
                yield delta

        def _parse_provider_response(self, reply, **kwargs):
            return reply

        _parse_provider_response_delta = _parse_provider_response

    made = Saying(id=id)
    made.supports_native_structured_outputs = native
    return made


def owner(side, kind, **options):
    """An agent or team of one side; a team has no members unless some are given."""
    if kind == "team":
        return side.team(**{"members": [], "telemetry": False, **options})
    return side.agent(**{"telemetry": False, **options})
