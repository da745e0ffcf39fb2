"""Conversations in a real terminal: what is typed, what the screen shows, and how they end - also beside Agno."""

import json
import re
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from processes import loopback
from terminal import Terminal, shown

from wherry.agent import Agent
from wherry.team import Team
from wherry.testing import ReplayServer

CHILD = Path(__file__).with_name("chat_child.py")
PROMPT = r"(User|Mary) \x1b\[0m: $"
ENTER = "\r"
TWICE = ["Which way?\r", "And then?\r", "bye\r"]
HISTORY = {"add_history_to_context": True}
CALL = {"tool_calls": [{"name": "tide", "arguments": {"place": "Acle"}}]}

# What is built and how it is talked to, what is typed, what the model replies.
TALKS = {
    "plain": ({}, ["Which way?\r", "bye\r"], ["Take the Bure."]),
    "a-first-question": ({"given": {"input": "Which way?"}}, ["quit\r"], ["Take the Bure."]),
    "own-words": (
        {"given": {"exit_on": ["ahoy"], "user": "Mary", "emoji": ":boat:"}},
        ["exit\r", "ahoy\r"],
        ["No way out."],
    ),
    "no-words": ({"given": {"exit_on": []}}, ["exit\r"], []),
    "words-as-they-are": ({}, ["Exit\r", "  bye  \r"], ["Stay."]),
    "streamed": ({"given": {"stream": True}}, ["Which way?\r", "bye\r"], ["Take the river Bure."]),
    "of-one-that-streams": ({"agent": {"stream": True}}, ["Which way?\r", "bye\r"], ["Take the Bure."]),
    "markdown": ({"given": {"markdown": True}}, ["Which way?\r", "bye\r"], ["**Bure**"]),
    "of-one-in-markdown": ({"agent": {"markdown": True}}, ["Which way?\r", "bye\r"], ["**Bure**"]),
    "session": (
        {"db": True, "agent": HISTORY, "given": {"session_id": "s", "user_id": "ann", "input": "First?"}},
        ["And then?\r", "bye\r"],
        ["Take the Bure.", "Rest."],
    ),
    "no-session": ({"db": True, "agent": HISTORY}, TWICE, ["Take the Bure.", "Rest."]),
    "nothing-typed": ({}, [ENTER, "bye\r"], ["Well?"]),
    "error": ({}, TWICE, [{"status": 500, "error": "the model is out"}, "Back."]),
    "tools": ({"agent": {"tools": ["tide"]}}, ["Which way?\r", "bye\r"], [CALL, "Take the Bure."]),
    "tools-of-a-server": ({"agent": {"tools": ["mcp"]}}, ["bye\r"], []),
    "letters": ({}, ["Füße 日本 🚤?\r", "bye\r"], ["Füße 日本 🚤."]),
    "end-of-input": ({}, ["\x04"], []),
    "unknown-setting": ({"given": {"bogus": 1}}, ["Which way?\r", "bye\r"], ["Take the Bure."]),
}
OF_TEAMS = ("plain", "a-first-question", "own-words", "of-one-that-streams", "of-one-in-markdown", "tools-of-a-server")
CASES = [
    (name, way, kind)
    for name in TALKS
    for way in ("cli_app", "acli_app")
    for kind in ("agent", "team")
    if kind == "agent" or name in OF_TEAMS
]


class Talks:
    """All conversations with one package, one after the other in one process, and what came of them."""

    def __init__(self, package, place, only=None):
        self.found = {}
        with ExitStack() as stack:
            todo = []
            for name, way, kind in only or CASES:
                job, typed, replies = TALKS[name]
                server = stack.enter_context(ReplayServer(list(replies)))
                tag = f"{name} {way} {kind}"
                todo.append(
                    ({**job, "name": tag, "way": way, "kind": kind, "environment": server.env()}, typed, server)
                )
            jobs, ends = place / "jobs", place / "ends"
            jobs.write_text(json.dumps([job for job, _, _ in todo]))
            environment = loopback(AGNO_TELEMETRY="false")
            terminal = stack.enter_context(Terminal(CHILD, package, str(jobs), str(ends), env=environment))
            for job, typed, server in todo:
                self.talk(terminal, job["name"], typed)
                self.found[job["name"]]["streamed"] = [bool(asked.body.get("stream")) for asked in server.requests]
                self.found[job["name"]]["said"] = [
                    [turn for turn in asked.turns if turn[0] != "system"] for asked in server.requests
                ]
            for line in ends.read_text().splitlines():
                told = json.loads(line)
                self.found[told["name"]] |= {"error": told["error"], "sessions": sessions_of(told)}

    def talk(self, terminal, name, typed):
        end = re.escape(f"</{name}>\r\n")
        terminal.until(re.escape(f"<{name}>\r\n"))
        text = ""
        for keys in typed:
            text += terminal.until(f"{PROMPT}|{end}")
            if text.endswith(">\r\n"):
                break
            terminal.type(keys)
        else:
            text += terminal.until(end)
        self.found[name] = {"screen": shown(text)}


def sessions_of(told):
    """Each session's user and what became of its runs; ids only where they were given."""
    return [[one if len(one) < 9 else "made", *rest] for one, *rest in told["sessions"]]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Talks("wherry", tmp_path_factory.mktemp("ours")).found


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Talks("agno", tmp_path_factory.mktemp("theirs")).found


@pytest.mark.parity
@pytest.mark.parametrize(("name", "way", "kind"), CASES)
def test_a_conversation_looks_and_ends_as_agnos_does(name, way, kind, ours, theirs):
    tag = f"{name} {way} {kind}"
    assert ours[tag] == theirs[tag]


each_way = pytest.mark.parametrize("way", ["cli_app", "acli_app"])


@each_way
def test_what_is_typed_is_asked_until_the_user_leaves(way, ours):
    talk = ours[f"no-session {way} agent"]
    screen = talk["screen"]
    assert screen.index("😎 User : Which way?") < screen.index("Take the Bure.") < screen.index("User : And then?")
    assert screen.index("Rest.") < screen.index("User : bye")
    assert [turn[1] for turn in talk["said"][1]] == ["Which way?", "Take the Bure.", "And then?"]
    assert talk["error"] is None


@each_way
def test_a_session_and_a_user_hold_for_all_turns(way, ours):
    assert ours[f"session {way} agent"]["sessions"] == [["s", "ann", ["COMPLETED", "COMPLETED"]]]


@each_way
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_a_conversation_streams_and_draws_markdown_only_when_told_to(way, kind, ours):
    assert ours[f"of-one-that-streams {way} {kind}"]["streamed"] == [False]
    assert "**Bure**" in ours[f"of-one-in-markdown {way} {kind}"]["screen"]
    assert ours[f"streamed {way} agent"]["streamed"] == [True]
    assert "**Bure**" not in ours[f"markdown {way} agent"]["screen"]


def test_tools_of_a_server_need_an_event_loop(ours):
    assert ours["tools-of-a-server cli_app agent"]["error"] == "NotImplementedError"
    assert ours["tools-of-a-server acli_app agent"]["error"] is None


@pytest.mark.parametrize("kind", [Agent, Team])
def test_tools_that_are_still_to_be_awaited_need_an_event_loop(kind):
    async def opened():
        """Tools of a server."""

    tools = opened()
    owner = kind(model="openai-chat:any", tools=[tools], telemetry=False, **({"members": []} if kind is Team else {}))
    with pytest.raises(NotImplementedError, match="acli_app"):
        owner.cli_app("Which way?")
    tools.close()


@each_way
def test_an_error_does_not_end_the_conversation(way, ours):
    screen = ours[f"error {way} agent"]["screen"]
    assert screen.index("the model is out") < screen.index("Back.")


def wait_until(happened, seconds=60):
    """Until something is so; fails when it never is."""
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_key_stops_a_run_and_not_the_conversation(tmp_path):
    """Ctrl-C while the model answers cancels the run; the next line is asked as any other."""
    with ReplayServer([{"content": "Never.", "think": 30}, "Back."]) as server:
        job = {"name": "stopped", "way": "cli_app", "db": True, "environment": server.env()}
        (tmp_path / "jobs").write_text(json.dumps([job]))
        words = ("wherry", str(tmp_path / "jobs"), str(tmp_path / "ends"))
        with Terminal(CHILD, *words, env=loopback()) as terminal:
            for pattern, keys in ((PROMPT, "Which way?\r"), ("Working", ""), (PROMPT, "And now?\r")):
                terminal.until(pattern)
                if not keys:
                    wait_until(lambda: server.requests)
                terminal.type(keys or "\x03")
            terminal.until("Back\\.")
            terminal.until(PROMPT)
            terminal.type("bye\r")
            terminal.until("</stopped>")
    told = json.loads((tmp_path / "ends").read_text())
    assert (told["error"], told["sessions"][0][2]) == (None, ["CANCELLED", "COMPLETED"])
