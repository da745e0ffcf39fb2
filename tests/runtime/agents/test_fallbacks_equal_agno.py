"""Whose the fallback models are: an agent's and a team's own copies, and a callback that cannot spoil an answer."""

from importlib import import_module

import pytest
from agent_ways import WAYS, run_in
from both_sides import SIDES, answering, owner, saying


def failing(side):
    error = import_module(f"{side.package}.exceptions").ModelProviderError

    def reply(messages):
        raise error("out", status_code=500)

    return answering(side, reply, "first")


def config_of(side, *models, **more):
    return import_module(f"{side.package}.models.fallback").FallbackConfig(on_error=list(models), **more)


def whose(side, kind):
    """What is copied, when, and what a change to a model that was given does."""
    given = saying(side, "fine", id="second")
    one = owner(side, kind, model=failing(side), fallback_models=[given])
    own = one.fallback_config.on_error[0]
    shared = config_of(side, given)
    first = owner(side, kind, model=failing(side), fallback_config=shared).fallback_config.on_error[0]
    other = owner(side, kind, model=failing(side), fallback_config=shared)
    given.id = "renamed"
    later = owner(side, kind, model=failing(side))
    later.fallback_config = config_of(side, given)
    outputs = [each.run("Which boat?") for each in (one, one, later)]
    return (
        [own is given, one.fallback_config.on_error[0] is own, other.fallback_config is shared],
        [first is given, shared.on_error[0] is first, later.fallback_config.on_error[0] is given],
        [(output.content, output.status.value) for output in outputs],
        [each.fallback_config.on_error[0].id for each in (one, later)],
    )


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_fallback_models_are_copies_made_at_construction_as_in_agno(kind):
    ours = whose(SIDES[0], kind)
    assert ours == whose(SIDES[1], kind)
    assert ours[0] == [False, True, True]
    assert ours[2:] == ([("fine", "COMPLETED")] * 3, ["second", "renamed"])


@pytest.mark.parametrize("way", WAYS)
def test_a_callback_that_fails_leaves_the_answer_as_in_agno(way, caplog):
    seen = []
    for side in SIDES:
        told = []

        def callback(*args, told=told):
            told.append([str(arg) for arg in args])
            raise KeyError("gauge")

        config = config_of(side, saying(side, "fi", "ne", id="second"), callback=callback)
        _, output = run_in(way, owner(side, "agent", model=failing(side), fallback_config=config), "Which boat?")
        seen.append((output.content, output.status.value, told))
    assert seen[0] == seen[1] == ("fine", "COMPLETED", [["first", "second", "out"]])
    assert "KeyError('gauge')" in caplog.text


@pytest.mark.parametrize("way", WAYS)
def test_lists_of_none_are_empty_ones_as_in_agno(way):
    told = []
    for side in SIDES:
        config = config_of(side, saying(side, "fine", id="second"), on_rate_limit=None, on_context_overflow=None)
        _, output = run_in(way, owner(side, "agent", model=failing(side), fallback_config=config), "Which boat?")
        told.append((output.content, output.status.value))
    assert told == [("fine", "COMPLETED")] * 2


def taken_over(side, kind, way, case):
    """What a run is and what its fallbacks were asked, when the first model fails after it has called a tool."""
    error = import_module(f"{side.package}.exceptions").ModelProviderError
    called, asked = [], []

    def look():
        """Look."""
        called.append(len(called))
        return f"seen {len(called)}"

    def says(text, *calls):
        made = [{"id": f"c{n}", "type": "function", "function": {"name": "look", "arguments": "{}"}} for n in calls]
        return side.response(role="assistant", content=text, tool_calls=made or [])

    def first(messages):
        results = sum(message.role == "tool" for message in messages)
        if results > case.count("again"):
            raise error("out", status_code=500)
        return [says("I look. ", results)]

    def then(messages):
        asked.append([(message.role, message.content) for message in messages if message.role != "system"])
        if "fails" in case and len(asked) == 1:
            return failing_after(says("par", 7))
        if "calls" in case and messages[-1].content != "seen 3":
            return [says("more ", 8 + len(asked))]
        return [says("fine")]

    def failing_after(piece):
        yield piece
        raise error("no", status_code=500)

    def whole(messages):
        return list(then(messages))

    reply = then if "stream" in way else whole
    others = [answering(side, reply, name) for name in ("second", "third")]
    made = owner(side, kind, model=answering(side, first, "first"), tools=[look], fallback_models=others)
    events, output = run_in(way, made, "Which boat?")
    told = [(one.event, getattr(one, "content", None)) for one in events if "ToolCallCompleted" not in one.event]
    kept = [(message.role, message.content) for message in output.messages if message.role != "system"]
    return told, kept, output.content, [tool.result for tool in output.tools], asked, len(called)


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_a_fallback_goes_on_after_the_calls_that_the_first_model_made_as_in_agno(kind):
    for case in ("plain", "again", "calls", "fails"):
        for way in WAYS:
            ours, theirs = (taken_over(side, kind, way, case) for side in SIDES)
            assert ours == theirs, (case, way)
            assert ("tool", "seen 1") in ours[4][0]
            assert ours[5] == {"plain": 1, "again": 2, "calls": 3, "fails": 1}[case]
