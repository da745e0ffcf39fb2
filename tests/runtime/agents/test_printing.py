"""Runs in the terminal: what is drawn, whole and as it comes, and conversations."""

import asyncio
import io

import pytest
from agent_kit import Citing, agent, calls, chat, four_ways, model
from pydantic import BaseModel
from rich.console import Console

from wherry.compression.manager import CompressionManager
from wherry.db.in_memory import InMemoryDb
from wherry.exceptions import OutputCheckError, StopAgentRun
from wherry.models.message import Message
from wherry.run.agent import RunOutput
from wherry.run.base import RunStatus
from wherry.tools import tool
from wherry.tools.reasoning import ReasoningTools
from wherry.utils.pprint import apprint_run_response, pprint_run_response

WAYS = ["print", "print stream", "aprint", "aprint stream"]
each_way = pytest.mark.parametrize("way", WAYS)


def console():
    return Console(file=io.StringIO(), width=80, force_terminal=False)


def printed(way, owner, asked="Which way?", **options):
    """What a terminal shows of a run."""
    screen = console()
    options = {"stream": way.endswith("stream"), "console": screen, **options}
    if way.startswith("aprint"):
        asyncio.run(owner.aprint_response(asked, **options))
    else:
        owner.print_response(asked, **options)
    return screen.file.getvalue()


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def long_tide(place: str) -> str:
    """Tide at a place, at length."""
    return "x" * 2000


class Trip(BaseModel):
    river: str


@each_way
def test_question_and_answer_are_drawn(way):
    with model("Take the Bure."):
        text = printed(way, agent())
    assert text.index("Message") < text.index("Which way?") < text.index("Response (") < text.index("Take the Bure.")


@pytest.mark.parametrize("way", ["print stream", "aprint stream"])
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "<think>deep</think> mud high"),
        ({"tags_to_include_in_markdown": {"note"}}, "deep mud <note>high</note>"),
    ],
)
def test_tags_are_shown_in_markdown_when_they_are_named(way, options, shown):
    with model("<think>deep</think> mud <note>high</note>"):
        assert shown in printed(way, agent(), markdown=True, **options)


@each_way
def test_the_question_may_be_left_out(way):
    with model("Take the Bure."):
        assert "Which way?" not in printed(way, agent(), show_message=False)


@each_way
@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"role": "user", "content": "Which way?"}, "Which way?"),
        ({"role": "user", "content": [{"type": "text", "text": "Which way?"}]}, "Which way?"),
        ([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which way?"}], "Which way?"),
        ([Message(role="assistant", content="Well?"), Message(role="user", content="Which way?")], "Which way?"),
        ({"river": "Bure"}, '"river": "Bure"'),
    ],
)
def test_of_a_question_what_the_user_says_is_drawn(way, asked, shown):
    with model("Take the Bure."):
        text = printed(way, agent(), asked)
    assert shown in text
    assert not any(word in text for word in ("role", "system", "Well?", "Be brief."))


@each_way
def test_an_answer_without_words_has_a_box_in_whole_runs(way):
    def stop(place: str) -> str:
        """Stop."""
        raise StopAgentRun("enough")

    with model(calls("stop", place="x")):
        text = printed(way, agent(tools=[stop]))
    assert "Tool Calls" in text
    assert ("Response (" in text) is not way.endswith("stream")


@each_way
def test_no_answer_at_all_is_drawn_as_null_in_whole_runs(way):
    with model({"content": None}):
        text = printed(way, agent())
    assert ("null" in text) is ("Response (" in text) is not way.endswith("stream")


@each_way
def test_a_text_in_place_of_an_object_is_no_markdown(way):
    with model("**no** object"):
        assert "**no** object" in printed(way, agent(output_schema=Trip, markdown=True))


@pytest.mark.parametrize("way", ["print stream", "aprint stream"])
def test_the_error_of_a_stream_stands_below_what_was_said_before_it(way):
    def refuse(run_output):
        raise OutputCheckError("too short")

    with model("Go."):
        text = printed(way, agent(post_hooks=[refuse]))
    assert "Go.too short" not in text
    assert text.index("Go.") < text.index("too short")


@each_way
def test_sources_stand_below_the_answer(way):
    text = printed(way, agent(model=Citing(id="citing")))
    below = text[text.index("Citations") :]
    assert text.index("Response (") < text.index("Citations")
    assert below.index("tide at Acle") < below.index("1 Acle")
    assert "no link" not in text


@each_way
def test_an_answer_of_blanks_is_drawn_by_whole_runs_and_by_streams_without_markdown(way):
    for markdown in (False, True):
        with model("  "):
            text = printed(way, agent(), markdown=markdown)
        assert ("Response (" in text) is not (markdown and way.endswith("stream"))


@each_way
def test_thoughts_of_a_reasoning_model_are_drawn(way):
    thoughts = {"content": "The Bure is calm.", "when": {"model": "o4-mini"}}
    with model(thoughts, {"content": "Go.", "when": {"model": "gpt-5-mini"}}):
        text = printed(way, agent(reasoning_model=chat("o4-mini")))
    assert "The Bure is calm." in text[text.index("Thinking (") : text.index("Response (")]


@each_way
def test_a_summary_is_told_of_and_then_forgotten(way):
    summary = {"content": {"summary": "By the Bure.", "topics": ["rivers"]}}
    with model("Go.", summary):
        owner = agent(db=InMemoryDb(), enable_session_summaries=True)
        assert "Session summary updated" in printed(way, owner, session_id="s")
    assert owner.session_summary_manager.summaries_updated is False


@each_way
def test_what_shortened_results_saved_is_told_of_each_run_alone(way):
    shorter = CompressionManager(compress_tool_results_limit=1)
    with model(*[calls("long_tide", place="Acle"), "short", "Go."] * 2):
        owner = agent(tools=[long_tide], compress_tool_results=True, compression_manager=shorter)
        for _ in range(2):
            text = printed(way, owner)
            assert "compressed: 1 | Saved: 1,995 chars (100%)" in text
            assert text.index("Tool Calls") < text.index("compressed") < text.index("Response")
    assert shorter.stats == {}


@each_way
def test_markdown_is_drawn_when_wanted(way):
    with model("**Bure**", "**Bure**"):
        assert "**Bure**" not in printed(way, agent(), markdown=True)
        assert "**Bure**" in printed(way, agent(markdown=True), markdown=False)


@each_way
def test_of_a_list_of_texts_only_the_box_is_drawn(way):
    with model("fine"):
        text = printed(way, agent(), ["One", "Two"])
    assert ("Message" in text) is (way != "aprint stream")
    assert "Two" not in text


@each_way
@pytest.mark.parametrize("asked", [None, ""])
def test_nothing_asked_has_a_box_in_blocking_streams_only(way, asked):
    """As in Agno; which does not ask the model either when there is nothing at all."""
    with model("fine", "fine"):
        assert ("Message" in printed(way, agent(), asked)) is (way == "print stream")
        assert "Message" not in printed(way, agent(), asked, show_message=False)


@each_way
def test_words_in_square_brackets_are_styles_unless_a_text_is_wanted_as_it_is(way):
    with model(*["Take [river] or [0]."] * 2):
        assert "Take  or [0]." in printed(way, agent())
        assert "Take [river] or [0]." in printed(way, agent(), markup=False)


@each_way
def test_brackets_that_are_no_styles_are_drawn(way):
    with model("Take [/river] now."):
        assert "Take [/river] now." in printed(way, agent())


@each_way
def test_tool_calls_are_drawn(way):
    with model(calls("tide", place="Acle"), "Go now."):
        text = printed(way, agent(tools=[tide]))
    assert "Tool Calls" in text
    assert "tide(place=Acle)" in text


@each_way
@pytest.mark.parametrize("full", [False, True])
def test_thoughts_are_drawn(way, full):
    thought = calls("think", title="Tide first", thought="It turns at nine.", action="wait", confidence=0.9)
    with model(thought, "Go now."):
        text = printed(way, agent(tools=[ReasoningTools()]), show_full_reasoning=full)
    steps = text[text.index("Reasoning step 1") : text.index("Tool Calls")].partition("Thinking (")
    assert "Tide first" in steps[0]
    assert ("Confidence: 0.9" in steps[0]) is full
    assert ("## Tide first" in steps[2]) is not way.endswith("stream")


@each_way
def test_thoughts_may_be_left_out(way):
    reply = {"content": "Go.", "reasoning": "Hm, the tide."}
    with model(reply, reply):
        assert "Hm, the tide." in printed(way, agent())
        assert "Hm, the tide." not in printed(way, agent(), show_reasoning=False)


@each_way
def test_objects_are_drawn_as_json(way):
    with model({"content": {"river": "Bure"}}):
        assert '"river": "Bure"' in printed(way, agent(output_schema=Trip))


@each_way
@pytest.mark.parametrize(
    ("asked", "shown"),
    [(Trip(river="Ant"), '"river": "Ant"'), ({"river": "Yare"}, "Yare")],
)
def test_questions_of_any_shape_are_drawn(way, asked, shown):
    with model("fine"):
        assert shown in printed(way, agent(), asked)


@each_way
def test_errors_are_drawn(way):
    with model({"status": 500, "error": "the model is out"}):
        assert "the model is out" in printed(way, agent())


@each_way
@pytest.mark.parametrize(
    ("held", "kind"),
    [
        ({"requires_confirmation": True}, "confirmation"),
        ({"requires_user_input": True}, "your input"),
        ({"external_execution": True}, "executed outside"),
    ],
)
def test_a_pause_is_drawn_with_what_it_waits_for(way, held, kind):
    """The run stays paused, so that another process can go on with it."""
    db = InMemoryDb()
    with model(calls("tide", place="Acle")):
        text = printed(way, agent(tools=[tool(**held)(tide)], db=db), session_id="s")
    assert text.index("Run Paused") < text.index(kind) < text.index("• tide(place=Acle)")
    assert "Response (" not in text
    assert agent(db=db).get_last_run_output(session_id="s").status == RunStatus.paused


@each_way
def test_a_silent_pause_has_no_panel(way):
    quiet = tool(external_execution=True, external_execution_silent=True)(tide)
    with model(calls("tide", place="Acle")):
        assert "Run Paused" not in printed(way, agent(tools=[quiet]))


def lines_of(monkeypatch, *lines):
    """Lines that a user will type."""
    left = list(lines)
    monkeypatch.setattr("rich.prompt.Prompt.ask", lambda *args, **options: left.pop(0))
    return left


@pytest.mark.parametrize("way", ["cli_app", "acli_app"])
def test_a_conversation_lasts_until_the_user_leaves(way, monkeypatch):
    screen = console()
    left = lines_of(monkeypatch, "And then?", "bye")
    owner = agent()
    with model("One.", "Two."):
        if way == "cli_app":
            owner.cli_app("Which way?", console=screen)
        else:
            asyncio.run(owner.acli_app("Which way?", console=screen))
    text = screen.file.getvalue()
    assert text.index("One.") < text.index("And then?") < text.index("Two.")
    assert left == []


@pytest.mark.parametrize("way", ["cli_app", "acli_app"])
def test_other_words_may_end_a_conversation(way, monkeypatch):
    lines_of(monkeypatch, "ahoy")
    with model():
        result = getattr(agent(), way)(exit_on=["ahoy"], user="Mary")
        if way == "acli_app":
            asyncio.run(result)


# --- printing what a run gave ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "markdown", "shown"),
    [
        ("**Bure**", False, "**Bure**"),
        ("**Bure**", True, "Bure"),
        (Trip(river="Ant"), False, '"Ant"'),
        (None, False, ""),
    ],
)
def test_an_output_is_printed(content, markdown, shown, capsys):
    pprint_run_response(RunOutput(content=content), markdown=markdown)
    assert shown in capsys.readouterr().out


@four_ways
def test_a_stream_is_printed(way, capsys):
    owner = agent(tools=[tide])
    with model(calls("tide", place="Acle"), "Go now."):
        if way == "run":
            pprint_run_response(owner.run("?"), show_time=True)
        elif way == "run stream":
            pprint_run_response(owner.run("?", stream=True, stream_events=True), show_time=True)
        elif way == "arun":
            asyncio.run(printed_later(owner))
        else:
            asyncio.run(apprint_run_response(owner.arun("?", stream=True, stream_events=True), show_time=True))
    assert "Go now." in capsys.readouterr().out


def test_a_printed_stream_shows_all_that_its_events_say_or_the_answer_once(capsys):
    with model(*["Go now."] * 3):
        pprint_run_response(agent().run("?", stream=True, stream_events=True))
        assert capsys.readouterr().out.count("Go now.") == 2
        pprint_run_response(agent().run("?", stream=True, stream_events=True), once=True)
        assert capsys.readouterr().out.count("Go now.") == 1
        asyncio.run(apprint_run_response(agent().arun("?", stream=True, stream_events=True), once=True))
    assert capsys.readouterr().out.count("Go now.") == 1


async def printed_later(owner):
    await apprint_run_response(await owner.arun("?"))


def test_an_object_of_a_stream_is_printed(capsys):
    with model({"content": {"river": "Bure"}}):
        pprint_run_response(agent(output_schema=Trip).run("?", stream=True))
    assert "Bure" in capsys.readouterr().out
