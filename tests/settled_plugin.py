"""The garbage collector rests while the tests are collected.

That makes about a million objects (modules, tests, the reference's classes), none of them garbage; looking through them
while they pile up takes a fifth of the time. They are not frozen afterwards: the collector would then look through all
the rest several times as often, and where it interrupts the making of a syntax tree, Python 3.11 up to its seventh
release may give up ("recursion depth mismatch").
"""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection():
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
