"""HTTP below every model: framing, retries, lost connections, pools and their end."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
import textwrap
import threading

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ModelProviderError, ModelRateLimitError
from wherry.core.messages import Message
from wherry.models.openai import OpenAIChat
from wherry.testing import ReplayServer
from wherry.wires import pools, transport
from wherry.wires.sse import EventsOrObject, Lines, ServerSentEvents


def chat(server, **kwargs):
    return OpenAIChat(id="gpt-5-mini", api_key="k", base_url=server.base_url, **kwargs)


def question():
    return [Message(role="user", content="hi")]


def ask(model):
    return model.response(question()).content


async def aask(model):
    return (await model.aresponse(question())).content


def stream(model):
    return "".join(part.content or "" for part in model.response_stream(question()))


async def astream(model):
    return "".join([part.content or "" async for part in model.aresponse_stream(question())])


async def in_way(way, model):
    """The answer to the question in one of the four ways."""
    if way == "run":
        return await asyncio.to_thread(ask, model)
    if way == "stream":
        return await asyncio.to_thread(stream, model)
    return await (aask(model) if way == "arun" else astream(model))


WAYS = ("run", "stream", "arun", "astream")
each_way = pytest.mark.parametrize("way", WAYS)


# --- framing ---------------------------------------------------------------------------------------------------------

EVENTS = (ServerSentEvents, EventsOrObject)
payloads = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1).map(str.strip))


@pytest.mark.parametrize("events_of", EVENTS)
@given(events=payloads, cut=st.integers(1, 40), newline=st.sampled_from(["\n", "\r\n"]), noise=st.booleans())
def test_events_come_out_whole_however_the_bytes_are_cut(events_of, events, cut, newline, noise):
    head = f": ping{newline}{newline}event: message{newline}id: 7{newline}" if noise else ""
    text = "".join(f"{head}data: {event}{newline}{newline}" for event in events).encode()
    framing, found = events_of(), []
    for start in range(0, len(text), cut):
        found += framing.feed(text[start : start + cut])
    found += framing.rest()
    assert found == [event.encode().strip() for event in events]


def test_an_event_of_several_data_lines_is_one_payload():
    assert ServerSentEvents().feed(b"data: {\ndata: }\n\n") == [b"{\n}"]


@pytest.mark.parametrize("events_of", EVENTS)
def test_an_event_without_its_blank_line_still_counts(events_of):
    framing = events_of()
    assert framing.feed(b"data: last") == []
    assert framing.rest() == [b"last"]


@given(lines=st.lists(st.text("abc{}:1", min_size=1)), cut=st.integers(1, 9))
def test_lines_come_out_whole_however_the_bytes_are_cut(lines, cut):
    text = "\n".join(lines).encode()
    framing, found = Lines(), []
    for start in range(0, len(text), cut):
        found += framing.feed(text[start : start + cut])
    assert found + framing.rest() == [line.encode() for line in lines]


@each_way
async def test_an_answer_that_arrives_byte_by_byte_is_the_same(way):
    with ReplayServer([{"content": "Grüße aus der Ferne", "split_bytes": 1}]) as server:
        assert await in_way(way, chat(server)) == "Grüße aus der Ferne"


# --- retries of one request ------------------------------------------------------------------------------------------


@each_way
@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_a_passing_error_is_tried_again(way, status):
    script = [{"status": status, "error": "busy", "headers": {"retry-after-ms": "10"}}, "at last"]
    with ReplayServer(script) as server:
        assert await in_way(way, chat(server)) == "at last"
        assert len(server.requests) == 2
        assert server.requests[0].body == server.requests[1].body


@each_way
async def test_an_error_of_the_request_is_not_tried_again(way):
    with ReplayServer([{"status": 400, "error": "no such parameter"}]) as server:
        with pytest.raises(ModelProviderError, match="no such parameter") as caught:
            await in_way(way, chat(server))
        assert caught.value.status_code == 400
        assert (caught.value.model_name, caught.value.model_id) == ("OpenAIChat", "gpt-5-mini")
        assert len(server.requests) == 1


@each_way
async def test_tries_end_with_max_retries(way):
    with ReplayServer(
        [{"status": 500, "error": "boom", "headers": {"retry-after-ms": "5"}, "times": "forever"}]
    ) as server:
        with pytest.raises(ModelProviderError, match="boom"):
            await in_way(way, chat(server, max_retries=1))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("headers", "tries"),
    [({"x-should-retry": "false"}, 1), ({"retry-after": "900"}, 1), ({"retry-after-ms": "1"}, 2)],
)
def test_the_service_decides_about_another_try(headers, tries):
    with ReplayServer([{"status": 503, "error": "down", "headers": headers, "times": "forever"}]) as server:
        with pytest.raises(ModelProviderError):
            ask(chat(server, max_retries=1))
        assert len(server.requests) == tries


def test_a_service_may_ask_for_another_try_after_any_status():
    with ReplayServer([{"status": 400, "error": "odd", "headers": {"x-should-retry": "true"}}, "fine"]) as server:
        assert ask(chat(server)) == "fine"


@pytest.mark.parametrize("value", ["0.01", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"])
def test_retry_after_is_read_as_seconds_or_as_a_date(value):
    call = transport.Call("http://x", {}, b"", ModelProviderError, ModelProviderError)
    pause = transport.pause_before_retry(call, 0, 429, {"retry-after": value})
    assert pause is not None
    assert 0 < pause <= 0.5


@given(attempt=st.integers(0, 30), status=st.sampled_from([0, 408, 409, 429, 500, 599]))
def test_pauses_grow_but_never_beyond_eight_seconds(attempt, status):
    call = transport.Call("http://x", {}, b"", ModelProviderError, ModelProviderError, max_retries=31)
    pause = transport.pause_before_retry(call, attempt, status, {})
    assert pause is not None
    assert min(0.375 * 2**attempt, 6) <= pause <= 8


# --- connections that fail -------------------------------------------------------------------------------------------


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@each_way
async def test_nobody_listening_is_a_connection_error(way):
    model = OpenAIChat(id="m", api_key="k", base_url=f"http://127.0.0.1:{closed_port()}/v1", max_retries=0)
    with pytest.raises(ModelProviderError, match=r"^Connection error\.$") as caught:
        await in_way(way, model)
    assert caught.value.status_code == 502
    assert caught.value.__cause__ is not None


@each_way
async def test_a_slow_service_times_out(way):
    late, told = ReplayServer([{"content": "late", "think": 60}]), r"^Request timed out\.$"
    with late as server, pytest.raises(ModelProviderError, match=told):
        await in_way(way, chat(server, timeout=0.1, max_retries=0))


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_stream_that_breaks_is_an_error_and_not_a_short_answer(way):
    cut = {"content": "one two three four", "cut_after": 2}
    with ReplayServer([cut]) as server, pytest.raises(ModelProviderError):
        await in_way(way, chat(server, max_retries=0))


@each_way
async def test_a_reply_that_is_no_json_is_an_error_with_its_beginning(way):
    script = [{"raw": "<html>Bad gateway</html>", "content_type": "text/html"}]
    told = "without sending a single event|<html>"
    with ReplayServer(script) as server, pytest.raises(ModelProviderError, match=told):
        await in_way(way, chat(server))


@each_way
async def test_a_reply_of_another_shape_is_an_error_with_its_beginning(way):
    script = (
        [{"raw": {"hello": "world"}}]
        if way in {"run", "arun"}
        else [{"raw": "data: [1, 2]\n\n", "content_type": "text/event-stream"}]
    )
    with ReplayServer(script) as server, pytest.raises(ModelProviderError, match=r"hello|not a JSON object"):
        await in_way(way, chat(server))


@each_way
async def test_an_error_inside_a_good_reply_is_an_error(way):
    failure = {"error": {"message": "model overloaded", "code": "overloaded"}}
    script = [{"raw": failure if way in {"run", "arun"} else [failure]}]
    with ReplayServer(script) as server, pytest.raises(ModelProviderError, match="model overloaded"):
        await in_way(way, chat(server))


def test_a_rate_limit_is_told_apart():
    with ReplayServer([{"status": 429, "error": "slow down", "headers": {"x-should-retry": "false"}}]) as server:
        with pytest.raises(ModelRateLimitError, match="slow down") as caught:
            ask(chat(server))
        assert caught.value.status_code == 429


# --- what a loop keeps of a request ----------------------------------------------------------------------------------


@each_way
async def test_a_header_is_sent_with_its_own_requests_only(way):
    with ReplayServer([{"content": "x", "times": "forever"}]) as server:
        for note in ("first", "second", "first"):
            await in_way(way, chat(server, extra_headers={"X-Note": note}))
        assert [request.headers["x-note"] for request in server.requests] == ["first", "second", "first"]


@each_way
@pytest.mark.parametrize("size", [1, 65_000, 66_000, 1_000_000])
async def test_a_question_of_any_length_arrives_whole(way, size):
    with ReplayServer(["fine"]) as server:
        model, asked = chat(server), [Message(role="user", content="ü" + "x" * size)]
        if way == "run":
            await asyncio.to_thread(model.response, asked)
        elif way == "stream":
            await asyncio.to_thread(lambda: list(model.response_stream(asked)))
        elif way == "arun":
            await model.aresponse(asked)
        else:
            assert [part async for part in model.aresponse_stream(asked)]
        assert server.requests[0].body["messages"] == [{"role": "user", "content": asked[0].content}]


@pytest.mark.parametrize("way", ["arun", "astream"])
async def test_a_service_that_has_moved_is_followed(way):
    with ReplayServer([{"content": "here", "times": "forever"}]) as new:
        moved = {"status": 307, "error": "moved", "headers": {"location": f"{new.base_url}/chat/completions"}}
        with ReplayServer([{**moved, "times": "forever"}]) as old:
            assert await in_way(way, chat(old)) == "here"
        assert new.requests[0].body["messages"] == [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("way", ["arun", "astream"])
async def test_a_header_cannot_smuggle_another(way):
    with ReplayServer(["x"]) as server:
        with pytest.raises(ModelProviderError, match="header"):
            await in_way(way, chat(server, extra_headers={"X-Note": "a\r\nX-Other: b"}))
        assert not server.requests


@pytest.mark.parametrize("way", ["arun", "astream"])
async def test_another_release_of_aiohttp_sends_by_its_session(way, monkeypatch):
    def otherwise(*args, **given):
        raise TypeError("unexpected keyword argument 'skip_auto_headers'")

    monkeypatch.setattr("aiohttp.ClientRequest", otherwise)
    with ReplayServer(["fine"]) as server:
        assert await in_way(way, chat(server, extra_headers={"X-Note": "another"})) == "fine"


async def test_a_request_that_is_cancelled_leaves_its_answer_to_nobody():
    with ReplayServer([{"content": "late", "think": 60}, {"content": "right", "times": "forever"}]) as server:
        model = chat(server)
        asked = asyncio.create_task(aask(model))
        await asyncio.to_thread(server.wait_for, 1, 60)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert [await aask(model) for _ in range(2)] == ["right", "right"]


# --- pools -----------------------------------------------------------------------------------------------------------


class Counting:
    """A forwarder that counts the connections it takes."""

    def __init__(self, port):
        self.port, self.connections = port, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                inside, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            outside = socket.create_connection(("127.0.0.1", self.port))
            for source, target in ((inside, outside), (outside, inside)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    @staticmethod
    def _copy(source, target):
        with source, target:
            try:
                while data := source.recv(65536):
                    target.sendall(data)
            except OSError:
                return

    def close(self):
        self.listener.close()


@pytest.fixture
def counted():
    with ReplayServer([{"content": "x", "times": "forever"}]) as server:
        counting = Counting(server.port)
        yield counting, OpenAIChat(id="m", api_key="k", base_url=f"http://127.0.0.1:{counting.address}/v1")
        counting.close()


def test_blocking_requests_share_one_connection_streams_included(counted):
    counting, model = counted
    for _ in range(3):
        ask(model)
        stream(model)
    assert counting.connections == 1


def test_a_blocking_pool_holds_its_idle_connections_and_no_empty_places(counted):
    _, model = counted
    held = pools.thread_pool(None, secure=False).connection_from_url(model.base_url).pool
    assert held.qsize() == 0
    ask(model)
    assert held.qsize() == 1
    (connection,) = held.queue
    pools.close()
    assert (held.qsize(), connection.sock) == (0, None)


async def test_requests_of_a_loop_share_one_connection_streams_included(counted):
    counting, model = counted
    for _ in range(3):
        await aask(model)
        await astream(model)
    assert counting.connections == 1


async def test_different_models_share_the_pool(counted):
    counting, model = counted
    await aask(model)
    await aask(OpenAIChat(id="other", api_key="k2", base_url=model.base_url))
    assert counting.connections == 1


async def test_a_stream_that_is_left_early_gives_its_connection_up(counted):
    _counting, model = counted
    parts = model.aresponse_stream(question())
    await anext(parts)
    await parts.aclose()
    assert await aask(model) == "x"


async def test_aclose_closes_the_session_of_the_loop_and_the_next_request_opens_another(counted):
    _, model = counted
    await aask(model)
    session = await pools.loop_session()
    await transport.aclose()
    assert session.closed
    assert await aask(model) == "x"


def test_close_closes_the_blocking_connections(counted):
    counting, model = counted
    ask(model)
    transport.close()
    ask(model)
    assert counting.connections == 2


def test_loops_that_come_and_go_leave_nothing_behind(counted):
    _, model = counted
    for _ in range(3):
        asyncio.run(aask(model))
    gc.collect()
    assert not [loop for loop in pools._loops if not loop.is_closed()]


def test_a_loop_that_is_closed_by_hand_is_forgotten_by_the_next(counted):
    _, model = counted
    loop = asyncio.new_event_loop()
    loop.run_until_complete(aask(model))
    loop.close()
    assert loop in pools._loops
    asyncio.run(aask(model))
    assert loop not in pools._loops


def test_threads_share_the_pool_without_mixing_answers():
    with ReplayServer([{"content": "same", "times": "forever"}]) as server:
        model, answers = chat(server), []
        threads = [threading.Thread(target=lambda: answers.append(ask(model))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == ["same"] * 20


SCRIPT = """
import asyncio, sys
from wherry.core.messages import Message
from wherry.models.openai import OpenAIChat
assert not {"aiohttp", "urllib3", "pydantic", "openai"} & set(sys.modules), "imported too early"
model = OpenAIChat(id="m", api_key="k", base_url=sys.argv[1])
async def go():
    await model.aresponse([Message(role="user", content="hi")])
    async for part in model.aresponse_stream([Message(role="user", content="hi")]):
        break
for _ in range(3):
    asyncio.run(go())
loop = asyncio.new_event_loop()
loop.run_until_complete(go())
if sys.argv[2] == "close":
    loop.close()
model.response([Message(role="user", content="hi")])
print("done")
"""


@pytest.mark.parametrize("end", ["close", "leave open"])
def test_a_program_ends_without_a_word_about_unclosed_sessions(end):
    with ReplayServer([{"content": "a b c", "times": "forever"}]) as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "always", "-c", textwrap.dedent(SCRIPT), server.base_url, end],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout == "done\n", done.stderr
    complaints = [line for line in done.stderr.splitlines() if "Warning" in line or "Unclosed" in line]
    unclosed_loop = [line for line in complaints if "unclosed event loop" in line]
    assert complaints == (unclosed_loop if end == "leave open" else []), done.stderr


# --- clients and proxies of the user ---------------------------------------------------------------------------------


async def test_an_httpx_client_carries_the_requests():
    seen = []
    hooks = {"request": [lambda request: seen.append(request.url.path)]}
    with ReplayServer(["one", "two words"]) as server, httpx.Client(event_hooks=hooks) as client:
        model = chat(server, http_client=client)
        assert ask(model) == "one"
        assert stream(model) == "two words"
    assert seen == ["/v1/chat/completions"] * 2


async def test_an_async_httpx_client_carries_the_requests_of_a_loop():
    seen = []

    async def note(request):
        seen.append(request.url.path)

    with ReplayServer(["one", "two words", {"status": 500, "error": "boom"}]) as server:
        async with httpx.AsyncClient(event_hooks={"request": [note]}) as client:
            model = chat(server, http_client=client, max_retries=0)
            assert await aask(model) == "one"
            assert await astream(model) == "two words"
            with pytest.raises(ModelProviderError, match="boom"):
                await aask(model)
    assert len(seen) == 3


async def test_a_client_of_the_other_kind_is_passed_over():
    with ReplayServer(["one"]) as server:
        async with httpx.AsyncClient() as client:
            assert await asyncio.to_thread(ask, chat(server, http_client=client)) == "one"


def test_timeouts_and_refusals_of_such_a_client_are_ours():
    with ReplayServer([{"content": "late", "think": 60}]) as server, httpx.Client() as client:
        with pytest.raises(ModelProviderError, match="Request timed out"):
            ask(chat(server, http_client=client, timeout=0.1, max_retries=0))
        nowhere = OpenAIChat(
            id="m", api_key="k", base_url=f"http://127.0.0.1:{closed_port()}", http_client=client, max_retries=0
        )
        with pytest.raises(ModelProviderError, match="Connection error"):
            ask(nowhere)


def test_something_that_is_no_client_is_refused_with_a_hint():
    with ReplayServer([]) as server, pytest.raises(ConfigurationError, match="http_client"):
        ask(chat(server, http_client=object()))


@each_way
async def test_a_proxy_from_the_environment_is_used(way, monkeypatch):
    with ReplayServer(["through the proxy"]) as proxy:
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", proxy.url)
        pools.proxy_for.cache_clear()
        model = OpenAIChat(id="m", api_key="k", base_url="http://model.example/v1")
        assert await in_way(way, model) == "through the proxy"
    pools.proxy_for.cache_clear()


@pytest.fixture(scope="module")
def https_server(tmp_path_factory):
    """A server with a certificate of its own, and the file that makes it trusted."""
    import ssl
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    reply = b'{"id": "1", "choices": [{"message": {"role": "assistant", "content": "secret"}}]}'

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args):
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_address[1]}/v1", certificate
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("way", ["run", "arun"])
async def test_https_is_verified_and_the_certificates_of_the_environment_are_honoured(way, https_server, monkeypatch):
    url, certificate = https_server
    pools.tls.cache_clear()
    transport.close()
    model = OpenAIChat(id="m", api_key="k", base_url=url, max_retries=0)
    with pytest.raises(ModelProviderError, match="Connection error"):
        await in_way(way, model)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    pools.tls.cache_clear()
    transport.close()
    assert await in_way(way, model) == "secret"
    pools.tls.cache_clear()
    transport.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_forked_child_asks_over_connections_of_its_own():
    """Over one connection, each of the two would get what the other asked for."""
    code = """
import asyncio, os, sys
from wherry.core.messages import Message
from wherry.models.openai import OpenAIChat
from wherry.wires import pools

def ask():
    return OpenAIChat(id="m").response([Message(role="user", content="Hi")]).content

async def session():
    return await pools.loop_session()

loop = asyncio.new_event_loop()
kept = loop.run_until_complete(session())
ask()
before = pools.thread_pool(None, secure=False)
child = os.fork()
if not child:
    same = pools.thread_pool(None, secure=False) is before or bool(pools._loops)
    os._exit(same or ask() != "Here")
assert os.waitpid(child, 0)[1] == 0
assert pools.thread_pool(None, secure=False) is before
assert loop.run_until_complete(session()) is kept
"""
    with ReplayServer(["Here", "Here"]) as server, server.environment():
        subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env={**os.environ})
