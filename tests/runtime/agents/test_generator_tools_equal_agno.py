"""Tools that yield: what of it becomes the run's content and its events when the result is shown, as in Agno."""

from dataclasses import dataclass
from importlib import import_module

import pytest
from agent_ways import WAYS, run_in
from both_sides import SIDES, calling, owner


def yielded(side):
    """What the tools below yield on one side, by name; the events are the side's own."""
    events = import_module(f"{side.package}.run.agent")

    @dataclass
    class Seen(events.CustomEvent):
        boats: int = 0

    def said(text):
        return events.RunContentEvent(content=text, created_at=1)

    return {
        "nothing": [],
        "none": [None],
        "empty text": [""],
        "texts": ["a", "b"],
        "no texts": [1, {"a": 2}],
        "custom event": [Seen(boats=3, created_at=1)],
        "custom event and text": [Seen(boats=3, created_at=1), "a"],
        "content": [said("in"), said("ner")],
        "content among texts": ["a", said("in"), said(None), "b", None],
    }


KINDS = tuple(yielded(SIDES[0]))


def seen(side, kind, way, name, options, *, asynchronous):
    """The contents and kinds of one run's events, its output, its messages and what became of the call."""

    items = yielded(side)[name]  # made anew: a run writes into the events

    def look():
        yield from items

    async def alook():
        for item in items:
            yield item

    alook.__name__ = "look"
    tool = import_module(f"{side.package}.tools").tool
    made = owner(side, kind, model=calling(side, "look"), tools=[tool(**options)(alook if asynchronous else look)])
    events, output = run_in(way, made, "Which boat?")
    told = [(event.event, getattr(event, "content", None)) for event in events if event.event != "ToolCallCompleted"]
    told = [one for one in told if not one[0].endswith("ToolCallCompleted")]  # its text tells the time it took
    kept = [(message.role, message.content) for message in output.messages if message.role != "system"]
    return told, (output.content, output.content_type, output.status.value), kept, [t.result for t in output.tools]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("agent", {}),
        ("agent", {"stop_after_tool_call": True}),
        ("agent", {"stop_after_tool_call": True, "show_result": False}),
        ("team", {"show_result": True}),
        ("team", {"stop_after_tool_call": True, "show_result": False}),
    ],
    ids=["plain", "stops", "stops unshown", "shown", "stops a team unshown"],
)
def test_what_a_generator_yields_becomes_content_and_events_as_in_agno(kind, options):
    contents = set()
    for name in KINDS:
        for way in WAYS:
            for asynchronous in (False, True) if way.startswith("arun") else (False,):
                case = {"asynchronous": asynchronous}
                ours = seen(SIDES[0], kind, way, name, options, **case)
                assert ours == seen(SIDES[1], kind, way, name, options, **case), (name, way, case)
                contents.add(ours[1][0])
    assert len(contents) > (4 if options.get("show_result", "stop_after_tool_call" in options) else 0)
