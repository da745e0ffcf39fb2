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
