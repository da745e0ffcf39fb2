"""Measured processes that do not get on: one that dies while others are measured, clients that fail, and somebody who
interrupts.
"""

import asyncio
import signal
import socket
import threading
import time

import pytest

from wherry_portal.bench import Scenario
from wherry_portal.bench.children.serving import clients
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.turns import process

MAKING = Scenario(id="t", title="Making an agent", ratios={}, kind="construct", runs=1)


def test_a_process_that_died_while_it_waited_is_named():
    def die():
        with process(MAKING, "wherry", "") as one:
            one.ready()
            one._process.kill()
            one._process.wait()
            one.block()

    with pytest.raises(BenchError, match="'t' failed on wherry: it was ended"):
        die()


def test_nothing_waits_for_a_process_any_longer_once_somebody_has_interrupted():
    limits = []

    def interrupted(*_):
        raise KeyboardInterrupt

    def interrupt(kill):
        while not limits:
            limits.extend(each for each in threading.enumerate() if getattr(each, "function", None) == kill)
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    def wait():
        with process(MAKING, "wherry", "") as one:
            one.ready()
            threading.Thread(target=interrupt, args=(one._process.kill,)).start()
            one.ready()  # it was asked nothing more, and says nothing

    before = signal.signal(signal.SIGUSR1, interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            wait()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert limits[0].finished.is_set()


def test_clients_of_a_server_say_what_they_met():
    async def ask(port):
        async with clients({"port": port, "concurrent": 1, "answer": "Rising."}) as ask_for:
            await ask_for(1)

    with socket.socket() as silent:  # bound, and nobody listens
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(RuntimeError, match="Connect call failed"):
            asyncio.run(ask(silent.getsockname()[1]))
