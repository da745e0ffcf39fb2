"""Tests that draw their inputs are not traced for coverage.

They run the same lines hundreds of times, and tracing doubles what that takes; other tests cover those lines. A test
that repeats itself without drawing says so with the marker `no_cover`.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")
