"""What broken, slow and hostile clients get: a problem document each, from a server that stays up."""

import json
import socket
import struct
import urllib.request
from urllib.parse import urlsplit

import pytest
from api_desk import BASE, client_of, listening, service_in

from wherry.api import Settings
from wherry.testing import ReplayServer

RUN = f"POST {BASE}/agents/ada:run"
FORM = "POST /agents/ada/runs"
JSON = {"content-type": "application/json"}
MULTI = {"content-type": "multipart/form-data; boundary=b"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A running server with small limits, and the model behind it."""
    settings = Settings(largest_body=2000, body_seconds=0.5, hosts=frozenset({"127.0.0.1", "localhost"}))
    service = service_in(tmp_path_factory.mktemp("desk"))
    forever = [{"content": "one two three", "times": "forever"}]
    app = client_of(service, settings).app
    with ReplayServer(forever) as model, model.environment(), listening(app, head_seconds=0.5) as address:
        yield urlsplit(address)


def exchange(desk, line, headers=None, body=b"", *, length=None, close=False):
    """Send a request byte by byte as given; the status and the body of the answer."""
    with socket.create_connection((desk.hostname, desk.port), timeout=60) as connection:
        fields = {"host": desk.netloc, "connection": "close", **(headers or {})}
        if length != "chunked":
            fields["content-length"] = str(len(body) if length is None else length)
        else:
            fields["transfer-encoding"] = "chunked"
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        connection.sendall(f"{line} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
        if close:
            return None
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


CASES = {
    "larger than said to be allowed": (413, RUN, JSON, b"{}", 5000),
    "larger than allowed in pieces": (413, RUN, JSON, chunk(b"x" * 1500) * 2 + chunk(b""), "chunked"),
    "a form larger than allowed": (413, FORM, MULTI, chunk(b"--b\r\n" + b"x" * 3000), "chunked"),
    "slower than allowed": (408, RUN, JSON, b'{"input"', 100),
    "a form slower than allowed": (408, FORM, MULTI, b"--b\r\n", 100),
    "no JSON": (400, RUN, JSON, b"{bad", None),
    "no UTF-8": (400, RUN, JSON, b'{"input": "\xff\xfe"}', None),
    "a lone surrogate": (400, RUN, JSON, b'{"input": "\\ud800"}', None),
    "too deep": (400, RUN, JSON, b"[" * 1900, None),
    "deeper than a run can keep": (400, RUN, JSON, b'{"sessionState": {"n": %b%b}}' % (b"[" * 99, b"]" * 99), None),
    "no object": (400, RUN, JSON, b"[1]", None),
    "a number for a text": (400, RUN, JSON, b'{"sessionId": 1}', None),
    "a NUL in a session's name": (400, RUN, JSON, b'{"sessionId": "a\\u0000b"}', None),
    "nothing": (400, RUN, JSON, b"", None),
    "another type": (415, RUN, {"content-type": "text/plain"}, b"{}", None),
    "no boundary": (400, FORM, {"content-type": "multipart/form-data"}, b"--b", None),
    "no form": (400, FORM, MULTI, b"nothing of the kind", None),
    "a flag that is none": (
        422,
        FORM,
        {"content-type": "application/x-www-form-urlencoded"},
        b"message=x&stream=7",
        None,
    ),
    "an unknown agent": (404, f"POST {BASE}/agents/none:run", JSON, b"{}", None),
    "an unknown runtime": (404, "POST /v1/runtime/rust/agents/ada:run", JSON, b"{}", None),
    "a path upwards": (404, f"GET {BASE}/agents/../../../../etc/passwd", {}, b"", None),
    "a hidden path upwards": (404, f"GET {BASE}/agents/%2e%2e%2f%2e%2e%2fsecrets", {}, b"", None),
    "a file of the page": (404, "GET /api-page.js/../app.py", {}, b"", None),
    "a NUL in the path": (400, f"GET {BASE}/agents/a%00b", {}, b"", None),
    "a NUL in the query": (400, f"GET {BASE}/telemetry/events?sessionId=%00", {}, b"", None),
    "no UTF-8 in the path": (404, f"GET {BASE}/agents/%ff%fe", {}, b"", None),
    "a method that is not there": (405, f"PATCH {BASE}/agents", {}, b"", None),
    "a page of another site": (403, FORM, {"origin": "http://evil.example", **MULTI}, b"", None),
    "a page of no site": (403, FORM, {"origin": "http://[", **MULTI}, b"", None),
    "another name for this machine": (400, f"GET {BASE}/agents", {"host": "evil.example:7777"}, b"", None),
    "a key with spaces": (400, RUN, {**JSON, "idempotency-key": "a b"}, b"{}", None),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_answered_and_the_server_stays_up(desk, case):
    status, line, headers, body, length = CASES[case]
    got, answer = exchange(desk, line, headers, body, length=length)
    assert got == status, answer
    if status != 422:  # AgentOS's own shape
        told = json.loads(answer)
        assert (told["status"], told["type"].endswith(f"/errors/{told['code']}/")) == (status, True)
    assert b"Traceback" not in answer
    assert exchange(desk, "GET /healthz")[0] == 200


BOTH = "content-length: 5\r\ntransfer-encoding: chunked"
NO_HTTP = {
    "another protocol": b"\x16\x03\x01 hello\r\n\r\n",
    "a version to come": b"GET /healthz HTTP/3.0\r\nhost: localhost\r\n\r\n",
    "no method": b"FOO /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: a\r\n b\r\n\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: a\0b\r\n\r\n",
    "two kinds of length": f"{RUN} HTTP/1.1\r\nhost: localhost\r\n{BOTH}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n".encode(),
    "two lengths": f"{RUN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{{}}".encode(),
    "a length below nothing": f"{RUN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n{{}}".encode(),
    "a piece of no length": f"{RUN} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".encode(),
}  # fmt: skip


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_refused(desk, sent):
    with socket.create_connection((desk.hostname, desk.port), timeout=60) as connection:
        connection.sendall(sent)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert (json.loads(body)["code"], answer.count(b"HTTP/1.1 ")) == ("bad_request", 1)
    assert exchange(desk, "GET /healthz")[0] == 200


def said_to(desk, *pieces):
    """What the server says to a client that sends some bytes, and no more; it must hang up by itself."""
    with socket.create_connection((desk.hostname, desk.port), timeout=60) as connection:
        answer = b""
        for piece in pieces:
            connection.sendall(piece)
            if piece.endswith(b"\r\n\r\n"):
                answer += connection.recv(65536)
        while piece := connection.recv(65536):
            answer += piece
    assert exchange(desk, "GET /healthz")[0] == 200
    return answer


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        (b"GET /healthz HTTP/1.1\r\nhost: ", 408, "The head took more than 0.5 s to arrive."),
        (b"G", 408, "The head took more than 0.5 s to arrive."),
        (b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 70_000, 413, "The head has more than 65536 bytes."),
    ],
)
def test_a_head_that_does_not_end_is_answered_and_hung_up_on(desk, sent, status, detail):
    head, _, body = said_to(desk, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head
    assert (json.loads(body)["status"], json.loads(body)["detail"]) == (status, detail)


def test_a_client_that_says_nothing_is_hung_up_on(desk):
    assert said_to(desk) == b""


def test_a_second_head_that_does_not_end_is_hung_up_on(desk):
    first = f"GET /healthz HTTP/1.1\r\nhost: {desk.netloc}\r\n\r\n".encode()
    answer = said_to(desk, first, b"GET /hea")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/no/socket", 404)])
def test_a_websocket_is_not_opened_and_the_request_is_answered(desk, path, status):
    fields = {"connection": "Upgrade, close", "upgrade": "websocket", "sec-websocket-version": "13"}
    fields["sec-websocket-key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    sent = "".join(f"{name}: {value}\r\n" for name, value in {"host": desk.netloc, **fields}.items())
    answer = said_to(desk, f"GET {path} HTTP/1.1\r\n{sent}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"ebsocket" not in answer


def test_a_client_that_goes_away_while_it_sends_harms_nobody(desk):
    for line, headers in ((RUN, JSON), (FORM, MULTI)):
        exchange(desk, line, headers, b'{"in', length=100, close=True)
    assert exchange(desk, "GET /healthz")[0] == 200


def test_a_run_goes_on_when_its_reader_goes_away(desk):
    body = b'{"input": "Hi", "stream": true}'
    with socket.create_connection((desk.hostname, desk.port), timeout=60) as connection:
        fields = f"host: {desk.netloc}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(f"{RUN} HTTP/1.1\r\n{fields}".encode() + body)
        head = connection.recv(300).decode("latin-1")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    run = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("x-run-id"))
    request = urllib.request.Request(
        f"{desk.geturl()}{BASE}/runs/{run}", headers={"accept": "text/event-stream", "last-event-id": "2"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode()
    assert text.startswith("id: 3\n")
    assert '"content":"one two three"' in text.split("event: result\n")[1]
