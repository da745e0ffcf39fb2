"""Processes that share out the tests collect one behind the other, so that each module is compiled once.

All of them collect all tests. Where nothing is compiled yet, as in a fresh clone, they came to each module at the same
time and all compiled it, its asserts and marks and whatever of the project it imports, which took each ten seconds.
Now one that comes to a module that another is loading waits until that has been compiled, and stays behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import zlib
from pathlib import Path

import pytest

NAME = pytest.StashKey[str]()  # of an empty file, of which the processes lock a byte for each folder and module
TURNS = pytest.StashKey[int]()  # the same, opened
AFTER_MODULES = 1 << 32


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Make the file in the process that shares out, and tell the others."""
    config = node.config
    if NAME not in config.stash:
        descriptor, config.stash[NAME] = tempfile.mkstemp(prefix="wherry-turns-")
        os.close(descriptor)
        config.add_cleanup(Path(config.stash[NAME]).unlink)
    node.workerinput["turns"] = config.stash[NAME]


def pytest_configure(config):
    if "turns" in getattr(config, "workerinput", {}):
        turns = config.stash[TURNS] = os.open(config.workerinput["turns"], os.O_RDWR)
        config.add_cleanup(lambda: os.close(turns))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    if not isinstance(collector, pytest.Module | pytest.Directory):
        return (yield)
    with turn(collector.config, zlib.crc32(collector.nodeid.encode())):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config):
    """Hypothesis reads all modules for values to try, which takes four seconds, and keeps what it found."""
    with turn(config, AFTER_MODULES):
        return (yield)


@contextlib.contextmanager
def turn(config, place):
    turns = config.stash.get(TURNS, None)
    if turns is None:
        yield
        return
    fcntl.lockf(turns, fcntl.LOCK_EX, 1, place)
    try:
        yield
    finally:
        fcntl.lockf(turns, fcntl.LOCK_UN, 1, place)
