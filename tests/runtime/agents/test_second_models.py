"""More than one model in a run: parser, output, follow-ups, reasoning."""

from importlib import import_module

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran, streamed_ways, system_text, user_text
from pydantic import BaseModel

from wherry.agent import FollowupConfig
from wherry.db.in_memory import InMemoryDb
from wherry.models.deepseek import DeepSeek
from wherry.models.message import Message
from wherry.models.openai import OpenAIChat, OpenAILike


class Trip(BaseModel):
    title: str


def by(name, content, **fields):
    """A reply of one of the models."""
    return {"content": content, "when": {"model": name}, **fields}


# --- parser model --------------------------------------------------------------------------------------------------


@four_ways
def test_a_parser_model_makes_the_object_of_the_answer(way):
    owner = agent(parser_model=chat("parser"), output_schema=Trip)
    with model(by("gpt-5-mini", "The Bure it is."), by("parser", {"title": "Bure"})) as server:
        events, output = ran(way, owner)
        first, second = server.requests
    assert "response_format" not in first.body
    assert "title" in system_text(server)
    assert second.text("user") == "The Bure it is."
    assert second.body["response_format"]["json_schema"]["name"] == "Trip"
    assert output.content == Trip(title="Bure")
    assert set(output.metrics.details) == {"model", "parser_model"}
    if events:
        (started,) = named(events, "ParserModelResponseStarted")
        (ended,) = named(events, "ParserModelResponseCompleted")
        assert events.index(started) < events.index(ended)
        assert named(events, "RunContent")[-1].content == Trip(title="Bure")


@four_ways
def test_a_parser_model_without_schemas_is_told_in_words(way):
    with model(by("gpt-5-mini", "The Bure."), by("small", '```json\n{"title": "Bure"}\n```')) as server:
        small = OpenAILike(
            id="small", supports_native_structured_outputs=False, base_url=server.base_url, api_key="k", max_retries=0
        )
        _, output = ran(way, agent(parser_model=small, parser_model_prompt="Parse it.", output_schema=Trip))
        assert system_text(server, 1).startswith("Parse it.")
        assert "<json_fields>" in system_text(server, 1)
    assert output.content == Trip(title="Bure")


@four_ways
def test_a_parser_model_with_nothing_to_parse_into_is_left_out(way, caplog):
    with model("The Bure."):
        _, output = ran(way, agent(parser_model=chat("parser")))
    assert output.content == "The Bure."
    assert "output_schema" in caplog.text


def test_a_second_model_may_be_named_by_a_text():
    owner = agent(parser_model="openai-chat:parser", output_schema=Trip)
    with model(by("gpt-5-mini", "The Bure."), by("parser", {"title": "Bure"})):
        assert ran("run", owner)[1].content == Trip(title="Bure")


# --- output model --------------------------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize("described", [None, "You are a pilot."])
def test_an_output_model_writes_the_answer(way, described):
    owner = agent(output_model=chat("writer"), output_model_prompt="Write well.", description=described)
    with model(by("gpt-5-mini", "draft"), by("writer", "Take the Bure.")) as server:
        events, output = ran(way, owner)
        assert system_text(server, 1) == "Write well."
        assert all(text != "draft" for _, text in server.requests[1].turns)
    assert output.content == "Take the Bure."
    if events:
        assert "".join(event.content for event in named(events, "RunContent") if event.content) == "Take the Bure."
        assert "".join(event.content for event in named(events, "RunIntermediateContent") if event.content) == "draft"
        assert named(events, "OutputModelResponseStarted")
        assert named(events, "OutputModelResponseCompleted")


@four_ways
def test_an_output_model_without_a_prompt_keeps_the_system_message(way):
    owner = agent(output_model=chat("writer"), description="You are a pilot.")
    with model(by("gpt-5-mini", "draft"), by("writer", "Take the Bure.")) as server:
        ran(way, owner)
        assert system_text(server, 1) == "You are a pilot."


# --- follow-ups ----------------------------------------------------------------------------------------------------

THREE = {"suggestions": ["One?", "Two?", "Three?", "Four?"]}


@four_ways
def test_followups_are_suggested_after_the_answer(way):
    owner = agent(followups=True, followup_model=chat("next"))
    with model(by("gpt-5-mini", "Take the Bure."), by("next", THREE)) as server:
        events, output = ran(way, owner)
        assert "Take the Bure." in user_text(server, 1)
        assert "Which way?" in user_text(server, 1)
        assert "exactly 3" in user_text(server, 1)
    assert output.followups == ["One?", "Two?", "Three?"]
    if events:
        assert named(events, "FollowupsCompleted")[0].followups == output.followups


@pytest.mark.parametrize(
    ("config", "told", "kept"),
    [
        (FollowupConfig(num_followups=2, instructions="About boats."), "exactly 2", 2),
        (FollowupConfig(max_followups=4), "at most 4", 4),
        (FollowupConfig(min_followups=1, max_followups=2), "between 1 and 2", 2),
    ],
)
def test_how_many_followups(config, told, kept):
    with model("Take the Bure.", {"content": THREE}) as server:
        _, output = ran("run", agent(followups=config))
        assert told in user_text(server, 1)
        if config.instructions:
            assert "About boats." in system_text(server, 1)
    assert len(output.followups) == kept


@pytest.mark.parametrize(
    "counts",
    [
        {"num_followups": 0},
        {"max_followups": 0},
        {"min_followups": 4, "max_followups": 2},
        {"min_followups": -1},
        {"num_followups": 2, "max_followups": 3},
    ],
)
def test_counts_that_contradict_each_other_are_refused(counts):
    with pytest.raises(ValueError, match="followups"):
        FollowupConfig(**counts)


@four_ways
def test_followups_that_fail_leave_the_answer(way, caplog):
    with model("Take the Bure.", {"status": 500, "error": "out"}):
        _, output = ran(way, agent(followups=True, model=chat()))
    assert (output.content, output.followups, output.status) == ("Take the Bure.", None, "COMPLETED")
    assert "No follow-ups could be made" in caplog.text


def test_followups_of_an_object_and_of_a_model_without_schemas():
    with model({"content": {"title": "Bure"}}, '{"suggestions": ["One?"]}', "no json at all", "fine") as server:
        small = OpenAILike(
            id="s", supports_native_structured_outputs=False, base_url=server.base_url, api_key="k", max_retries=0
        )
        schema = OpenAILike(
            id="s",
            supports_native_structured_outputs=False,
            supports_json_schema_outputs=True,
            base_url=server.base_url,
            api_key="k",
            max_retries=0,
        )
        _, output = ran("run", agent(followups=True, followup_model=small, output_schema=Trip))
        assert output.followups == ["One?"]
        assert "Bure" in user_text(server, 1)
        assert "<json_fields>" in system_text(server, 1)
        _, output = ran("run", agent(followups=True, followup_model=schema))
        assert output.followups is None
        assert server.requests[3].body["response_format"]["type"] == "json_schema"


# --- reasoning model -----------------------------------------------------------------------------------------------


def thinker(kind=OpenAIChat, **options):
    return kind(**{"id": "o4-mini", "max_retries": 0, **options})


def deep(**options):
    """A model whose thoughts stand beside its text."""
    return thinker(DeepSeek, id="deepseek-reasoner", api_key="k", **options)


@four_ways
def test_a_reasoning_model_thinks_before_the_model_answers(way):
    thoughts = by("deepseek-reasoner", "never mind", reasoning="The Bure is calm.")
    with model(thoughts, by("gpt-5-mini", "Take the Bure.")) as server:
        owner = agent(reasoning_model=deep(base_url=server.base_url), description="Pilot.")
        events, output = ran(way, owner)
        assert any("The Bure is calm." in text for _, text in server.requests[1].turns)
    assert output.content == "Take the Bure."
    thought = "<thinking>\nThe Bure is calm.\n</thinking>"
    assert output.reasoning_content == f"Result: {thought}\n\n"
    assert [step.result for step in output.reasoning_steps] == [thought]
    assert "reasoning_model" in output.metrics.details
    if events:
        names = [event.event for event in events]
        assert names.index("ReasoningStarted") < names.index("ReasoningCompleted") < names.index("ModelRequestStarted")
        shown = "".join(event.reasoning_content for event in named(events, "ReasoningContentDelta"))
        assert shown == "The Bure is calm."


@four_ways
def test_a_reasoning_model_reads_what_is_asked_without_history(way):
    more = [Message(role="user", content="Mind the tide.")]
    owner = agent(description="Pilot.", db=InMemoryDb(), add_history_to_context=True, additional_input=more)
    with model(by("o4-mini", "Hm."), by("gpt-5-mini", "Go.", times=None)) as server:
        ran("run", owner, "Where?", session_id="s")
        owner.reasoning_model = thinker()
        ran(way, owner, "And then?", session_id="s")
        asked = next(request for request in server.requests if request.model == "o4-mini")
    assert asked.turns == [("system", "Pilot."), ("user", "And then?"), ("user", "Mind the tide.")]


@four_ways
@pytest.mark.parametrize(
    ("reply", "whole", "streamed"),
    [
        ({"content": "The Bure is calm."}, "The Bure is calm.", "The Bure is calm."),
        ({"content": "<think>Calm?</think>Go."}, "Go.", "<think>Calm?</think>Go."),
        ({"content": "Go.", "reasoning": "Calm?"}, "Go.", "Calm?Go."),
    ],
)
def test_thoughts_of_some_models_stand_in_their_text(way, reply, whole, streamed):
    """Of a whole reply its text, of a stream all that comes: as in Agno."""
    with model({**reply, "when": {"model": "o4-mini"}}, by("gpt-5-mini", "Go.")):
        _, output = ran(way, agent(reasoning_model=thinker()))
    assert output.reasoning_messages[0].reasoning_content == (streamed if "stream" in way else whole)


@four_ways
def test_a_model_that_is_not_known_to_think_is_not_asked(way, caplog):
    with model("Go.") as server:
        events, output = ran(way, agent(reasoning_model=thinker(id="gpt-4o")))
        assert server.request_count == 1
    assert (output.content, output.reasoning_steps) == ("Go.", None)
    assert "'gpt-4o' is not known to think first" in caplog.text
    if events:
        assert named(events, "ReasoningCompleted")[0].content.reasoning_steps == []


def test_models_that_think_are_told_by_class_and_id_as_agno_tells_them():
    from agno.reasoning.manager import ReasoningConfig, ReasoningManager

    from wherry.core.agent.reasoning_kinds import place_of_thoughts

    manager = ReasoningManager(ReasoningConfig())
    beside = {"deepseek", "anthropic", "gemini", "moonshot", "vertexai"}
    ids = ["gpt-4o", "gpt-5-mini", "o1", "O3", "o4-mini", "deepseek-chat", "deepseek-reasoner", "DeepSeek-V3.1", "r1"]
    kinds = ["openai.OpenAIChat", "openai.OpenAIResponses", "openai.OpenAILike", "deepseek.DeepSeek", "nvidia.Nvidia"]
    for kind in (*kinds, "together.Together", "azure.AzureOpenAI"):
        module, _, name = kind.partition(".")
        for ident in (*ids, "MiniMax-M2"):
            theirs = getattr(import_module(f"agno.models.{module}"), name)(id=ident)
            ours = getattr(import_module(f"wherry.models.{module}"), name)(id=ident)
            known = manager._detect_model_type(theirs)
            expected = None if known is None else "beside" if known in beside else "within"
            assert place_of_thoughts(ours) == expected, (kind, ident)


@pytest.mark.parametrize("thinking", [None, {}, {"type": "disabled"}, {"type": "enabled", "budget_tokens": 1024}])
def test_a_claude_thinks_that_is_told_how_as_in_agno(thinking, monkeypatch):
    import agno.reasoning.anthropic as theirs
    from agno.models.anthropic import Claude as Theirs

    from wherry.core.agent.reasoning_kinds import place_of_thoughts
    from wherry.models.anthropic import Claude

    monkeypatch.setattr(theirs, "_api_thinking_supported", lambda _: None)  # its service is not asked
    ident = "claude-sonnet-4-5-20250929"
    known = theirs.is_anthropic_reasoning_model(Theirs(id=ident, thinking=thinking))
    assert place_of_thoughts(Claude(id=ident, thinking=thinking)) == ("beside" if known else None)


@four_ways
def test_a_reasoning_model_that_fails_is_left_out(way, caplog):
    with model(by("o4-mini", None, status=500, error="out"), by("gpt-5-mini", "Go.")):
        _, output = ran(way, agent(reasoning_model=thinker()))
    assert (output.content, output.status) == ("Go.", "COMPLETED")
    assert "easoning" in caplog.text


@streamed_ways
def test_thoughts_of_the_model_itself_are_shown(way):
    with model({"content": "Go.", "reasoning": "Hm, the tide."}):
        events, output = ran(way, agent())
    assert output.reasoning_content == "Hm, the tide."
    assert "".join(event.reasoning_content or "" for event in named(events, "RunContent")) == "Hm, the tide."


@four_ways
@pytest.mark.parametrize(
    ("word", "following", "line"),
    [
        ("final", "final_answer", "Next Action: final\n"),
        ("Validate", "validate", "Next Action: Validate\n"),
        ("ask the skipper", "continue", "Next Action: ask the skipper\n"),
        ("continue", "continue", ""),
        ("", "continue", ""),
    ],
)
def test_an_analysis_may_name_anything_as_what_comes_next(way, word, following, line):
    from wherry.tools.reasoning import ReasoningTools

    said = {"title": "So", "result": "Low", "analysis": "Go now.", **({"next_action": word} if word else {})}
    with model(calls("analyze", **said), "Go."):
        _, output = ran(way, agent(tools=[ReasoningTools()]))
    assert output.content == "Go."
    assert output.reasoning_steps[0].next_action.value == following
    assert output.reasoning_content == f"## So\nResult: Low\nGo now.\n{line}\n"


@four_ways
def test_thoughts_told_through_tools_stand_beside_the_models_own(way):
    from wherry.tools.reasoning import ReasoningTools

    first = calls("think", title="Tide", thought="It turns.") | {"reasoning": "First. "}
    with model(first, {"content": "Go.", "reasoning": "Last. "}):
        _, output = ran(way, agent(tools=[ReasoningTools()]))
    noted = "## Tide\nIt turns.\n\n"
    assert output.reasoning_content == (f"First. {noted}Last. " if way.endswith("stream") else f"Last. {noted}")


@four_ways
@pytest.mark.parametrize("second", ["try", "model"])
def test_what_was_thought_before_the_model_failed_stays_in_streams_alone(way, second):
    from wherry.tools.reasoning import ReasoningTools

    thought, noted = calls("think", title="Tide", thought="It turns."), "## Tide\nIt turns.\n\n"
    for again, kept in ((), 0), ((thought,), 1):
        options = {"retries": 1, "delay_between_retries": 0} if second == "try" else {"fallback_models": [chat()]}
        with model(thought, {"status": 500, "error": "out"}, *again, "Go."):
            events, output = ran(way, agent(tools=[ReasoningTools()], **options))
        tries, streamed = 1 + len(again), way.endswith("stream")
        assert output.content == "Go."
        assert len(output.reasoning_steps or ()) == (tries if streamed else kept)
        # As in Agno, a stream goes over to another model without the text of its thoughts.
        written = tries if streamed and second == "try" else kept
        assert (output.reasoning_content or "") == noted * written
        began = tries if second == "try" else 1
        assert len(named(events, "ReasoningStarted")) == began * streamed
        assert len(named(events, "ReasoningCompleted")) == (second == "model" or kept) * streamed


@four_ways
def test_how_sure_a_thought_is_becomes_a_float_and_a_stream_says_how_long_it_took(way):
    from wherry.tools.reasoning import ReasoningTools

    with model(calls("think", title="Tide", thought="It turns.", confidence=1), "Go."):
        _, output = ran(way, agent(tools=[ReasoningTools()]))
    [step] = output.reasoning_steps
    assert (step.confidence, type(step.confidence)) == (1.0, float)
    took = [message.metrics.duration for message in output.reasoning_messages or ()]
    assert [seconds > 0 for seconds in took] == [True] * way.endswith("stream")


@four_ways
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("think", {"title": "Tide", "thought": "It turns.", "confidence": "high"}),
        ("analyze", {"title": "Tide", "result": 5, "analysis": "It turns."}),
    ],
)
def test_a_thought_of_a_wrong_kind_is_told_to_the_model_and_the_run_goes_on(way, name, wrong):
    from wherry.tools.reasoning import ReasoningTools

    with model(calls(name, **wrong), calls("think", title="Tide", thought="It turns."), "Go.") as server:
        events, output = ran(way, agent(tools=[ReasoningTools()]))
        assert "validation error" in server.requests[1].turns[-1][1]
    assert (output.status, output.content) == ("COMPLETED", "Go.")
    assert [step.title for step in output.reasoning_steps] == ["Tide"]
    assert len(named(events, "ReasoningStep")) == (1 if events else 0)


@four_ways
def test_thinking_tools_become_steps(way):
    from wherry.tools.reasoning import ReasoningTools

    first = calls("think", title="Tide", thought="It turns.", action="wait", confidence=0.9)
    second = calls("analyze", title="So", result="Low", analysis="Go now.", next_action="final_answer", confidence=0.8)
    with model(first, second, "Go."):
        events, output = ran(way, agent(tools=[ReasoningTools()]))
    assert [step.title for step in output.reasoning_steps] == ["Tide", "So"]
    assert "It turns." in output.reasoning_content
    if events:
        assert [event.content.title for event in named(events, "ReasoningStep")] == ["Tide", "So"]
        assert len(named(events, "ReasoningStarted")) == len(named(events, "ReasoningCompleted")) == 1
