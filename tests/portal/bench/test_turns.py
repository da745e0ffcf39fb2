"""Measured processes that do not get on: one that dies while others are measured, clients that fail, and somebody who
interrupts.
"""

import asyncio
import signal
import socket
import threading
import time

import pytest
import uvicorn

from wherry_portal.bench import Scenario
from wherry_portal.bench.children.serving import clients, listening
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.turns import process

MAKING = Scenario(id="t", title="Making an agent", ratios={}, kind="construct", runs=1)


def test_a_process_that_died_while_it_waited_is_named():
    def die():
        with process(MAKING, "wherry", "") as one:
            one.ready()
            one._process.kill()
            one._process.wait()
            one.part()

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


async def never_ready(scope, receive, send):
    """An application that does not start."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "Traceback\nOSError: the database is locked"})


async def starting(scope, receive, send):
    """An application that is not there yet."""
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("application", "seconds", "told"),
    [
        (never_ready, 60, "the server ended before it listened: OSError: the database is locked"),
        (starting, 0.2, r"the server does not listen after 0\.2 s: it said nothing"),
    ],
    ids=["ended", "late"],
)
def test_a_server_that_does_not_start_is_an_error_at_once(application, seconds, told):
    async def serve():
        server = uvicorn.Server(uvicorn.Config(application, lifespan="on", log_level="error"))
        with socket.socket() as listener:
            await listening(server, [listener], seconds)

    began = time.monotonic()
    with pytest.raises(RuntimeError, match=told):
        asyncio.run(serve())
    assert time.monotonic() - began < 30
