"""What a model is told of the user's other sessions, as in Agno: previews, whole conversations, what is not there."""

import json
from importlib import import_module

import pytest
from agent_ways import WAYS, run_in
from both_sides import SIDES, answering, owner

CALLS = (
    ("search_past_sessions", {}),
    ("read_past_session", {"session_id": "old"}),
    ("read_past_session", {"session_id": "old", "num_runs": 1}),
    ("read_past_session", {"session_id": "nowhere"}),
    ("read_past_session", {"session_id": "of-ben"}),
)


def reader(side):
    """A model that answers in capitals, and calls the tools above when it is asked what was."""

    def reply(messages):
        asked = next(message.content for message in reversed(messages) if message.role == "user")
        told = sum(message.role == "tool" for message in messages)
        if asked != "What was?" or told == len(CALLS):
            return [side.response(role="assistant", content=str(asked).upper())]
        name, arguments = CALLS[told]
        call = {"id": f"c{told}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        return [side.response(role="assistant", content=None, tool_calls=[call])]

    return answering(side, reply, "reader")


def told(side, kind, way, *, begun=False, **options):
    """The results of the tools; the times at which sessions were made are taken out."""
    db = import_module(f"{side.package}.db.in_memory").InMemoryDb()
    one = owner(side, kind, model=reader(side), db=db, user_id="ann", search_past_sessions=True, **options)
    for session, question in (("old", "Which boat?"), ("old", "Which river? " + "x" * 220), ("other", "Hm?")):
        one.run(question, session_id=session)
    one.run("Mine?", session_id="of-ben", user_id="ben")
    created = {str(one.get_session(name).created_at) for name in ("old", "other")}
    if begun:  # this session is no past one
        one.run("Here?", session_id="now")
    _, output = run_in(way, one, "What was?", session_id="now")
    results = [tool.result for tool in output.tools]
    for time in created:
        results = [result.replace(time, "<time>") for result in results]
    found = sorted(json.loads(results[0]), key=lambda session: session["session_id"])  # of one second, in any order
    return [found, *results[1:]]


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_past_sessions_are_told_as_in_agno(kind):
    for way in WAYS:
        ours, theirs = (told(side, kind, way, begun=True) for side in SIDES)
        assert ours == theirs, way
    assert [len(session["runs"]) for session in ours[0]] == [2, 1]
    assert ours[1].startswith("Session: old\nCreated: <time>\n\nUser: Which boat?\n\nAssistant: WHICH BOAT?\n")
    assert len(ours[2]) < len(ours[1])
    assert ours[3:] == ["Session not found."] * 2


def test_limits_count_as_in_agno():
    for sessions, runs in ((0, 1), (1, 1), (2, 0), (3, 1)):
        limits = {"num_past_sessions_to_search": sessions, "num_past_session_runs_in_search": runs}
        ours, theirs = (told(side, "agent", "run", **limits)[0] for side in SIDES)
        assert [len(session["runs"]) for session in ours] == [len(session["runs"]) for session in theirs], limits
