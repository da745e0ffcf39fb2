"""Hooks: what they are called with, what becomes of them, the decorator."""

import asyncio
from functools import partial

import pytest

from wherry.core.errors import ConfigurationError
from wherry.core.hooks import (
    background_arguments,
    hook_arguments,
    hook_name,
    is_async,
    is_guardrail,
    normalize_hooks,
)
from wherry.guardrails import PromptInjectionGuardrail
from wherry.hooks import hook, should_run_in_background

OFFERED = {"agent": 1, "session": 2, "metadata": 3}


def named(agent, metadata):
    """Asks for two."""


def anything(**kwargs):
    """Asks for all."""


class Asking:
    def __call__(self, session):
        """Asks for one."""

    def method(self, agent):
        """Asks for one."""


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (named, {"agent", "metadata"}),
        (anything, set(OFFERED)),
        (lambda: None, set()),
        (Asking(), {"session"}),
        (Asking().method, {"agent"}),
        (partial(named, metadata=1), {"agent", "metadata"}),
        (hook(named), {"agent", "metadata"}),
    ],
)
def test_a_hook_gets_what_it_names(given, names):
    for _ in range(2):
        assert hook_arguments(given, OFFERED) == {name: OFFERED[name] for name in names}


def test_hooks_have_names():
    assert [hook_name(given) for given in (named, Asking(), partial(named), hook(named))] == [
        "named",
        "Asking",
        "partial",
        "named",
    ]


async def later(agent):
    """Asynchronous."""
    return agent


def test_guardrails_and_evals_become_callables():
    guard = PromptInjectionGuardrail()

    class Eval:
        run_in_background = True

        def pre_check(self, run_input):
            return "pre"

        async def async_pre_check(self, run_input):
            return "async pre"

        def post_check(self, run_output):
            return "post"

        async def async_post_check(self, run_output):
            return "async post"

    assert normalize_hooks([guard, named], pre=True, blocking=True) == [guard.check, named]
    assert normalize_hooks([guard, later], pre=True, blocking=False) == [guard.async_check, later]
    assert is_guardrail(guard.check)
    assert not is_guardrail(named)
    (post,) = normalize_hooks([Eval()], pre=False, blocking=True)
    assert post(run_output=None) == "post"
    assert hook_name(post) == "post_check"
    assert should_run_in_background(post)
    (pre,) = normalize_hooks([Eval()], pre=True, blocking=False)
    assert asyncio.run(pre(run_input=None)) == "async pre"
    assert normalize_hooks(None, pre=True, blocking=True) == []


def test_what_cannot_be_a_hook_is_refused():
    with pytest.raises(ValueError, match="later"):
        normalize_hooks([later], pre=True, blocking=True)
    with pytest.raises(ConfigurationError, match="not a hook"):
        normalize_hooks([3], pre=True, blocking=True)
    with pytest.raises(ConfigurationError, match="checks nothing"):
        normalize_hooks([PromptInjectionGuardrail], pre=True, blocking=True)


def test_the_decorator_marks_and_keeps_the_hook():
    @hook
    def plain(agent):
        return agent

    @hook(run_in_background=True)
    def behind(agent):
        return agent

    @hook()
    @hook(run_in_background=True)
    async def stacked(agent):
        return agent

    assert [should_run_in_background(given) for given in (plain, behind, stacked, named)] == [False, True, True, False]
    assert plain(1) == behind(1) == asyncio.run(stacked(1)) == 1
    assert [is_async(given) for given in (plain, stacked, later)] == [False, True, True]
    with pytest.raises(ValueError, match="background"):
        hook(in_background=True)


def test_hooks_in_the_background_get_copies():
    state = {"a": [1]}
    lock = object()
    copied = background_arguments({"session_state": state, "agent": lock, "metadata": None})
    state["a"].append(2)
    assert copied == {"session_state": {"a": [1]}, "agent": lock, "metadata": None}
