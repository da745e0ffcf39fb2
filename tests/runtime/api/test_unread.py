"""Clients that do not read what they are sent: hung up on in time, while the run goes on and can be followed again."""

import json
import socket
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from api_desk import BASE, agent, client_of, listening

from wherry.api import RuntimeService
from wherry.testing import ReplayServer

LIMIT = 1.5  # long enough for a reader on a busy machine to get its turn
WORDS = 300
LONG = " ".join(["x" * 30_000] * WORDS)  # 9 MB, more than the buffers of any system hold


@pytest.fixture(scope="module")
def desk():
    """A server with a short limit, whose agent says more than anybody can hold for a client."""
    script = [{"content": LONG, "times": "forever"}]
    with ReplayServer(script, record=False) as model, model.environment():
        app = client_of(RuntimeService([agent()])).app
        with listening(app, write_seconds=LIMIT) as address:
            yield urlsplit(address), app


def asked(desk, **body):
    """A connection with small buffers that asked for a run and has read the first of its bytes; and those."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect((desk.hostname, desk.port))
    sent = json.dumps({"input": "Go", **body}).encode()
    head = f"POST {BASE}/agents/ada:run HTTP/1.1\r\nhost: {desk.netloc}\r\ncontent-type: application/json\r\n"
    connection.sendall(f"{head}content-length: {len(sent)}\r\n\r\n".encode() + sent)
    first = b""
    while b"\r\n\r\n" not in first:
        first += connection.recv(1024)
    return connection, first


def sizes(first):
    """How many bytes the body of an answer has, and how many of them are among the first."""
    head, _, body = first.partition(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return int(length.split(b": ")[1]), len(body)


def left(connection):
    """Bytes that can still be read from a connection, and whether it was broken off."""
    count = 0
    try:
        while piece := connection.recv(65536):
            count += len(piece)
    except ConnectionResetError:
        return count, True
    return count, False


def connections(app_port):
    """Connections of this process that listen under a port or are connected to it, as the system lists them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return [row for row in rows if row[1].endswith(f":{app_port:04X}") and row[3] == "01"]


def gone(port, seconds=60.0):
    """Whether the server has no connection left within so many seconds."""
    end = time.monotonic() + seconds
    while connections(port) and time.monotonic() < end:
        time.sleep(0.05)
    return not connections(port)


def followed(desk, run, after):
    """The ids of the events of a run after one, and the last event's data."""
    fields = {"accept": "text/event-stream", "last-event-id": str(after)}
    request = urllib.request.Request(f"{desk.geturl()}{BASE}/runs/{run}", headers=fields)
    with urllib.request.urlopen(request, timeout=60) as answer:
        blocks = answer.read().decode().split("\n\n")[:-1]
    ids = [int(block.split("\n")[0].removeprefix("id: ")) for block in blocks]
    return ids, json.loads(blocks[-1].split("data: ", 1)[1])


def test_a_stream_that_is_not_read_is_broken_off_and_its_run_can_be_followed_again(desk):
    where, app = desk
    connection, first = asked(where, stream=True)
    run = next(line.split(b": ")[1] for line in first.split(b"\r\n") if line.startswith(b"x-run-id")).decode()
    with connection:
        assert gone(where.port)
        count, broken = left(connection)
    assert broken or count < len(LONG)
    job = app.state.server.runs.jobs[run]
    ids, last = followed(where, run, 3)  # to its end, which it may not have reached yet
    assert len(job.frames) > WORDS
    assert ids == list(range(4, len(job.frames) + 1))
    assert last["status"] == "COMPLETED"
    assert last["content"] == LONG


def test_an_answer_that_is_not_read_is_broken_off(desk):
    where, _ = desk
    connection, first = asked(where)
    assert first.startswith(b"HTTP/1.1 200 ")
    with connection:
        assert gone(where.port)
        count, broken = left(connection)
    assert broken or count < len(LONG)


@pytest.mark.parametrize("ending", ["connection: close\r\n", ""])
def test_a_rest_that_nothing_waits_for_is_not_kept_for_a_client_that_does_not_read(ending):
    """The answer is too short to make the server wait, too long for the system: what is left is uvicorn's."""

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"60000")]})
        await send({"type": "http.response.body", "body": b"x" * 60_000})

    limits = {"keep_alive": 1, "write_seconds": LIMIT}
    with listening(answer, sending=4096, **limits) as address, socket.socket() as connection:
        where = urlsplit(address)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect((where.hostname, where.port))
        connection.sendall(f"GET / HTTP/1.1\r\nhost: {where.netloc}\r\n{ending}\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 200 ")
        assert gone(where.port)
        count, broken = left(connection)
    assert broken or count < 60_000 - 1024


def test_a_reader_that_is_slow_but_reads_is_served_to_the_end(desk):
    where, _ = desk
    connection, first = asked(where)
    size, count = sizes(first)
    began = time.monotonic()
    with connection:
        while count < size:
            # Slower than all of it within the limit, faster than what counts as reading.
            if time.monotonic() - began < 4 * LIMIT:
                time.sleep(0.02)
            piece = connection.recv(65536)
            assert piece, f"broken off after {count} of {size} bytes"
            count += len(piece)
    assert time.monotonic() - began > 2 * LIMIT


def test_a_connection_that_was_read_to_the_end_serves_again(desk):
    """Nothing is left of the limit that ran while the answer was on its way."""
    where, _ = desk
    connection, first = asked(where)
    size, count = sizes(first)
    with connection:
        while count < size:
            piece = connection.recv(65536)
            assert piece, f"broken off after {count} of {size} bytes"
            count += len(piece)
        time.sleep(2.5 * LIMIT)
        connection.sendall(f"GET /healthz HTTP/1.1\r\nhost: {where.netloc}\r\n\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 200 ")


def test_others_are_served_meanwhile(desk):
    where, _ = desk
    connection, _ = asked(where, stream=True)
    with connection:
        for _ in range(3):
            assert urllib.request.urlopen(f"{where.geturl()}/healthz", timeout=60).status == 200
