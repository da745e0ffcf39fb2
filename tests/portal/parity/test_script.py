"""`wherry record` and `wherry parity script` on small scripts: recorded without secrets, replayed, told apart."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import aiohttp
import pytest
import urllib3

from wherry.testing import RecordedRequest, ReplayServer, deterministic_reply
from wherry_portal.cli import main
from wherry_portal.evidence import Currency
from wherry_portal.parity.compare import ABSENT, compare
from wherry_portal.parity.intentional import Expectations, read_rules
from wherry_portal.parity.script import running, sides
from wherry_portal.parity.script.alike import by_branch, compare_by_identity, in_order_of, requests_beside, rows_beside
from wherry_portal.parity.script.cassette import (
    CassetteError,
    Exchange,
    Player,
    read_cassette,
    without_secrets,
    write_cassette,
)
from wherry_portal.parity.script.page import page
from wherry_portal.parity.script.printed import printed
from wherry_portal.parity.script.proxy import RecordingProxy
from wherry_portal.parity.script.refused import ScriptRefused
from wherry_portal.parity.script.running import Script
from wherry_portal.parity.script.unasked import notes
from wherry_portal.pilot.own_parity import own_parity
from wherry_portal.sources import SourceError

CHAT = "/v1/chat/completions"

SCRIPT = """
    import asyncio
    import sys

    from agno.agent import Agent
    from agno.db.sqlite import SqliteDb
    from agno.models.openai import OpenAIChat
    from agno.team import Team
    from agno.tools import tool
    from agno.workflow import Step, StepOutput, Workflow


    def add_numbers(a: int, b: int) -> int:
        \"\"\"Add two numbers.\"\"\"
        return a + b


    agent = Agent(
        name="Adder",
        model=OpenAIChat(id="gpt-5-mini"),
        tools=[add_numbers],
        instructions="Use the tool.",
        db=SqliteDb(db_file="adder.db"),
        session_id="s-1",
    )
    print(agent.run("add 4 and 5").content)
    for event in agent.run("hello", stream=True):
        print(event.content, end="")


    async def main():
        print((await agent.arun("add 1 and 2")).content, sys.argv[1:])
        helper = Agent(name="Helper", model=OpenAIChat(id="gpt-5-mini"))
        team = Team(name="Pair", members=[helper], model=OpenAIChat(id="gpt-5-mini"), db=agent.db, session_id="s-2")
        print((await team.arun("hello")).content)
        desk = Team(name="Desk", mode="route", members=[helper], model=OpenAIChat(id="gpt-5-mini"))
        async for event in desk.arun("delegate task", stream=True, stream_events=True):
            pass
        day = Workflow(name="Day", steps=[Step(name="ask", agent=helper), lambda step_input: StepOutput(content="ok")])
        print((await day.arun("plan a day")).content)
        async for event in day.arun("plan a day", stream=True, stream_events=True):
            pass
        booker = Agent(name="Booker", model=OpenAIChat(id="gpt-5-mini"), tools=[book_boat], db=agent.db)
        run = await booker.arun("book boat")
        print("Now:", run.content)
        run.active_requirements[0].confirm()
        print((await booker.acontinue_run(run)).content)
        booker.print_response("book boat")
        helper.db = agent.db
        helper.run("hello", session_id="s-4")


    @tool(requires_confirmation=True)
    def book_boat(boat: str) -> str:
        \"\"\"Book a boat.\"\"\"
        return f"{boat} is yours"


    asyncio.run(main())
"""


def body(text, **more):
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


@pytest.fixture
def place(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "adder.py").write_text(textwrap.dedent(SCRIPT))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, python):
    """A project with its script recorded once: (folder, exit status, what was said)."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "adder.py").write_text(textwrap.dedent(SCRIPT))
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        status = main(["record", "--stub", "-o", "c.json", "--", *python, "adder.py", "x"])
    return folder, status, said.getvalue()


@pytest.fixture
def wherry_alone(monkeypatch, loaded_once):
    """The three runs of a comparison, all on Wherry: what is looked at is the comparison."""
    monkeypatch.setattr(sides, "PACKAGES", ("wherry", "wherry", "wherry"))


def test_a_request_that_one_side_does_not_ask_shifts_no_other():
    one, again, other = requests_beside([["A", "B", "C"], ["A", "B", "C"], ["A", "C", "D"]], [*["abc"] * 2, "acd"])
    assert (one, again, other) == (["A", "B", "C", ABSENT], ["A", "B", "C", ABSENT], ["A", ABSENT, "C", "D"])
    assert requests_beside([["A"], ["X"]], ["a", "x"]) == [["A"], ["X"]]


def test_an_answer_that_was_passed_over_is_given_to_no_later_request():
    exchanges = tuple(Exchange("POST", CHAT, body(text), answer={"text": text}) for text in ("one", "two", "three"))

    def asked(text):
        return RecordedRequest(0, "POST", CHAT, "", {}, body(text), "chat")

    player = Player(exchanges)
    assert [player(asked(text)).raw for text in ("two", "new")] == [
        Player(exchanges)(asked(t)).raw for t in ("two", "three")
    ]
    assert player.unused() == [f"POST {CHAT} was not asked for again"]


def test_what_a_tool_answered_otherwise_gets_the_answer_to_the_same_words():
    def asked(text, result):
        messages = [{"role": "user", "content": text}, {"role": "tool", "content": result}]
        return RecordedRequest(0, "POST", CHAT, "", {}, {"model": "m", "messages": messages}, "chat")

    exchanges = tuple(
        Exchange("POST", CHAT, asked(text, "1").body, answer={"to": text}) for text in ("one", "two", "three")
    )
    player = Player(exchanges)
    told = [player(asked(*words)).raw["to"] for words in (("two", "1"), ("one", "2"), ("three", "1"))]
    assert told == ["two", "one", "three"]
    assert (len(player.loose), player.strange) == (1, [])


class TestProxy:
    def test_answers_pass_through_and_are_kept(self):
        script = ["one", {"status": 429, "error": "slow", "headers": {"retry-after": "1"}}]
        with (
            ReplayServer(script) as upstream,
            RecordingProxy(openai=upstream.base_url) as proxy,
            urllib3.PoolManager() as http,
        ):
            root = proxy.env()["OPENAI_BASE_URL"]
            first = http.request(
                "POST", root + "/chat/completions", json=body("a"), headers={"Authorization": "Bearer sk-x"}
            )
            second = http.request("POST", root + "/chat/completions", json=body("b"), retries=False)
        assert first.json()["choices"][0]["message"]["content"] == "one"
        assert (second.status, second.headers["retry-after"]) == (429, "1")
        assert [(e.path, e.body, e.status) for e in proxy.exchanges] == [(CHAT, body("a"), 200), (CHAT, body("b"), 429)]

    def test_a_stream_passes_chunk_by_chunk_with_its_timing(self):
        reply = {"content": "a b", "timing": [0, 0.1, 0.1]}
        with ReplayServer([reply]) as upstream, RecordingProxy(openai=upstream.base_url) as proxy:

            async def read():
                async with aiohttp.ClientSession() as session:
                    url = proxy.env()["OPENAI_BASE_URL"] + "/chat/completions"
                    async with session.post(url, json=body("x", stream=True)) as answer:
                        return [line async for line in answer.content if line.strip()]

            lines = asyncio.run(read())
        frames, timing = proxy.exchanges[0].frames, proxy.exchanges[0].timing
        assert [frame.encode() for frame in frames] == [line + b"\n" for line in lines]
        assert frames[-1] == "data: [DONE]\n\n"
        assert len(timing) == len(frames)
        assert sum(timing) > 0

    def test_each_api_goes_to_its_service(self):
        proxy = RecordingProxy(openai="http://o/v1", anthropic="http://a", gemini="http://g")
        assert proxy.upstream("/v1/responses", {}) == "http://o/v1/responses"
        assert proxy.upstream("/v1/messages", {}) == "http://a/v1/messages"
        assert proxy.upstream("/v1/models", {"anthropic-version": "x"}) == "http://a/v1/models"
        assert proxy.upstream("/v1beta/models/x:generateContent", {}) == "http://g/v1beta/models/x:generateContent"

    def test_a_service_that_cannot_be_reached_is_told(self):
        with RecordingProxy(openai="http://127.0.0.1:9/v1") as proxy, urllib3.PoolManager() as http:
            answer = http.request(
                "POST", proxy.env()["OPENAI_BASE_URL"] + "/chat/completions", json=body("a"), retries=False
            )
        assert answer.status == 502
        assert "cannot be reached" in answer.json()["error"]["message"]
        assert proxy.failures


class TestCassette:
    def test_a_cassette_comes_back_as_it_was_written(self, tmp_path):
        exchanges = [
            Exchange("POST", CHAT, body("grüße 🙂"), answer={"x": 1}),
            Exchange(
                "POST",
                CHAT,
                body("s", stream=True),
                content_type="text/event-stream",
                frames=("data: 1\n\n",),
                timing=(0.5,),
            ),
            Exchange("POST", CHAT, body("t"), 500, "text/html", "<html>"),
        ]
        write_cassette(tmp_path / "c.json", {"date": "d", "created": ["a.db"]}, exchanges)
        cassette = read_cassette(tmp_path / "c.json")
        assert list(cassette.exchanges) == exchanges
        assert cassette.created == ("a.db",)

    def test_no_credential_is_written(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MY_SERVICE_TOKEN", "correct-horse-battery")
        leaky = "key sk-abcdefghijklmnop1234 and correct-horse-battery and Bearer abcdef.ghijkl"
        write_cassette(tmp_path / "c.json", {}, [Exchange("POST", CHAT, body(leaky), answer={"t": leaky})])
        text = (tmp_path / "c.json").read_text()
        assert not [secret for secret in ("abcdefghijklmnop1234", "correct-horse", "abcdef.ghijkl") if secret in text]
        assert without_secrets("nothing to hide") == "nothing to hide"

    def test_a_bad_cassette_is_refused_by_field(self, tmp_path):
        (tmp_path / "c.json").write_text('{"schema": 1, "exchanges": [{"request": {"method": "POST", "path": "x"}}]}')
        with pytest.raises(SourceError, match=r"exchanges\[0\]"):
            read_cassette(tmp_path / "c.json")

    def test_the_player_goes_by_the_conversation_and_not_by_the_frameworks_words(self):
        def request(n, text, system="s"):
            messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
            return RecordedRequest(n, "POST", CHAT, "", {}, {"model": "m", "messages": messages}, "chat")

        exchanges = tuple(Exchange("POST", CHAT, request(0, text).body, answer={"said": text}) for text in ("a", "b"))
        player = Player(exchanges)
        assert player(request(0, "b", "other words")).raw == {"said": "b"}
        assert player(request(1, "never recorded")).raw == {"said": "a"}
        assert (player.loose, player.unused()) == ([1], [])
        (said,) = notes(player)
        assert said.endswith(": request 1")
        player.loose += [5, 4, 6]
        (said,) = notes(player)
        assert said.endswith(": requests 1, 4-6")
        assert (player.strange, player.unanswered) == (["never recorded"], [])
        with pytest.raises(CassetteError, match="no answer left"):
            player(request(2, "a"))
        assert (player.strange, player.unanswered) == (["never recorded"], ["a"])

    def test_two_that_ask_the_same_at_once_are_told_apart_by_their_instructions(self):
        def request(system):
            messages = [{"role": "system", "content": system}, {"role": "user", "content": "Which boat?"}]
            return RecordedRequest(0, "POST", CHAT, "", {}, {"model": "m", "messages": messages}, "chat")

        roles = ("You look at boats.", "You look at the tides.")
        exchanges = tuple(Exchange("POST", CHAT, request(role).body, answer={"said": role}) for role in roles)
        player = Player(exchanges)
        given = [player(request(f"{role} Answer in Markdown.")).raw["said"] for role in reversed(roles)]
        assert given == [*reversed(roles)]
        assert player.loose == []


class TestRecord:
    def test_a_script_is_recorded_without_a_key(self, recorded):
        folder, status, said = recorded
        assert status == 0
        cassette = read_cassette(folder / "c.json")
        assert len(cassette.exchanges) == 16
        assert cassette.created == ("adder.db",)
        assert "16 exchanges in c.json" in said

    def test_without_a_key_and_without_a_stub_nothing_is_run(self, place, monkeypatch, capsys):
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
            monkeypatch.delenv(name, raising=False)
        assert main(["record", "--", sys.executable, "adder.py"]) == 2
        assert "--stub" in capsys.readouterr().err
        assert not (place / "adder.db").exists()

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ([], "no command was given"),
            (["--", "no-such-program-here"], "cannot be started"),
            (["--", sys.executable, "-c", "1"], "asked no model"),
        ],
    )
    def test_what_cannot_be_recorded_is_one_line(self, place, words, said, capsys):
        assert main(["record", "--stub", *words]) == 2
        assert said in capsys.readouterr().err


class TestAlike:
    def test_branches_of_a_parallel_are_put_one_after_the_other(self):
        def event(name, index, **more):
            return {"event": name, "step_index": index, **more}

        begin, end = (
            event("ParallelExecutionStarted", 1, step_id="p"),
            event("ParallelExecutionCompleted", 1, step_id="p"),
        )
        first, second = [[event("StepStarted", [1, n]), event("StepCompleted", [1, n])] for n in (0, 1)]
        around = event("StepStarted", 0), event("StepStarted", 2)
        mixed = [around[0], begin, second[0], first[0], second[1], first[1], end, around[1]]
        assert by_branch(mixed) == [around[0], begin, *first, *second, end, around[1]]
        assert by_branch(mixed[::-1][:2]) == mixed[::-1][:2]
        assert by_branch(None) is None

    def test_what_is_asked_at_the_same_time_is_compared_with_its_like(self):
        assert in_order_of("abcd", "bacd", str) == list("abcd")
        assert in_order_of("abcd", "baxcd", str) == list("abxcd")
        assert in_order_of("abcdef", "bcdefa", str) == list("bcdefa")  # too far off to be chance
        assert in_order_of(["a1", "a2", "b"], ["a2", "a1", "b"], lambda one: one[0]) == ["a1", "a2", "b"]

    def test_ids_are_the_same_when_they_stand_for_the_same(self):
        one = {"runs": ["<id-1>", "<id-2>", "<id-1>"]}
        shifted, mixed_up = ({"runs": [f"<id-{n}>" for n in numbers]} for numbers in ((5, 1, 5), (5, 1, 1)))
        assert compare_by_identity(one, one, shifted).found == []
        assert len(compare_by_identity(one, one, mixed_up).differences) == 1
        merged = {"runs": ["<id-1>", "<id-1>", "<id-1>"]}
        assert compare_by_identity(one, one, merged).differences

    def test_a_row_more_on_one_side_shifts_no_other(self):
        def document(*names):
            return {"sessions": {"a.db": {"agno_runs": [{"name": name, "run_type": "agent"} for name in names]}}}

        one, other = document("x", "z", "z"), document("x", "y", "z", "z")
        paired = rows_beside((one, one, other))
        assert [(d.where, d.agno) for d in compare_by_identity(*paired).found] == [
            ("sessions.a.db.agno_runs[3]", ABSENT)
        ]
        assert paired[1]["sessions"]["a.db"]["agno_runs"][:3] == one["sessions"]["a.db"]["agno_runs"]

    def test_a_box_with_own_words_is_one_line_and_a_spinner_is_none(self):
        box = "┏━ Run ━┓\n┃ I wait ┃\n┃ for: x ┃\n┗━━━━━━━┛"
        text = f"{box}▰▱▱▱▱▱▱ Working...\n{box.replace('wait', 'sail')}\nend"
        lines = [line["name"] for line in printed(text, [re.compile("I wait for")])]
        assert lines == ["┏━ Run ━┓", "┃ I wait for: x ┃", "┗━━━━━━━┛", *box.replace("wait", "sail").split("\n"), "end"]

    def test_a_title_with_a_time_is_as_long_as_any(self):
        def top(title):
            return printed(f"┏━ {title} {'━' * (20 - len(title))}┓")[0]["name"]

        assert top("Response (9.9s)") == "┏━ Response (9.9s) ━┓"
        assert top("Response (10.1s)") == "┏━ Response (10.1s) ━┓"
        assert top("Message") != top("Messages")
        assert len(top("Message")) == len(top("Messages"))


@pytest.mark.parity
class TestParityOfAScript:
    def test_a_script_is_compared_with_its_migrated_copy(self, recorded, monkeypatch, capsys):
        place = recorded[0]
        monkeypatch.chdir(place)
        status = main(["parity", "script", "adder.py", "--cassette", "c.json", "--", "x"])
        data = json.loads((place / "adder.parity.json").read_text())
        assert (status, data["outcome"], data["counts"]["difference"]) == (0, "passed", 0)
        assert data["counts"]["compared"] > 300
        assert data["ran"]["adder.py"][0][0] == 2  # its first line is empty
        told = {one["path"]: one["severity"] for one in data["differences"]}
        assert told["outputs[3].stored.session_state"] == "intentional"  # listed, of async teams
        assert told["outputs[5].stored.metadata"] == "intentional"  # of async workflows
        listed = {one["path"].split(".")[0].split("[")[0]: one["feature"] for one in data["differences"]}
        added = {one["path"] for one in data["differences"] if one["agno"] == "absent"}
        assert {
            f"sessions.adder.db.{row}" for row in ("agno_runs[7]", "agno_sessions[3]")
        } <= added  # of a member alone
        assert listed["stdout"] == "tool.human-in-the-loop"
        assert "team.modes" not in {one["feature"] for one in data["differences"]}  # what a routed member says
        html = (place / "adder.parity.html").read_text()
        assert "Side by side" in html
        assert "http://" not in html.replace("http://127.0.0.1", "")
        assert "values compared" in capsys.readouterr().out


@pytest.mark.usefixtures("wherry_alone")
class TestComparingAScript:
    def test_a_changed_answer_on_one_side_is_found(self, recorded, monkeypatch):
        cassette = read_cassette(recorded[0] / "c.json")
        script = Script(recorded[0] / "adder.py")
        assert sides.compare_script(script, cassette, Expectations([])).passed
        made = []

        def changed(exchanges, timed):
            made.append(Player(copy.deepcopy(exchanges), timed))
            if len(made) == len(sides.PACKAGES):
                made[-1].exchanges[1].answer["choices"][0]["message"]["content"] = "Something else."
            return made[-1]

        monkeypatch.setattr(sides, "Player", changed)
        result = sides.compare_script(script, cassette, Expectations(read_rules()))
        assert not result.passed
        assert any(one.channel == "stdout" for one in result.comparison.differences)

    def test_a_script_that_raises_is_compared_too(self, recorded, place):
        ended = SCRIPT.replace(
            'for event in agent.run("hello", stream=True):', "raise ValueError('no more')\n    for event in ():"
        )
        (place / "adder.py").write_text(textwrap.dedent(ended))
        cassette = read_cassette(recorded[0] / "c.json")
        result = sides.compare_script(Script(place / "adder.py"), cassette, Expectations([]))
        assert result.documents[0]["errors"]["error"]["message"] == "no more"
        assert result.passed

    def test_a_script_that_asks_nothing_of_what_is_recorded_proves_nothing(self, place):
        (place / "adder.py").write_text("from agno.agent import Agent\nopen('config.txt')\n")
        write_cassette(place / "c.json", {}, [Exchange("POST", CHAT, body("x"), answer={})])
        with pytest.raises(ScriptRefused, match=r"asked no model on Agno.*ended with FileNotFoundError"):
            sides.compare_script(Script(place / "adder.py"), read_cassette(place / "c.json"), Expectations([]))


QUESTIONS = """
    import sys
    import uuid

    from agno.agent import Agent
    from agno.models.openai import OpenAIChat


    def nonce() -> str:
        \"\"\"Something new.\"\"\"
        return uuid.uuid4().hex[:6]


    agent = Agent(model=OpenAIChat(id="gpt-5-mini"), tools=[nonce])
    for word in sys.argv[1:]:
        agent.run(word.replace("{new}", uuid.uuid4().hex[:6]))
"""


@pytest.mark.usefixtures("wherry_alone")
class TestWhatWasNotRecorded:
    @pytest.fixture
    def compared(self, place, capsys, python):
        (place / "ask.py").write_text(textwrap.dedent(QUESTIONS))

        def compare(recorded, asked):
            assert main(["record", "--stub", "-o", "q.json", "--", *python, "ask.py", *recorded]) == 0
            status = main(["parity", "script", "ask.py", "--cassette", "q.json", "--", *asked])
            data = json.loads((place / "ask.parity.json").read_text())
            assert data["counts"]["difference"] == 0
            return status, data, capsys.readouterr().out, (place / "ask.parity.html").read_text()

        return compare

    def test_a_question_that_was_not_recorded_proves_nothing(self, compared, place):
        status, data, said, html = compared(["one boat"], ["two boats"])
        assert (status, data["outcome"]) == (1, "failed")
        assert "1 question of the script on Agno, such as 'two boats', is not recorded" in data["unproven"]
        assert "agree" not in said
        assert "this proves nothing" in said
        assert "proves nothing</span>" in html
        [judged] = own_parity(place, Currency(reference="3.1.10"))
        assert (judged.status, judged.detail) == ("failed", data["unproven"])

    def test_a_question_for_which_no_answer_is_left_proves_nothing(self, compared):
        status, data, _, _ = compared(["one boat"], ["one boat", "one boat"])
        assert (status, data["outcome"]) == (1, "failed")
        assert "such as 'one boat', is not recorded" in data["unproven"]
        assert "Wherry: there was no answer left for 'one boat'" in data["notes"]

    def test_what_no_recording_could_hold_is_answered_in_order(self, compared):
        """A tool's result, and words, that are others in each run: noted, and no failure."""
        status, data, said, _ = compared(["call nonce", "{new}"], ["call nonce", "{new}"])
        assert (status, data["outcome"], "unproven" in data) == (0, "passed", False)
        assert len([note for note in data["notes"] if "not among the recorded" in note]) == 2
        assert "agree" in said


@pytest.mark.usefixtures("loaded_once")
def test_a_migrated_script_is_compared_with_what_it_was_on_agno(place, capsys, python):
    (place / "part.py").write_text("from agno.agent import Agent\n\nagent = Agent(model='openai:x')\n")
    (place / "one.py").write_text("from part import agent\n\nagent.print_response('hello')\n")
    assert main(["record", "--stub", "-o", "one.json", "--", *python, "one.py"]) == 0
    assert main(["migrate", ".", "--write"]) == 0
    (place / "part.py").write_text((place / "part.py").read_text() + "agent.markdown = False\n")  # by hand, since
    assert main(["parity", "script", "one.py", "--cassette", "one.json"]) == 0
    assert [one.status for one in own_parity(place, Currency(reference="3.1.10"))] == ["passed"]
    (place / "part.py").write_text((place / "part.py").read_text() + "agent.description = 'Another.'\n")
    [judged] = own_parity(place, Currency(reference="3.1.10"))
    assert (judged.status, judged.detail) == ("stale", "compared before the last change of part.py: compare it again")
    assert main(["parity", "script", "one.py", "--cassette", "one.json"]) == 1
    shutil.rmtree(place / ".wherry")
    capsys.readouterr()
    assert main(["parity", "script", "one.py", "--cassette", "one.json"]) == 2
    assert "'one.py' runs on Wherry already: something in 'project' imports it" in capsys.readouterr().err


TALK = """
    import logging

    from agno.agent import Agent
    from agno.models.openai import OpenAIChat

    agent = Agent(model=OpenAIChat(id="gpt-5-mini"))
    logging.getLogger("agno").warning("of the runtime")
    logging.basicConfig(format="%(message)s", force=True)
    print(agent.run(input("> ")).content)
    print(agent.run(input("> ")).content)
"""


@pytest.mark.usefixtures("wherry_alone")
def test_a_script_that_asks_is_told_what_it_reads(place, capfd, python):
    (place / "talk.py").write_text(textwrap.dedent(TALK))
    (place / "typed.txt").write_text("one\ntwo\n")
    words = ["record", "--stub", "-o", "t.json", "--", *python, "talk.py"]
    command = [sys.executable, "-c", f"import sys; from wherry_portal.cli import main; sys.exit(main({words!r}))"]
    with (place / "typed.txt").open() as typed:
        subprocess.run(command, stdin=typed, env=dict(os.environ), check=True, timeout=60)
    assert main(["parity", "script", "talk.py", "--cassette", "t.json", "--stdin", "typed.txt"]) == 0
    told = json.loads((place / "talk.parity.json").read_text())
    assert told["outcome"] == "passed"
    capfd.readouterr()
    assert main(["parity", "script", "talk.py", "--cassette", "t.json"]) == 2
    assert "--stdin answers.txt" in capfd.readouterr().err
    assert main(["parity", "script", "talk.py", "--cassette", "t.json", "--stdin", "no.txt"]) == 2
    assert "there is no file 'no.txt'" in capfd.readouterr().err


def test_what_the_runtimes_log_is_not_what_a_script_prints(place, loaded):
    (place / "talk.py").write_text(textwrap.dedent(TALK))
    (place / "typed.txt").write_text("one\ntwo\n")
    script = Script(place / "talk.py", stdin=place / "typed.txt")
    with ReplayServer(fallback=deterministic_reply) as server:
        for package in ("agno", "wherry"):
            if package == "wherry":
                sides.migrate(place, script.relative)
            _, printed = running.run(place, script, package, server.env(), forks=loaded(package))
            assert printed.splitlines() == ["> You said: one", "> You said: two"]


SERVED = """
    from fastapi.testclient import TestClient

    from agno.agent import Agent
    from agno.db.sqlite import SqliteDb
    from agno.models.openai import OpenAIChat
    from agno.os import AgentOS

    agent = Agent(id="a", name="A", model=OpenAIChat(id="gpt-5-mini"), db=SqliteDb(db_file="a.db"))
    with TestClient(AgentOS(id="desk", agents=[agent]).get_app()) as client:
        answer = client.post("/agents/a/runs", data={"message": "one", "stream": "true", "session_id": "s"})
        print(answer.status_code, "You said: one" in answer.text)
    print(agent.run("two", session_id="t").content)
"""


@pytest.mark.parity
@pytest.mark.usefixtures("loaded_once")
def test_runs_of_a_server_in_a_script_are_not_the_scripts(place, python):
    (place / "served.py").write_text(textwrap.dedent(SERVED))
    assert main(["record", "--stub", "-o", "s.json", "--", *python, "served.py"]) == 0
    expectations = Expectations(read_rules())
    result = sides.compare_script(Script(place / "served.py"), read_cassette(place / "s.json"), expectations)
    assert result.comparison.differences == []
    assert [run["way"] for run in result.documents[0]["runs"]] == ["run"]
    assert [line["name"] for line in result.documents[2]["stdout"]] == ["200 True", "You said: two"]
    assert "Agno: 1 run of a server in the script" in "".join(result.notes)
    assert {name for name in expectations.used if name.startswith("served-")} == {
        "served-tables",
        "served-table-versions",
    }


def test_a_database_with_a_new_name_each_time_is_the_same_one(tmp_path):
    names = [
        "run_1796000805.db",
        "run_1796000806.db",
        "20261130_010203.db",
        "0f1e2d3c-4b5a-4697-8899-aabbccddeeff.db",
        "20261130-0102-4396-a63d-8950d23e9397.db",
        "boats2.db",
        "x2026.db",
    ]
    for name in [*names, "tmpab12_cd9"]:
        with contextlib.closing(sqlite3.connect(tmp_path / name)) as file:
            file.execute("create table t (a)")
            file.commit()
    found = sides._databases(tmp_path)
    assert sorted(found) == [
        "<new>.db",
        "<new>.db (2)",
        "<new>.db (3)",
        "boats2.db",
        "run_<new>.db",
        "run_<new>.db (2)",
        "tmp<new>",
        "x2026.db",
    ]
    assert all(tables == {"t": []} for tables in found.values())


def test_a_script_starts_where_you_are_in_its_folder(place, monkeypatch):
    inside = place / "scripts"
    inside.mkdir()
    script = Script(inside / "a.py", root=place)
    assert (script.start.as_posix(), script.relative.as_posix()) == (".", "scripts/a.py")
    assert Script(inside / "a.py").start.as_posix() == "."
    monkeypatch.chdir(inside)
    assert script.start.as_posix() == "scripts"
    monkeypatch.chdir(place.parent)
    assert script.start.as_posix() == "scripts"


def test_a_script_is_held_back_by_what_it_leans_on_only(place):
    (place / "app.py").write_text("from agno.agent import Agent\n\nagent = Agent(name='A')\n")
    (place / "blocked.py").write_text("from app import agent\nfrom agno.scheduler import ScheduleManager\n")
    (place / "free.py").write_text("from app import agent\n\nagent.print_response('x')\n")
    (place / "held.py").write_text("import blocked\nfrom blocked import agent\n\nagent.print_response('x')\n")
    sides.migrate(place, Path("free.py"))
    assert "from wherry.agent import Agent" in (place / "app.py").read_text()
    with pytest.raises(ScriptRefused, match=r"'held\.py' cannot be migrated: .*blocked\.py"):
        sides.migrate(place, Path("held.py"))


def test_a_script_or_cassette_that_is_not_there_is_one_line(place, capsys):
    assert main(["parity", "script", "none.py"]) == 2
    assert "there is no script" in capsys.readouterr().err
    assert main(["parity", "script", "adder.py"]) == 2
    assert "wherry record --output cassette.json -- python adder.py" in capsys.readouterr().err


def test_long_texts_are_set_beside_each_other_in_seconds():
    told = [{"role": "tool", "text": f"{number}", "stop": False, "metrics": {"input": 20}} for number in range(2_000)]
    other = [{**one, "text": "changed"} if number % 37 == 0 else one for number, one in enumerate(told)]
    documents = ({"events": told}, {"events": told}, {"events": other})
    expectations = Expectations(())
    comparison = expectations.judge(compare(*documents), documents[0], {}, "script")
    began = time.process_time()
    made = page(sides.ScriptResult(comparison, documents), expectations, title="t", head={"date": "", "versions": {}})
    assert time.process_time() - began < 15  # comparing each line with each took minutes
    assert made.count("<tr class=changed>") == 55
