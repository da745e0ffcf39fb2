"""A run that is told to end, as `timeout` and CI do by SIGTERM, ends as by Ctrl-C.

Fixtures stop the Postgres and Valkey servers that they have started; the signal's own effect would leave them running.
Where tests are shared out, the processes that run them are told at once, and waited for: `xdist` would tell them after
five seconds and kill them after ten, which is too soon for databases on a busy machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

import pytest

PATIENCE = 120
told = threading.Event()
nodes = []


def pytest_configure():
    first = threading.current_thread() is threading.main_thread()
    if first and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def end(*_):
    """End as by Ctrl-C; being told again, as `timeout` does, would break off fixtures that stop their servers."""
    if not told.is_set():
        told.set()
        raise KeyboardInterrupt


def pytest_keyboard_interrupt(excinfo):
    if excinfo.type is KeyboardInterrupt:  # Ctrl-C; what ends a run after its first failure is of another type
        told.set()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    nodes.append(node)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    """Let processes that run a share of the tests end before `xdist` has them killed."""
    if not told.is_set():
        return
    begun = [node for node in nodes if hasattr(node, "channel")]
    for node in begun:
        if not node.channel.isclosed():
            with contextlib.suppress(ProcessLookupError):
                os.kill(node.gateway._rinfo().pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    for node in begun:
        channel = node.channel
        with contextlib.suppress(
            channel.TimeoutError, channel.RemoteError, EOFError
        ):  # it may not have begun to listen
            channel.waitclose(max(0, until - time.monotonic()))
