"""Public functions and methods beside a run: each answers as Agno's of the same name does."""

import dataclasses
import importlib
from typing import Annotated, Literal

import pytest
from agent_kit import agent, calls, four_ways, model, ran
from agno.agent.followup import FollowupConfig as TheirFollowupConfig
from agno.models.openai import OpenAIChat as TheirChat
from agno.tools import ComponentTool as TheirComponentTool
from agno.utils import json_schema as their_schema
from agno.utils import message as their_message
from pydantic import BaseModel

from wherry.agent.followup import FollowupConfig
from wherry.compression import CompressionManager
from wherry.models.message import Message
from wherry.models.openai import OpenAIChat
from wherry.run import cancel
from wherry.run.cancellation_management import BaseRunCancellationManager, InMemoryRunCancellationManager
from wherry.tools import ComponentTool
from wherry.utils import json_schema
from wherry.utils.message import get_text_from_message, safe_truncation_index


class Boat(BaseModel):
    name: str
    length: float | None = None


# --- cancelling ---------------------------------------------------------------------------------------------------


class Shared(BaseRunCancellationManager):
    """One of a user's own: a set of intents, and members by run."""

    def __init__(self):
        self.runs, self.members = {}, {}

    def register_run(self, run_id):
        self.runs.setdefault(run_id, False)

    def cancel_run(self, run_id):
        known = run_id in self.runs
        self.runs[run_id] = True
        return known

    def is_cancelled(self, run_id):
        return self.runs.get(run_id, False)

    def cleanup_run(self, run_id):
        self.runs.pop(run_id, None)

    def get_active_runs(self):
        return dict(self.runs)

    def register_member_run(self, team_run_id, member_run_id):
        self.members.setdefault(team_run_id, set()).add(member_run_id)

    def get_member_run_ids(self, team_run_id):
        return self.members.get(team_run_id, set())

    def cleanup_member_runs(self, team_run_id):
        self.members.pop(team_run_id, None)


@pytest.fixture
def shared(monkeypatch):
    manager = Shared()
    monkeypatch.setattr(cancel, "_cancellation_manager", manager)
    return manager


async def test_a_cancel_reaches_members_through_a_manager_of_ones_own(shared):
    shared.register_run("team")
    await cancel.aregister_member_run(team_run_id="team", member_run_id="member")
    assert await cancel.aget_member_run_ids("team") == {"member"}
    assert await cancel.acancel_run("team")
    assert shared.is_cancelled("member")
    await cancel.acleanup_member_runs("team")
    assert cancel.get_member_run_ids("team") == set()


def test_a_cancel_of_blocking_code_reaches_members_too(shared):
    cancel.register_member_run("team", "member")
    assert not cancel.cancel_run("team")
    assert cancel.is_cancelled("member")


async def test_a_manager_that_knows_no_members_keeps_none():
    class Plain(BaseRunCancellationManager):
        pass

    manager = Plain()
    await manager.aregister_member_run("team", "member")
    await manager.acleanup_member_runs("team")
    assert await manager.aget_member_run_ids("team") == set()


def test_intents_that_no_run_takes_up_are_forgotten(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    manager = InMemoryRunCancellationManager(ttl_seconds=10)
    manager.cancel_run("never starts")
    manager.register_member_run("team", "member")
    now[0] = 5.0
    manager.register_run("never starts")  # keeps the intent and its time
    manager.register_run("runs")
    manager.register_member_run("team", "another")  # grants the members new time
    assert manager.is_cancelled("never starts")
    now[0] = 12.0
    assert not manager.is_cancelled("never starts")
    manager.raise_if_cancelled("never starts")
    assert manager.get_active_runs() == {"runs": False}
    assert manager.get_member_run_ids("team") == {"member", "another"}
    now[0] = 16.0
    assert manager.get_member_run_ids("team") == set()
    assert InMemoryRunCancellationManager().ttl_seconds == 86400
    forever = InMemoryRunCancellationManager(ttl_seconds=None)
    forever.cancel_run("kept")
    now[0] = 1e9
    assert forever.is_cancelled("kept")


# --- follow-ups ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"model": "openai:gpt-5-mini", "num_followups": 2},
        {"instructions": "About tides.", "min_followups": 1, "max_followups": 4},
    ],
)
def test_settings_of_follow_ups_are_stored_as_agno_stores_them(options):
    stored = FollowupConfig(**options).to_dict()
    assert stored == TheirFollowupConfig(**options).to_dict()
    again = FollowupConfig.from_dict({**stored, "unknown": 1})
    assert again.count_range() == FollowupConfig(**options).count_range()
    assert again.instructions == options.get("instructions")
    assert getattr(again.model, "id", None) == ("gpt-5-mini" if "model" in options else None)


def test_of_a_model_only_its_identity_is_stored_and_a_registry_goes_first():
    stored = FollowupConfig(model=OpenAIChat(id="gpt-5-mini", api_key="sk-secret")).to_dict()
    assert stored == TheirFollowupConfig(model=TheirChat(id="gpt-5-mini", api_key="sk-secret")).to_dict()
    assert isinstance(FollowupConfig.from_dict(stored).model, OpenAIChat)
    live = OpenAIChat(id="gpt-5-mini", base_url="http://127.0.0.1:1/v1")

    class Registry:
        def get_model(self, model_id, provider=None, name=None):
            return live if (model_id, provider, name) == ("gpt-5-mini", "OpenAI", "OpenAIChat") else None

    assert FollowupConfig.from_dict(stored, Registry()).model is live


# --- keys from the environment ------------------------------------------------------------------------------------


def _key_readers():
    from wherry.models.names import PROVIDERS

    for module, name, *_ in PROVIDERS.values():
        try:
            theirs = getattr(importlib.import_module(f"agno.models.{module}"), name)
        except ImportError:
            continue  # an SDK that is not installed
        fields = getattr(theirs, "__dataclass_fields__", {})
        if "api_key" in fields and fields["api_key"].default_factory is not dataclasses.MISSING:
            yield module, name, theirs


def test_models_that_read_their_key_when_made_show_it(monkeypatch):
    monkeypatch.setattr("agno.utils.log.logger.disabled", True)
    seen = []
    for module, name, theirs in _key_readers():  # here, not among the parameters: collecting would import each SDK
        ours = getattr(importlib.import_module(f"wherry.models.{module}"), name)
        monkeypatch.setenv(ours.key_variable, "from the environment")
        shown = ours().api_key, theirs().api_key, ours(api_key="given").api_key
        assert shown == ("from the environment", "from the environment", "given"), (module, name)
        monkeypatch.delenv(ours.key_variable)
        assert ours().api_key is None, (module, name)
        seen.append(name)
    assert len(seen) == 21, seen


# --- schemas and messages -----------------------------------------------------------------------------------------

ANNOTATIONS = [
    *(str, int, float, bool, dict, list[int], tuple[str, ...], dict[str, float], int | None, int | str),
    *(Literal["a", "b"], Literal[1, 2], Literal[True], Literal[1, 2.5], Literal["a", 1], Annotated[int, "metres"]),
    *(Boat, list[Boat]),
]


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=str)
def test_schemas_of_annotations(annotation):
    ours = json_schema.get_json_schema_for_arg(type_hint=annotation)
    assert ours == their_schema.get_json_schema_for_arg(type_hint=annotation)


def test_types_by_name():
    for name in ("int", "float", "complex", "Decimal", "str", "string", "bool", "NoneType", "set", "mapping", "Boat"):
        assert json_schema.get_json_type_for_py_type(arg=name) == their_schema.get_json_type_for_py_type(arg=name)


def test_text_of_what_can_be_an_input():
    parts = [{"type": "text", "text": "one"}, {"type": "image_url", "image_url": "x"}, {"type": "text", "text": "two"}]
    talk = [{"role": "system", "content": "s"}, {"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    for value in ("text", None, {"a": {"b": 1}}, {"content": "inner"}, parts, talk, [], Boat(name="Ada")):
        assert get_text_from_message(message=value) == their_message.get_text_from_message(message=value)
    assert get_text_from_message(Message(role="user", content="hello")) == "hello"


def test_a_cut_keeps_calls_with_their_results():
    def talk(kind):
        call = {"id": "c", "type": "function", "function": {"name": "tide", "arguments": "{}"}}
        return [
            kind(role="user", content="?"),
            kind(role="assistant", tool_calls=[call, {**call, "id": "d"}]),
            kind(role="tool", tool_call_id="c", content="high"),
            kind(role="tool", tool_call_id="d", content="low"),
            kind(role="assistant", content="Go."),
        ]

    from agno.models.message import Message as TheirMessage

    for index in range(-1, 7):
        expected = their_message.safe_truncation_index(talk(TheirMessage), requested_index=index)
        assert safe_truncation_index(talk(Message), requested_index=index) == expected


def test_the_marker_of_a_published_component_comes_from_the_package_too():
    fields = [field.name for field in dataclasses.fields(ComponentTool)]
    assert fields == [field.name for field in dataclasses.fields(TheirComponentTool)]
    assert isinstance(agent().as_tool(name="ada"), ComponentTool)


def test_perplexity_reads_a_reply_by_its_public_method():
    from wherry.models.perplexity import Perplexity

    reply = {
        "choices": [{"message": {"role": "assistant", "content": "High."}}],
        "citations": ["https://example.org/tide"],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
    }
    read = Perplexity(api_key="k").parse_provider_response(reply)
    assert (read.content, read.citations.urls[0].url) == ("High.", "https://example.org/tide")
    piece = {"choices": [{"delta": {"content": "Hi"}}], "citations": ["https://example.org/tide"]}
    assert Perplexity(api_key="k").parse_provider_response_delta(piece).content == "Hi"


# --- shortening of results ----------------------------------------------------------------------------------------


def results():
    call = [{"id": i, "type": "function", "function": {"name": "log", "arguments": "{}"}} for i in "ab"]
    return [
        Message(role="assistant", tool_calls=call),
        *(Message(role="tool", tool_call_id=i, tool_name="log", content="calm " * 50) for i in "ab"),
    ]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_results_are_shortened_by_hand(asynchronous):
    keeper = CompressionManager(model=OpenAIChat(id="gpt-5-mini", max_retries=0))
    messages = results()
    with model("all calm", "all calm"):
        if asynchronous:
            assert not await keeper.ashould_compress(messages)
            await keeper.acompress(messages)
        else:
            keeper.compress(messages)
    assert [message.compressed_content for message in messages] == [None, "all calm", "all calm"]
    assert keeper.stats == {"tool_results_compressed": 2, "original_size": 500, "compressed_size": 16}


def test_shortening_without_a_model_says_so_and_changes_nothing(caplog):
    messages = results()
    CompressionManager().compress(messages)
    CompressionManager(model=OpenAIChat(), compress_tool_results=False).compress(messages)
    assert [message.compressed_content for message in messages] == [None] * 3
    assert "no model" in caplog.text


@four_ways
def test_a_subclass_shortens_in_its_own_way(way):
    class Cutting(CompressionManager):
        def compress(self, messages, run_metrics=None):
            for message in messages:
                if message.role == "tool":
                    message.compressed_content = message.content[:4]

        async def acompress(self, messages, run_metrics=None):
            self.compress(messages, run_metrics)

        async def ashould_compress(self, messages, *args, **kwargs):
            return True

    def log() -> str:
        """Read the log."""
        return "calm " * 50

    keeper = Cutting(compress_tool_results_limit=1)
    with model(calls("log"), "Calm.") as server:
        ran(way, agent(tools=[log], compress_tool_results=True, compression_manager=keeper))
        assert server.requests[1].text("tool") == "calm"


# --- arguments by place -------------------------------------------------------------------------------------------


def test_methods_take_their_arguments_in_the_order_of_agno():
    from agno.agent import Agent as Theirs
    from agno.team import Team as TheirTeam

    from wherry.core.agent.agent_surface import _PLACES

    named = {"cli_app": 2, "acli_app": 2, "get_system_message": 3, "get_relevant_docs": 4}
    for (kind, method), places in _PLACES.items():
        theirs = TheirTeam if kind == "team" else Theirs
        full = "get_relevant_docs_from_knowledge" if method == "get_relevant_docs" else method
        code = getattr(theirs, full).__code__
        assert code.co_varnames[named[method] : code.co_argcount] == places, (kind, method)


def test_settings_of_a_conversation_and_of_a_prompt_come_by_place(monkeypatch):
    asked = []
    monkeypatch.setattr("rich.prompt.Prompt.ask", lambda prompt: asked.append(prompt) or "enough")
    with model("Left."):
        agent(markdown=False).cli_app("Which way?", "s", "ann", "Skipper", ":boat:", False, False, ["enough"])
    assert asked == ["[bold] :boat: Skipper [/bold]"]
    from wherry.session import AgentSession

    owner = agent(instructions="Be brief.")
    session = AgentSession(session_id="s", session_data={"session_state": {"tide": "high"}})
    by_place = owner.get_system_message(session, None, None, True)
    assert by_place.content == owner.get_system_message(session, add_session_state_to_context=True).content
    with pytest.raises(TypeError, match="cannot be given by place"):
        owner.get_system_message(session, None, None, True, "?", "too much")


# --- ids that come twice ------------------------------------------------------------------------------------------


@four_ways
def test_calls_that_share_an_id_keep_their_own_results(way):
    def tide(place: str) -> str:
        """Tide at a place."""
        return f"{place} rising"

    call = [{"id": "call_x", "name": "tide", "arguments": {"place": place}} for place in ("Acle", "Horning")]
    with model({"tool_calls": call}, "Go."):
        _, output = ran(way, agent(tools=[tide]))
    assert [(tool.tool_args["place"], tool.result) for tool in output.tools] == [
        ("Acle", "Acle rising"),
        ("Horning", "Horning rising"),
    ]
