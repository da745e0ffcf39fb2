"""What collecting the tests has made stays for the whole run: the garbage collector never looks through it again.

It is about a million objects (modules, tests, the reference's classes). Looking through them while they pile up takes a
fifth of the time of collecting, and each `gc.collect()` of a test half a second.
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
        gc.freeze()
