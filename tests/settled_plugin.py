"""What a run of many tests would pay for: looking for garbage, tracing what nobody asked to trace, waiting for one.

Collecting makes about a million objects (modules, tests, the reference's classes), none of them garbage; looking
through them while they pile up takes a fifth of the time. So the garbage collector rests meanwhile and leaves them
alone afterwards. Of the little that is left it would then look through all several times as often, so it waits for
more.

Tracing for coverage makes everything several times as slow, libraries and pytest, too, which nobody measures. So only
tests, their fixtures and modules are traced, and our modules while they are loaded. A test marked `untraced` adds
nothing to what others cover and is not traced either; of a test with a hundred drawn examples the first are, and what
draws them is not. (pytest-cov's own `no_cover` ends the tracing of all other
threads with it, for good: of pools and servers that serve the tests after it, so that the coverage of a run would
depend on the order of its tests.)

Tests share a few processes. One that takes half a minute and begins last has all the others wait for it, so the folder
with most of these comes first.
"""

from __future__ import annotations

import functools
import gc
import sys
import sysconfig
import threading
from importlib.machinery import SourceFileLoader

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

TRACED_EXAMPLES = 20
MADE_BETWEEN_TWO_LOOKS = 10_000  # the interpreter looks after 700
OURS = {"wherry", "wherry_portal"}
BEGINS = "tests/site/"
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


class Tracing(threading.local):
    """Coverage's tracing of each thread: it can be paused, and resumed for a while within.

    Both ends of a pause belong into one function: coverage counts the calls that it sees begin and end.
    """

    paused = None

    def pause(self):
        """Returns whether this thread was traced."""
        tracer = sys.gettrace()
        if type(tracer).__module__.partition(".")[0] != "coverage":  # none, or a debugger's
            return False
        sys.settrace(None)
        self.paused = tracer
        return True

    def resume(self):
        """Returns whether its tracing had been paused."""
        if self.paused is None:
            return False
        tracer, self.paused = self.paused, None
        sys.settrace(tracer)
        self.called()
        return True

    def called(self):
        """A tracer sees ends only after it has seen a beginning."""


TRACING = Tracing()


def loading(load):
    """A loader's `exec_module` that traces what it loads only if its coverage is asked for."""

    def exec_module(loader, module):
        file = getattr(module, "__file__", None) or ""
        if module.__name__.partition(".")[0] in OURS or not file.startswith(LIBRARIES):
            set_, undo = TRACING.resume, TRACING.pause
        else:
            set_, undo = TRACING.pause, TRACING.resume
        changed = set_()
        try:
            load(loader, module)
        finally:
            if changed:
                undo()

    return exec_module


for one in (SourceFileLoader, AssertionRewritingHook):
    one.exec_module = loading(one.exec_module)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection():
    gc.disable()
    changed = TRACING.pause()
    try:
        return (yield)
    finally:
        if changed:
            TRACING.resume()
        gc.freeze()
        gc.set_threshold(MADE_BETWEEN_TWO_LOOKS, *gc.get_threshold()[1:])
        gc.enable()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(BEGINS))


def within(begin, end):
    """A hook in whose midst this thread is traced, or is not."""
    changed = begin()
    try:
        return (yield)
    finally:
        if changed:
            end()


def resumed():
    return within(TRACING.resume, TRACING.pause)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop():
    return (yield from within(TRACING.pause, TRACING.resume))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_fixture_setup():
    return (yield from resumed())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown():
    return (yield from resumed())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item):
    if isinstance(item, pytest.Function):
        return (yield)
    return (yield from resumed())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pyfunc_call(pyfuncitem):
    drawn = getattr(pyfuncitem.obj, "hypothesis", None)
    if pyfuncitem.get_closest_marker("untraced") is not None:
        return (yield from untraced())
    if drawn is None:
        return (yield from resumed())
    whole = drawn.inner_test
    drawn.inner_test = traced_at_first(whole)
    try:
        return (yield from untraced())
    finally:
        drawn.inner_test = whole


def untraced():
    """A hook in whose midst neither this thread is traced nor any that it starts."""
    starting = threading.gettrace()
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(starting)


def traced_at_first(test):
    """A function that many examples are given to, traced with the first of them as any test is."""
    starting, given = threading.gettrace(), 0

    @functools.wraps(test)
    def run(*arguments, **named):
        nonlocal given
        given += 1
        if given > TRACED_EXAMPLES or not TRACING.resume():
            return test(*arguments, **named)
        threading.settrace(starting)
        try:
            return test(*arguments, **named)
        finally:
            threading.settrace(None)
            TRACING.pause()

    return run
