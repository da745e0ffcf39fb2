"""Runtimes that are loaded once for the tests of this folder, and forked for each recording and each script."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext

import pytest
from forks import forks

from wherry_portal.parity import children
from wherry_portal.parity.environment import environment
from wherry_portal.parity.forks import Forks
from wherry_portal.parity.recording.runtime import LOADED
from wherry_portal.parity.script import sides


@pytest.fixture(scope="session")
def loaded():
    """What has loaded a runtime: a function of its name."""
    found = {}
    with ExitStack() as stack:

        def of(runtime):
            if runtime not in found:
                found[runtime] = stack.enter_context(Forks(runtime, (*LOADED, "os"), environment(runtime)))
            return found[runtime]

        yield of


@pytest.fixture(scope="session")
def kept(loaded):
    """What comparisons and recordings take their processes from instead of loading the runtimes for themselves."""
    return lambda runtimes, _: nullcontext({runtime: loaded(runtime) for runtime in set(runtimes)})


@pytest.fixture
def loaded_once(kept, monkeypatch):
    """Comparisons and recordings take their processes from there."""
    for module in (children, sides):
        monkeypatch.setattr(module, "kept", kept)


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """The words that run a script of the reference, as `python` does."""
    modules = [*(f"agno.{name}" for name in LOADED), "fastapi.testclient"]
    with forks(tmp_path_factory.mktemp("f"), *modules) as forked:
        yield forked.command()
        assert not forked.refused
