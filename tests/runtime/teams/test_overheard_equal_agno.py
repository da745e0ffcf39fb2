"""What a streamed team run says when its leader does not: the texts of the events that pass, as in Agno."""

import json
import re
from importlib import import_module

import pytest
from agent_ways import WAYS, run_in
from both_sides import SIDES, answering, calling, owner


def leader(side, first, tool, then, **arguments):
    """A leader that says `first` and calls a tool, then says `then`."""
    call = {"id": "c", "type": "function", "function": {"name": tool, "arguments": json.dumps(arguments)}}

    def reply(messages):
        if messages[-1].role == "tool":
            return [side.response(role="assistant", content=then)]
        return [side.response(role="assistant", content=first, tool_calls=[call])]

    return answering(side, reply, "leader")


def look():
    """Look."""
    return "seen"


def of_a_member(side, way, first, then, **options):
    """The content of a team whose member calls a tool before it answers; the time the call took is left out."""
    member = owner(side, "agent", id="m", name="m", tools=[look], model=calling(side, "look", then="told"))
    asks = leader(side, first, "delegate_task_to_member", then, member_id="m", task="t")
    _, output = run_in(way, owner(side, "team", members=[member], model=asks, **options), "Which boat?")
    return re.sub(r"[\d.]+s", "Ns", output.content) if output.content else output.content


@pytest.mark.parametrize("options", [{}, {"stream_member_events": False}, {"respond_directly": True}], ids=str)
def test_a_leader_without_a_last_word_leaves_it_to_its_member_as_in_agno(options):
    for way in WAYS[:2] if options else WAYS:
        for first, then in ((None, None), ("I ask. ", None), (None, ""), (None, "end")):
            ours, theirs = (of_a_member(side, way, first, then, **options) for side in SIDES)
            assert ours == theirs, (way, first, then)
            if (first, then) == (None, None) and not options:
                assert ours == ("look() completed in Ns. told" if "stream" in way else "")


def cancelled(side, way, first):
    """What is left of a team that is cancelled by its own tool, between two events that pass."""
    said = import_module(f"{side.package}.run.agent").RunContentEvent

    def watch():
        yield said(content="in", created_at=1)
        yield said(content="ner", created_at=1)
        team.cancel_run("overheard")
        yield said(content="more", created_at=1)

    team = owner(side, "team", tools=[watch], model=leader(side, first, "watch", "end"))
    events, output = run_in(way, team, "Which boat?", run_id="overheard")
    return output.content, output.status.value, [getattr(event, "content", None) for event in events][-1:]


@pytest.mark.parametrize("way", WAYS)
def test_a_cancelled_leader_keeps_what_passed_after_its_last_word_as_in_agno(way):
    for first in (None, "I ask. "):
        ours, theirs = (cancelled(side, way, first) for side in SIDES)
        assert ours == theirs, first
        assert ("inner" in ours[0]) == ("stream" in way)
