"""Input and output of a given shape: how it is asked for, read, and what happens when a reply does not fit."""

import json
from typing import NotRequired, TypedDict

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran, system_text, user_text
from pydantic import BaseModel, Field

from wherry.models.message import Message
from wherry.models.openai import OpenAILike


class Stop(BaseModel):
    place: str
    hours: int = Field(1, description="How long to stay.")


class Trip(BaseModel):
    title: str
    stops: list[Stop] = []


TRIP = {"title": "Bure", "stops": [{"place": "Acle", "hours": 2}]}
WANTED = Trip(title="Bure", stops=[Stop(place="Acle", hours=2)])
DICTIONARY = {
    "type": "json_schema",
    "json_schema": {
        "name": "Trip",
        "schema": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
    },
}


def like(**options):
    """A model that cannot be bound to a schema."""
    return OpenAILike(id="small", supports_native_structured_outputs=False, max_retries=0, **options)


@four_ways
def test_a_model_that_can_is_bound_to_the_schema(way):
    with model({"content": TRIP}) as server:
        events, output = ran(way, agent(output_schema=Trip))
        wanted = server.requests[0].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["name"] == "Trip"
    assert output.content == WANTED
    assert output.content_type == "Trip"
    if events:
        assert [event.content for event in named(events, "RunContent")] == [WANTED]
        assert events[-1].content == WANTED


@four_ways
def test_json_mode_describes_the_fields_in_words(way):
    with model({"content": TRIP}) as server:
        _, output = ran(way, agent(output_schema=Trip, use_json_mode=True))
        assert server.requests[0].body["response_format"] == {"type": "json_object"}
        text = system_text(server)
    assert '["title", "stops"]' in text
    assert "How long to stay." in text
    assert output.content == WANTED


@four_ways
def test_a_model_that_cannot_is_told_in_words(way):
    with model({"content": TRIP}) as server:
        _, output = ran(way, agent(model=like(base_url=server.base_url, api_key="k"), output_schema=Trip))
        assert server.requests[0].body["response_format"] == {"type": "json_object"}
        assert "<json_fields>" in system_text(server)
    assert output.content == WANTED


@four_ways
def test_a_model_that_takes_json_schemas_gets_one(way):
    with model({"content": TRIP}) as server:
        one = like(base_url=server.base_url, api_key="k", supports_json_schema_outputs=True)
        _, output = ran(way, agent(model=one, output_schema=Trip))
        assert server.requests[0].body["response_format"]["json_schema"]["schema"] == Trip.model_json_schema()
    assert output.content == WANTED


@four_ways
def test_a_dictionary_may_be_the_schema(way):
    with model({"content": {"title": "Bure"}}) as server:
        events, output = ran(way, agent(output_schema=DICTIONARY))
        assert server.requests[0].body["response_format"]["json_schema"]["name"] == "Trip"
    assert (output.content, output.content_type) == ({"title": "Bure"}, "dict")
    if events:
        assert events[-1].content_type == "dict"


@four_ways
def test_a_dictionary_schema_with_a_reply_that_is_no_json(way, caplog):
    with model("not today"):
        _, output = ran(way, agent(output_schema=DICTIONARY))
    assert output.content == "not today"
    assert "not JSON" in caplog.text


@four_ways
def test_a_run_may_bring_its_own_schema(way):
    owner = agent(output_schema=Stop)
    with model({"content": TRIP}, {"content": {"place": "Acle"}}):
        assert ran(way, owner, output_schema=Trip)[1].content == WANTED
        assert ran(way, owner)[1].content == Stop(place="Acle")
    assert owner.output_schema is Stop


@four_ways
def test_a_schema_and_tools_go_together(way):
    def tide(place: str) -> str:
        """Tide at a place."""
        return f"{place}: rising"

    with model(calls("tide", place="Acle"), {"content": TRIP}) as server:
        _, output = ran(way, agent(tools=[tide], output_schema=Trip))
        assert "response_format" in server.requests[0].body
    assert output.content == WANTED
    assert output.tools[0].result == "Acle: rising"


TEXT = json.dumps(TRIP)


@pytest.mark.parametrize(
    "reply",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```",
        f"Here you are:\n```json\n{json.dumps(TRIP, indent=2)}\n```\nEnjoy.",
        f"<think>Which river? {{}}</think>\n{TEXT}",
        f"Here you are: {TEXT} Enjoy.",
        f"**{TEXT}**",
        '{"title": "Bure"} and {"stops": [{"place": "Acle", "hours": 2}]}',
        f"```json{TEXT}```",
        TEXT.replace("Bure", "Bu\x07re"),
    ],
    ids=[
        "plain",
        "fenced",
        "bare fence",
        "in prose, fenced",
        "thought first",
        "in prose",
        "bold",
        "in parts",
        "run on",
        "control",
    ],
)
def test_objects_are_found_in_what_models_write(reply):
    with model(reply):
        assert ran("run", agent(output_schema=Trip))[1].content == WANTED


@four_ways
@pytest.mark.parametrize("reply", ["sorry, no", '{"title": 7, "stops": "none"}', "[1, 2]"])
def test_a_reply_that_does_not_fit_stays_text(way, reply, caplog):
    with model(reply):
        _, output = ran(way, agent(output_schema=Trip))
    assert output.status == "COMPLETED"
    assert output.content == reply
    assert "does not fit Trip" in caplog.text


@four_ways
def test_parsing_can_be_left_to_the_caller(way):
    with model({"content": TRIP}):
        _, output = ran(way, agent(output_schema=Trip, parse_response=False))
    assert json.loads(output.content) == TRIP


@four_ways
def test_a_dictionary_is_parsed_by_whole_runs_even_then_as_in_agno(way):
    with model({"content": {"title": "Bure"}}):
        _, output = ran(way, agent(output_schema=DICTIONARY, parse_response=False))
    assert output.content == ('{"title":"Bure"}' if "stream" in way else {"title": "Bure"})


def test_quotes_that_a_model_forgot_to_escape_are_part_of_the_text():
    with model('{"title": "The "Bure" at night", "stops": []}'):
        assert ran("run", agent(output_schema=Trip))[1].content == Trip(title='The "Bure" at night')


def test_native_output_can_be_forced_in_json_mode():
    with model({"content": TRIP}) as server:
        ran("run", agent(output_schema=Trip, use_json_mode=True, structured_outputs=True))
        assert server.requests[0].body["response_format"]["type"] == "json_schema"


# --- input ---------------------------------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize("given", [TRIP, WANTED, TEXT])
def test_input_is_checked_against_its_schema(way, given):
    with model("fine") as server:
        _, output = ran(way, agent(input_schema=Trip), given)
        assert json.loads(user_text(server)) == TRIP
    assert output.input.input_content == WANTED


@four_ways
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"stops": []}, "Failed to parse dict into Trip"),
        ("no json", "valid JSON"),
        (None, "no input was given"),
        (Stop(place="Acle"), "Expected Trip but got Stop"),
        (7, "Expected dict or Trip"),
    ],
)
def test_input_that_does_not_fit_is_refused_before_the_model_is_asked(way, given, problem):
    with model(), pytest.raises(ValueError, match=problem):
        ran(way, agent(input_schema=Trip), given)


class Booking(TypedDict):
    boat: str
    berths: list[int]
    note: NotRequired[str | None]


@four_ways
@pytest.mark.parametrize("more", [{}, {"note": None}, {"note": "quiet"}])
def test_input_may_have_the_keys_of_a_typed_dict(way, more):
    given = {"boat": "Albion", "berths": [2, 4], **more}
    with model("fine") as server:
        _, output = ran(way, agent(input_schema=Booking), given)
        assert json.loads(user_text(server)) == given
    assert output.input.input_content == given


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"boat": "Albion"}, "Missing required fields 'berths'"),
        ({"boat": "Albion", "berths": [], "crew": 2}, "Unexpected fields 'crew'"),
        ({"boat": 7, "berths": []}, "'boat' got 7, expected type <class 'str'>"),
        ({"boat": "Albion", "berths": ["two"]}, "'berths' got"),
        ({"boat": None, "berths": []}, "'boat' got"),
        (Stop(place="Acle"), "Expected Booking but got Stop"),
    ],
)
def test_input_without_the_keys_of_a_typed_dict_is_refused(given, problem):
    with model(), pytest.raises(ValueError, match=problem):
        ran("run", agent(input_schema=Booking), given)


def test_a_message_is_checked_by_its_content():
    with model("fine") as server:
        _, output = ran("run", agent(input_schema=Trip), Message(role="user", content=TEXT))
        assert json.loads(user_text(server)) == TRIP
    assert output.input.input_content == WANTED


def test_an_input_schema_is_a_class():
    with model(), pytest.raises(ValueError, match="takes a pydantic model or a TypedDict"):
        ran("run", agent(input_schema={"type": "object"}), {"boat": "Albion"})


def test_a_reply_without_content_stays_empty():
    with model({"content": None}):
        _, output = ran("run", agent(output_schema=Trip))
    assert output.content is None or output.content == ""


def test_the_content_type_of_text_is_str():
    with model("fine"):
        assert ran("run", agent(model=chat()))[1].content_type == "str"


@four_ways
def test_objects_are_written_to_a_file(way, tmp_path):
    class Found(BaseModel):
        river: str

    schema = {"type": "object", "properties": {"river": {"type": "string"}}, "required": ["river"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "found", "schema": schema}}
    for form, text in ((wanted, '{\n  "river": "Füße"\n}'), (Found, '{"river":"Füße"}')):
        with model({"content": {"river": "Füße"}}):
            ran(way, agent(output_schema=form, save_response_to_file=str(tmp_path / "a.json")))
        assert (tmp_path / "a.json").read_text(encoding="utf-8") == text
