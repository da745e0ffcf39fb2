"""What becomes of the answers of output and parser models beside a schema: whole and streamed as in Agno."""

import itertools
from importlib import import_module

import pytest
from agent_ways import WAYS, run_in
from both_sides import OURS, SIDES, THEIRS, answering, calling, owner, saying
from pydantic import BaseModel

GOOD = ('{"name": "Hathor", ', '"length": 9}')
REPLIES = {
    "fits": GOOD,
    "no JSON": ("not ", "JSON"),
    "a part is missing": ('{"name": "Hathor"}',),
    "fenced": ('```json\n{"name": "Hathor", "length": 9}\n```',),
    "empty": ("",),
    "nothing": (),
}
DRAFTS = {"text": ("A ", "draft."), "object": GOOD}
CASES = [*itertools.product(REPLIES, ["text"]), ("no JSON", "object"), ("nothing", "object")]
# Two of the four ways for each case, in turn: another way is another driver of the same generator.
TURNS = ((WAYS[0], WAYS[3]), (WAYS[1], WAYS[2]))
AS_DICT = {
    "type": "json_schema",
    "json_schema": {"name": "Boat", "schema": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


class Boat(BaseModel):
    name: str
    length: int


def second_models(side, which, reply):
    """The output model, the parser model, or both: the one after the other."""
    last = saying(side, *reply, id="second")
    if which == "both":
        return {"output_model": saying(side, "re", "written", id="first"), "parser_model": last}
    return {which: last}


def seen(side, kind, way, which, reply, draft, schema, options):
    """The contents of one run's events, its output, and the messages that it keeps."""
    made = owner(
        side,
        kind,
        model=saying(side, *DRAFTS[draft]),
        output_schema=schema,
        **second_models(side, which, REPLIES[reply]),
        **options,
    )
    events, output = run_in(way, made, "Which boat?")
    told = [(e.event, plain(e.content), e.content_type) for e in events if hasattr(e, "content_type")]
    kept = [(m.role, m.content) for m in output.messages if m.role != "system"]
    return told, (plain(output.content), output.content_type, output.status.value), kept


def plain(content):
    """An object as its class and fields."""
    return (type(content).__name__, content.model_dump()) if isinstance(content, BaseModel) else content


@pytest.mark.parametrize("which", ["output_model", "parser_model", "both"])
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_answers_of_second_models_are_read_and_told_as_in_agno(kind, which):
    compared = set()
    shapes = ((Boat, {}), (Boat, {"parse_response": False}), (AS_DICT, {}))
    asked = itertools.product(CASES, shapes)
    for (way, other), ((reply, draft), (schema, options)) in zip(itertools.cycle(TURNS), asked, strict=False):
        for case in ((each, which, reply, draft, schema, options) for each in (way, other)):
            mine, theirs = (seen(side, kind, *case) for side in SIDES)
            assert mine == theirs, case
            compared.add(mine[1][:2] if isinstance(mine[1][0], str) else "an object")
    assert "an object" in compared
    assert ("not JSON", "str") in compared


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_an_output_model_is_asked_as_in_agno_after_a_tool_that_stops_the_run(kind, way):
    said = []
    for side in SIDES:

        def look():
            return "tide"

        def roles(messages, side=side):
            asked = [message.role for message in messages if message.role != "system"]
            return [side.response(role="assistant", content=" ".join(asked))]

        tool = import_module(f"{side.package}.tools").tool(stop_after_tool_call=True)(look)
        made = owner(side, kind, model=calling(side, "look"), tools=[tool], output_model=answering(side, roles))
        said.append(run_in(way, made, "Which boat?")[1].content)
    assert said[0] == said[1]
    assert said[0].startswith("user assistant")


def test_a_team_keeps_its_conversation_when_an_output_model_has_a_prompt_of_its_own():
    for side in (OURS, THEIRS):
        made = owner(
            side,
            "team",
            model=saying(side, "A draft."),
            output_model=saying(side, "Better."),
            output_model_prompt="Be better.",
            instructions="Be good.",
        )
        output = made.run("Which boat?")
        assert output.content == "Better."
        assert [message.role for message in output.messages] == ["system", "user", "assistant"]
        assert "Be good." in output.messages[0].content
        assert output.messages[-1].content == "A draft."
