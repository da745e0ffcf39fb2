"""What a constructor makes of what it is given, and what it refuses, beside Agno's constructor."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import pytest
from agent_kit import agent, calls, chat, model
from agno.agent import Agent as TheirAgent
from agno.compression.manager import CompressionManager as TheirCompressionManager
from agno.models.fallback import FallbackConfig as TheirFallbackConfig
from agno.models.openai import OpenAIChat as TheirChat
from agno.team import Team as TheirTeam
from both_sides import SIDES, saying
from both_sides import owner as made_by

from wherry.agent import Agent
from wherry.compression.manager import CompressionManager
from wherry.core.errors import WherryError
from wherry.memory import MemoryManager
from wherry.models.fallback import FallbackConfig
from wherry.models.message import Message
from wherry.models.openai import OpenAIChat
from wherry.team import Team

MODELS = ("model", "reasoning_model", "parser_model", "output_model", "followup_model")
KINDS = [pytest.param((Agent, TheirAgent, {}), id="agent"), pytest.param((Team, TheirTeam, {"members": []}), id="team")]
BAD = (5, 0, True, "", "no provider", "nope:", ":x", [], [None], {}, (1,), {1}, object)


def ask_me():
    """A tool."""


def refused(cls, **given):
    """The built-in type of the error that a constructor raises, or None."""
    try:
        cls(**given)
    except (TypeError, ValueError, AttributeError) as error:
        kinds = (AttributeError, TypeError, ValueError)
        return next(kind for kind in kinds if isinstance(error, kind)), error
    return None, None


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_used_is_refused_at_construction_as_in_agno_with_the_value_and_what_to_do(kind):
    ours, theirs, base = kind
    options = (*MODELS, "tools", "fallback_models", "fallback_config", "compression_manager")
    seen = set()
    for name in options:
        for value in BAD:
            expected, _ = refused(theirs, **base, **{name: value})
            found, error = refused(ours, **base, **{name: value})
            assert found is expected, (name, value)
            seen.add((name, expected))
            if expected is not None:
                assert isinstance(error, WherryError), (name, value)
                assert error.hint
    assert {kind for _, kind in seen} == {None, AttributeError, TypeError, ValueError}
    left = set() if ours is Agent else {"compression_manager"}
    assert {name for name, expected in seen if expected is not None} == {*options} - left


@dataclass
class Berth:
    number: int


WRONG = [
    ("instructions", 5, TypeError),
    ("system_message", [1], TypeError),
    ("dependencies", [1], TypeError),
    ("metadata", 5, TypeError),
    ("knowledge_filters", "text", TypeError),
    ("followups", "text", TypeError),
    ("num_followups", "3", TypeError),
    ("num_followups", 3.0, TypeError),
    ("instructions", b"text", TypeError),
    ("events_to_skip", 5, TypeError),
    ("output_schema", Berth, TypeError),
    ("save_response_to_file", 5, TypeError),
    ("memory_manager", MemoryManager, AttributeError),
    ("session_summary_manager", {"a": 1}, AttributeError),
    ("db", "agent.db", AttributeError),
    ("db", MemoryManager, AttributeError),
]


@pytest.mark.parametrize("cls", [Agent, Team])
def test_an_option_of_the_wrong_kind_is_refused_with_the_value_and_what_to_give(cls):
    for name, value, kind in WRONG:
        if cls is Team and name == "save_response_to_file":
            continue
        with pytest.raises(kind) as told:
            cls(**{name: value})
        assert isinstance(told.value, WherryError)
        assert isinstance(told.value, ValueError)
        assert f"{name} must be" in str(told.value)
        assert f"not {value!r}" in str(told.value)
        assert told.value.hint.startswith("Give ")
        cls(**{name: None})
    with pytest.raises(TypeError, match="output_schema must be"):
        cls(model=chat()).run("Which berth?", output_schema=Berth)


def test_members_that_are_no_list_are_refused_with_the_value_and_what_to_give():
    for value in (5, "text", {"a": 1}):
        with pytest.raises(TypeError, match="members must be a list or a callable") as told:
            Team(members=value)
        assert isinstance(told.value, WherryError)
        assert told.value.hint


def test_usual_kinds_of_options_are_taken(tmp_path):
    class Sought(Mapping):
        def __getitem__(self, key):
            return {"port": "Acle"}[key]

        def __iter__(self):
            return iter(["port"])

        def __len__(self):
            return 1

    made = Agent(
        model=chat(),
        instructions=("Be brief.",),
        dependencies=Sought(),
        system_message=Message(role="system", content="Port."),
        events_to_skip={"RunStarted"},
        save_response_to_file=tmp_path / "answer.txt",
    )
    with model("Acle"):
        assert made.run("Which port?").content == "Acle"
    assert (tmp_path / "answer.txt").read_text() == "Acle"


class Truth:
    """No `bool`, as numpy's is none."""

    def __bool__(self):
        return True


class Whole:
    """No `int`, as those of numpy are none."""

    def __index__(self):
        return 2

    def __lt__(self, other):
        return other > 2


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_truths_and_whole_numbers_of_any_make_count_as_in_agno(kind):
    suggested = '{"suggestions": ["Tide?", "Wind?", "Berth?"]}'
    for followups in (1, Truth(), 0, False):
        for number in (2, Whole(), None):
            given = {"followups": followups, "num_followups": number}
            made = [made_by(side, kind, model=saying(side, suggested), **given).run("Which boat?") for side in SIDES]
            assert made[0].followups == made[1].followups
            assert (made[0].followups is not None) is bool(followups)


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_false_switches_an_option_off_as_in_agno(kind):
    for option in ("instructions", "knowledge_filters", "events_to_skip", "save_response_to_file"):
        if kind == "team" and option == "save_response_to_file":
            continue
        seen = []
        for side in SIDES:
            one = made_by(side, kind, model=saying(side, "Acle"), store_events=True, **{option: False})
            *_, output = one.run("Which port?", stream=True, stream_events=True, yield_run_output=True)
            seen.append((output.content, output.status.value, [event.event for event in output.events]))
        assert seen[0] == seen[1]
        assert seen[0][:2] == ("Acle", "COMPLETED")


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_the_number_of_followups_is_settled_at_construction_as_in_agno(kind):
    seen = []
    for side in SIDES:
        config = import_module(f"{side.package}.agent.followup").FollowupConfig
        counts = [
            made_by(side, kind, **given).num_followups
            for given in (
                {},
                {"num_followups": None},
                {"followups": True},
                {"followups": config()},
                {"followups": config(max_followups=5)},
                {"num_followups": 4},
            )
        ]
        for given in (
            {"num_followups": 0},
            {"followups": True, "num_followups": -1},
            {"followups": config(), "num_followups": 2},
            {"followups": config(), "followup_model": saying(side, "Acle")},
        ):
            with pytest.raises(ValueError, match=r"num_followups|FollowupConfig"):
                made_by(side, kind, **given)
        seen.append(counts)
    assert seen[0] == seen[1] == [3, 3, 3, 3, 5, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_tools_become_a_list_of_the_owners_own_as_in_agno(kind):
    ours, theirs, base = kind
    for given in (None, (), [], {}, (ask_me,), {ask_me}, iter([ask_me]), "ab", [ask_me, None]):
        # An iterator is used up by the first who asks.
        made = list(given) if hasattr(given, "__next__") else None
        mine, their = (cls(tools=made or given, **base).tools for cls in (ours, theirs))
        assert (type(mine), mine) == (type(their), their)
    for owner in (ours(**base), theirs(**base)):
        assert owner.tools == ([] if ours is Agent else None)
    assert ours(tools=ask_me, **base).tools is ask_me
    shared = [ask_me]
    first, second = ours(tools=shared, **base), ours(tools=shared, **base)
    first.tools.append(print)
    assert (shared, second.tools) == ([ask_me], [ask_me])


@pytest.mark.parametrize("kind", KINDS)
def test_tools_that_are_set_later_become_a_list_of_the_owners_own_as_in_agno(kind):
    ours, theirs, base = kind
    for given in (None, 0, (), {}, (ask_me,), [ask_me]):
        set_to = []
        for owner in (ours(tools=[print], **base), theirs(tools=[print], **base)):
            owner.set_tools(given)
            assert owner.tools is not given
            set_to.append(owner.tools)
        assert set_to[0] == set_to[1]


@pytest.mark.parametrize("cls", [Agent, Team])
def test_a_callable_that_is_set_later_is_asked_although_one_before_it_was(cls):
    def tide():
        """When?"""

    owner = cls(model=chat(), tools=lambda: [ask_me], **({"members": []} if cls is Team else {}))
    with model("done", "done") as server:
        owner.run("hi", user_id="ann")
        owner.set_tools(lambda: [tide])
        owner.run("hi", user_id="ann")
        offered = [request.body["tools"][-1]["function"]["name"] for request in server.requests]
    assert offered == ["ask_me", "tide"]


def test_what_is_added_to_the_tools_of_an_agent_without_any_is_offered_to_the_model():
    owner = agent()
    owner.tools.append(ask_me)
    with model(calls("ask_me"), "done"):
        output = owner.run("hi")
    assert [tool.tool_name for tool in output.tools] == ["ask_me"]
    assert "tools" not in Agent(id="a").to_dict()


@pytest.mark.parametrize("kind", KINDS)
def test_ids_of_models_are_models_after_construction_as_in_agno(kind):
    ours, theirs, base = kind
    for name in MODELS:
        mine, their = (getattr(cls(**base, **{name: "openai:gpt-5"}), name) for cls in (ours, theirs))
        assert (type(mine).__name__, mine.id) == (type(their).__name__, their.id)
    for given in (None, [], ["openai:a"], ("openai:a", None), {"openai:a": 1}, [None]):
        mine, their = (cls(fallback_models=given, **base) for cls in (ours, theirs))
        assert shape(mine.fallback_config) == shape(their.fallback_config), given
        assert not mine.fallback_models
        assert not their.fallback_models


@pytest.mark.parametrize("kind", KINDS)
def test_a_fallback_config_stays_the_given_object_and_wins_over_fallback_models_as_in_agno(kind, caplog):
    ours, theirs, base = kind
    shapes = []
    for cls, config in ((ours, FallbackConfig), (theirs, TheirFallbackConfig)):
        given = config(on_error=["openai:a", None], on_rate_limit=["openai:b"])
        owner = cls(fallback_config=given, fallback_models=["openai:c"], **base)
        assert (owner.fallback_config, owner.fallback_models) == (given, None)
        shapes.append(shape(given))
    assert shapes[0] == shapes[1]
    assert any("fallback_config counts" in record.message for record in caplog.records)
    copied = ours(fallback_models=["openai:a"], **base).deep_copy()
    assert shape(copied.fallback_config) == [[("OpenAIResponses", "a")], [], []]


@pytest.mark.parametrize("kind", KINDS)
def test_a_compression_manager_without_a_model_takes_the_one_of_an_agent_but_not_of_a_team_as_in_agno(kind):
    ours, theirs, base = kind
    taken = []
    for cls, manager, asked in (
        (ours, CompressionManager(), OpenAIChat(id="m")),
        (theirs, TheirCompressionManager(), TheirChat(id="m")),
    ):
        taken.append(cls(compression_manager=manager, model=asked, **base).compression_manager.model is asked)
    assert taken[0] == taken[1] == (ours is Agent)


def test_an_owner_with_second_models_given_by_id_can_be_stored_and_made_anew():
    owner = agent(reasoning_model="openai:r", parser_model="openai:p", output_model="openai:o")
    stored = owner.to_dict()
    assert {stored[name]["id"] for name in ("reasoning_model", "parser_model", "output_model")} == {"r", "p", "o"}
    assert Agent.from_dict(stored).parser_model.id == "p"


def shape(config):
    """The models of a fallback setting by kind of failure."""
    if config is None:
        return None
    lists = (config.on_error, config.on_rate_limit, config.on_context_overflow)
    return [[(type(one).__name__, one.id) for one in models] for models in lists]


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_agents_are_told_their_task(kind):
    told = []
    for cls, chat_model in zip(kind[:2], (OpenAIChat, TheirChat), strict=True):
        made = cls(**{name: chat_model(id="m", api_key="k") for name in MODELS}, followups=True, **kind[2])
        told.append([getattr(made, name).model_type.value for name in MODELS])
    assert told[0] == told[1]
    assert (told[0][1:4] == list(MODELS[1:4])) is (kind[0] is Agent)
