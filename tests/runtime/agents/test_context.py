"""What a model is told: system message, user message, and what is filled into them."""

import re
from datetime import date, datetime

import pytest
from agent_kit import agent, chat, four_ways, model, ran, system_text, user_text
from pydantic import BaseModel

from wherry.db.in_memory import InMemoryDb
from wherry.media import Image
from wherry.models.message import Message


@four_ways
def test_description_role_instructions_and_what_is_expected_come_in_this_order(way):
    owner = agent(
        description="You know every broad.",
        role="Pilot",
        instructions=["Be short.", "Say miles."],
        expected_output="  One line. ",
        additional_context="It is high water.",
        markdown=True,
        add_name_to_context=True,
    )
    with model("North.") as server:
        _, output = ran(way, owner)
        text = system_text(server)
    assert output.content == "North."
    parts = [
        "You know every broad.",
        "<your_role>\nPilot\n</your_role>",
        "- Be short.\n- Say miles.",
        "markdown",
        "Your name is Ada.",
        "<expected_output>\nOne line.\n</expected_output>",
        "It is high water.",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("instructions", "expected"),
    [
        ("Be short.", "Be short."),
        (["Only one."], "Only one."),
        (["One.", "Two\nlines."], "- One.\n\nTwo\nlines."),
        (lambda: "From nowhere.", "From nowhere."),
        (lambda agent: [f"I am {agent.name}."], "I am Ada."),
        (lambda run_context, session_state: f"{run_context.user_id} {session_state['n']}", "mary 1"),
        (None, None),
    ],
)
def test_instructions_may_be_text_lists_or_functions(instructions, expected):
    with model("fine") as server:
        ran("run", agent(instructions=instructions, session_state={"n": 1}), user_id="mary")
        assert system_text(server) == expected


async def wait_for_it(agent):
    return f"{agent.name} waited."


def test_async_instructions_are_awaited_on_a_loop():
    with model("fine") as server:
        ran("arun", agent(instructions=wait_for_it))
        assert system_text(server) == "Ada waited."


def test_tags_around_instructions():
    with model("fine") as server:
        ran("run", agent(instructions="Short.", use_instruction_tags=True))
        assert system_text(server) == "<instructions>\nShort.\n</instructions>"


@four_ways
def test_the_system_message_may_be_the_developers_by_name(way):
    with model({"content": "North."}) as server:
        _, output = ran(way, agent(instructions="be kind", system_message_role="developer"))
    assert [message.role for message in output.messages] == ["developer", "user", "assistant"]
    assert server.requests[0].body["messages"][0] == {"role": "developer", "content": "be kind"}


@four_ways
@pytest.mark.parametrize(
    "given", ["Hello {place}.", lambda: "Hello {place}.", Message(role="system", content="Hello Acle.")]
)
def test_an_own_system_message_replaces_what_would_be_built(way, given):
    owner = agent(system_message=given, instructions="never seen", dependencies={"place": "Acle"})
    with model("fine") as server:
        ran(way, owner)
        assert system_text(server) == "Hello Acle."


def test_a_system_message_that_is_no_text_ends_the_run():
    owner = agent(system_message=lambda: 7)
    with model():
        _, output = ran("run", owner)
    assert output.status == "ERROR"
    assert "system_message must be or return a string, not 7" in output.content


def test_no_context_is_built_when_that_is_asked_for():
    with model("fine", "fine") as server:
        ran("run", agent(build_context=False, instructions="never seen"))
        ran("run", agent(build_user_context=False, dependencies={"a": 1}, add_dependencies_to_context=True))
        assert system_text(server) is None
        assert user_text(server, 1) == "Which way?"


def test_the_role_of_the_system_message_can_be_chosen():
    with model("fine") as server:
        ran("run", agent(model=chat(role_map={"system": "system", "user": "user"}), description="D."))
        assert server.requests[0].turns[0] == ("system", "D.")


@four_ways
@pytest.mark.parametrize("place", ["Horning, Norfolk, England", None])
def test_a_place_is_told_when_one_is_set(way, place, monkeypatch):
    monkeypatch.setenv("WHERRY_LOCATION", place or "")
    with model("fine") as server:
        ran(way, agent(add_location_to_context=True, description="D."))
        told = f"- Your approximate location is {place}." if place else None
        assert (told in system_text(server)) if told else ("location" not in system_text(server))


@four_ways
def test_time_zone_and_format_of_the_time(way):
    owner = agent(add_datetime_to_context=True, timezone_identifier="Asia/Tokyo", datetime_format="%Y-%m-%d %z")
    with model("fine", "fine") as server:
        ran(way, owner)
        ran(way, agent(add_datetime_to_context=True))
        assert re.search(r"The current time is \d{4}-\d\d-\d\d \+0900\.", system_text(server))
        told = re.search(r"The current time is (.+)\.\n", system_text(server, 1))[1]
        assert datetime.fromisoformat(told).tzinfo is None


def test_an_unknown_time_zone_costs_a_warning_only(caplog):
    with model("fine") as server:
        ran("run", agent(add_datetime_to_context=True, timezone_identifier="Nowhere/Never"))
        assert "The current time is" in system_text(server)
    assert "Nowhere/Never" in caplog.text


@four_ways
def test_values_are_filled_in_from_state_dependencies_metadata_and_user(way):
    owner = agent(
        instructions="{boat} {river} {depth} {user_id} {unknown} {{kept}}",
        session_state={"boat": "Albion"},
        dependencies={"river": lambda: "Bure"},
        metadata={"depth": 2},
    )
    with model("fine") as server:
        ran(way, owner, "About {boat}?", user_id="mary")
        assert system_text(server) == "Albion Bure 2 mary {unknown} {{kept}}"
        assert user_text(server) == "About Albion?"


def test_nothing_is_filled_in_when_that_is_switched_off():
    owner = agent(instructions="{boat} $cost", session_state={"boat": "Albion"}, resolve_in_context=False)
    with model("fine") as server:
        ran("run", owner, "{boat}")
        assert (system_text(server), user_text(server)) == ("{boat} $cost", "{boat}")


@four_ways
def test_dependencies_and_state_shown_to_the_model(way):
    owner = agent(
        dependencies={"river": "Bure", "boat": {"name": "Albion"}},
        add_dependencies_to_context=True,
        session_state={"n": 1},
        add_session_state_to_context=True,
    )
    with model("fine") as server:
        ran(way, owner, dependencies={"river": "Ant", "when": date(2026, 1, 2)})
        text = user_text(server)
        assert "<additional context>" in text
        assert '"river": "Ant"' in text
        assert '"name": "Albion"' in text
        assert "2026-01-02" in text
        assert re.search(r"<session_state>\n\{.*'n': 1.*\}\n</session_state>", system_text(server))


def test_dependencies_that_json_cannot_hold_are_listed():
    class Odd:
        def __str__(self):
            return "odd"

    around = {"self": None}
    around["self"] = around
    with model("fine") as server:
        ran("run", agent(dependencies={"odd": Odd(), "around": around}, add_dependencies_to_context=True))
        assert "odd: odd" in user_text(server)


async def tide_of_now(run_context):
    return f"rising for {run_context.user_id}"


def broken():
    raise OSError("no gauge")


def test_dependencies_that_are_functions_are_asked_once_a_run(caplog):
    owner = agent(instructions="{tide} {gauge}", dependencies={"tide": tide_of_now, "gauge": broken})
    with model("fine") as server:
        ran("arun", owner, user_id="mary")
        assert system_text(server).startswith("rising for mary")
    assert "gauge" in caplog.text
    assert callable(owner.dependencies["tide"])


@four_ways
def test_additional_input_stands_before_the_question(way):
    owner = agent(additional_input=[Message(role="user", content="Ping"), {"role": "assistant", "content": "Pong"}])
    with model("fine") as server:
        _, output = ran(way, owner)
        assert server.requests[0].turns == [("user", "Ping"), ("assistant", "Pong"), ("user", "Which way?")]
    assert [message.content for message in output.additional_input] == ["Ping", "Pong"]


class Trip(BaseModel):
    river: str
    miles: int = 1


@four_ways
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["One", "Two"], [("user", "One\nTwo")]),
        (Message(role="user", content="Hi"), [("user", "Hi")]),
        (
            [
                Message(role="user", content="Hi"),
                Message(role="assistant", content="Yes?"),
                Message(role="user", content="?"),
            ],
            [("user", "Hi"), ("assistant", "Yes?"), ("user", "?")],
        ),
        ([{"role": "user", "content": "Hi"}, {"role": "user", "content": "Ho"}], [("user", "Hi"), ("user", "Ho")]),
        ({"role": "user", "content": "Hi"}, [("user", "Hi")]),
    ],
)
def test_the_question_may_have_many_shapes(way, given, expected):
    with model("fine") as server:
        ran(way, agent(), given)
        assert server.requests[0].turns == expected


def test_a_pydantic_object_is_sent_as_json():
    with model("fine") as server:
        ran("run", agent(), Trip(river="Bure"))
        assert '"river": "Bure"' in user_text(server)


def test_media_without_a_word():
    with model("fine") as server:
        ran("run", agent(), None, images=[Image(url="http://127.0.0.1/a.png")])
        (message,) = server.requests[0].body["messages"]
        assert message["content"][-1]["image_url"]["url"] == "http://127.0.0.1/a.png"


@four_ways
def test_an_introduction_opens_a_new_session(way):
    db = InMemoryDb()
    owner = agent(introduction="Ahoy!", db=db, add_history_to_context=True)
    with model("fine") as server:
        ran(way, owner, session_id="s")
        assert server.requests[0].turns[-2:] == [("assistant", "Ahoy!"), ("user", "Which way?")]
    assert [run.content for run in owner.get_session("s").runs] == ["Ahoy!", "fine"]


def test_the_time_of_one_run_is_not_kept_for_the_next():
    owner = agent(instructions=lambda run_context: run_context.run_id)
    with model("fine", "fine") as server:
        outputs = [ran("run", owner)[1] for _ in range(2)]
        assert [system_text(server, number) for number in range(2)] == [output.run_id for output in outputs]
