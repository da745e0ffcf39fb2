"""Connections that keep one timer: a peer that is silent for too long is told of when it always was."""

import asyncio

import aiohttp
import pytest

from wherry.wires.handler import Handler, lighten

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time is told."""

    now = 100.0
    timers = 0

    def time(self):
        return self.now

    def call_at(self, when, callback, *args, **named):
        self.timers += 1
        return super().call_at(when, callback, *args, **named)

    def passes(self, seconds):
        self.now += seconds
        self.run_until_complete(asyncio.sleep(0))


@pytest.fixture
def clock():
    loop, failures = Clock(), []
    loop.set_exception_handler(lambda _, context: failures.append(context))
    yield loop
    loop.close()
    assert failures == []


def asked(clock, seconds):
    """A connection over which a request has gone, whose peer may be silent for so long."""
    handler = Handler(clock)
    asked_again(handler, seconds)
    return handler


def asked_again(handler, seconds):
    handler.set_response_params(read_timeout=seconds, read_until_eof=True)
    handler.start_timeout()


def test_silence_ends_when_it_has_lasted_too_long_and_no_sooner(clock):
    handler = asked(clock, 10)
    clock.passes(9.5)
    assert handler.exception() is None
    clock.passes(0.5)
    assert isinstance(handler.exception(), aiohttp.SocketTimeoutError)


def test_each_piece_grants_the_whole_time_anew_with_no_timer_of_its_own(clock):
    handler = asked(clock, 10)
    handler.data_received(HEAD)
    for _ in range(20):
        clock.passes(0.5)
        handler.data_received(b"tide ")
    assert clock.timers <= 2  # the first one, which has looked, and where it looks again


def test_the_time_runs_from_the_last_piece(clock):
    handler = asked(clock, 10)
    handler.data_received(HEAD + b"tide ")
    clock.passes(6)
    handler.data_received(b"tide ")
    clock.passes(9.9)
    assert handler.exception() is None
    clock.passes(0.1)
    assert isinstance(handler.exception(), aiohttp.SocketTimeoutError)


def test_nothing_is_awaited_between_two_requests_and_the_second_has_its_own_time(clock):
    handler = asked(clock, 10)
    handler.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntide")
    clock.passes(60)
    assert handler.exception() is None
    asked_again(handler, 100)
    handler.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntide")
    asked_again(handler, 5)
    clock.passes(4.9)
    assert handler.exception() is None
    clock.passes(0.1)
    assert isinstance(handler.exception(), aiohttp.SocketTimeoutError)


def test_without_a_limit_nothing_ends_it(clock):
    handler = asked(clock, 10)
    asked_again(handler, None)
    clock.passes(10_000)
    assert handler.exception() is None


def test_a_lost_connection_leaves_no_timer(clock):
    handler = asked(clock, 600)
    (timer,) = clock._scheduled
    handler.connection_lost(None)
    assert timer.cancelled()


async def test_the_installed_release_takes_these_connections_and_another_keeps_its_own(monkeypatch):
    connector = aiohttp.TCPConnector()
    try:
        assert lighten(connector, asyncio.get_running_loop())
        assert isinstance(connector._factory(), Handler)
        with monkeypatch.context() as later:
            later.setattr("aiohttp.__version__", "3.15.0")
            assert not lighten(connector, asyncio.get_running_loop())
        monkeypatch.delattr("aiohttp.client_proto.ResponseHandler._reschedule_timeout")
        assert not lighten(connector, asyncio.get_running_loop())
    finally:
        await connector.close()
