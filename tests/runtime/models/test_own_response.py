"""A model whose `response` is the user's own is asked by it: replaced on the object, or in a subclass."""

import asyncio
from types import SimpleNamespace

import pytest

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.models.response import ModelResponse
from wherry.team import Team
from wherry.testing import ReplayServer


def run(way, owner):
    return owner.run("Hi") if way == "run" else asyncio.run(owner.arun("Hi"))


def asked_by(owner, model):
    if owner == "agent":
        return Agent(model=model, telemetry=False)
    return Team(members=[Agent(name="Ann", id="ann", model=model, telemetry=False)], model=model, telemetry=False)


ways = pytest.mark.parametrize("way", ["run", "arun"])
owners = pytest.mark.parametrize("owner", ["agent", "team"])


@ways
@owners
def test_a_wrapper_around_response_sees_every_request(way, owner):
    with ReplayServer(["Hello."]) as server:
        model, seen = OpenAIChat(id="m", api_key="k", base_url=server.base_url), []
        whole, looping = model.response, model.aresponse

        def response(**request):
            seen.append([message.role for message in request["messages"]])
            return whole(**request)

        async def aresponse(**request):
            seen.append([message.role for message in request["messages"]])
            return await looping(**request)

        model.response, model.aresponse = response, aresponse
        output = run(way, asked_by(owner, model))
    assert output.content == "Hello."
    assert [roles[-1] for roles in seen] == ["user"]
    assert [message.role for message in output.messages][-2:] == ["user", "assistant"], "told once"
    assert output.metrics.total_tokens > 0


@ways
@owners
def test_a_subclass_answers_without_a_provider(way, owner):
    class Canned(OpenAIChat):
        def response(self, messages, **_request):
            return ModelResponse(content=f"To {messages[-1].content}: no.")

        async def aresponse(self, messages, **request):
            return self.response(messages, **request)

    output = run(way, asked_by(owner, Canned(id="m", api_key="k")))
    assert (output.content, output.status) == ("To Hi: no.", "COMPLETED")


@ways
def test_of_another_kind_of_reply_only_data_is_read(way):
    model = OpenAIChat(id="m", api_key="k")
    reply = SimpleNamespace(content="Yes.", tool_calls=[], images=object(), response_usage=object())

    async def aresponse(**_request):
        return reply

    model.response, model.aresponse = lambda **_request: reply, aresponse
    output = run(way, Agent(model=model, telemetry=False))
    assert (output.content, output.images, output.metrics.total_tokens) == ("Yes.", None, 0)
