"""What a run of many tests would pay for: looking for garbage where there is none, waiting for one process.

Collecting makes about a million objects (modules, tests, the reference's classes), none of them garbage; looking
through them while they pile up takes a fifth of the time. So the garbage collector rests meanwhile and leaves them
alone afterwards. Of the little that is left it would then look through all several times as often, so it waits for
more.

Tests share a few processes. One that takes half a minute and begins last has all the others wait for it, so the folder
with most of these comes first.
"""

from __future__ import annotations

import gc

import pytest

MADE_BETWEEN_TWO_LOOKS = 10_000  # the interpreter looks after 700
BEGINS = "tests/site/"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection():
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(MADE_BETWEEN_TWO_LOOKS, *gc.get_threshold()[1:])
        gc.enable()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(BEGINS))
