"""`ReplayServer`: a scripted model behind real HTTP on loopback, in a thread of its own.

Here: the server's life, its script and its records. The wire formats are in `dialects`, the sockets in `connection`,
the matching in `script_queue`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from wherry.core.exact_json import dumps_exact, loads_exact
from wherry.testing.connection import Answer, Connection
from wherry.testing.dialects import DIALECTS, Dialect, dialect_of
from wherry.testing.errors import ReplayMismatch
from wherry.testing.request import REMOVED, RecordedRequest, without_secrets
from wherry.testing.script import ERROR_STATUS, Reply, ReplyFunction
from wherry.testing.script_queue import UNSCRIPTED, ScriptQueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

MISMATCH_STATUS = 599
"""HTTP status of an answer to a request that no reply of the script expects."""

_STAMP = "stamp-5e1f7a90"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class ReplayServer:
    """A model that says what its script says, over real HTTP on loopback.

    Use it as a context manager (`with` or `async with`), or call `start()` and `close()`.

    Args:
        replies: The script: texts, mappings (see `Reply`), `Reply` objects, or functions of the request.
            They go in order, except those with `when`.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        fallback: Answers what the script refuses, such as `deterministic_reply`; by default such a request
            fails closed with status 599.
        think: Seconds before the first byte of every reply that does not say.
        tokens_per_second: Speed of every stream that does not say; 0 is as fast as possible.
        record: Keep every request in `requests`; False for long benchmarks (only `request_count` then counts).

    Example:
        ```python
        with ReplayServer(["Hello!"]) as server, server.environment():
            print(Agent(model=OpenAIChat(id="gpt-5-mini")).run("Hi").content)
            server.assert_done()
        ```
    """

    def __init__(
        self,
        replies: Iterable[Any] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fallback: ReplyFunction | None = None,
        think: float = 0.0,
        tokens_per_second: float = 0.0,
        record: bool = True,
    ) -> None:
        self.host = host
        self.port = port
        self.requests: list[RecordedRequest] = []
        self.refused: list[str] = []
        self.request_count = 0
        self._script = ScriptQueue(replies)
        self._fallback = fallback
        self._think = think
        self._speed = tokens_per_second
        self._record = record
        self._written: dict[tuple[Any, ...], bytes | list[bytes]] = {}
        self._arrived = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    # Life

    def start(self) -> ReplayServer:
        """Listen and return; the port is known afterwards.

        Raises:
            OSError: When the port is taken.
        """
        if self._thread is not None:
            return self
        loop = self._loop = asyncio.new_event_loop()
        ready: threading.Event = threading.Event()
        failures: list[BaseException] = []

        def serve() -> None:
            asyncio.set_event_loop(loop)
            try:
                self._server = loop.run_until_complete(
                    loop.create_server(self._connection, self.host, self.port, backlog=1024)
                )
                self.port = self._server.sockets[0].getsockname()[1]
            except BaseException as error:  # noqa: BLE001 - handed to the thread that called start()
                failures.append(error)
                return
            finally:
                ready.set()
            loop.run_forever()

        self._thread = threading.Thread(target=serve, name="replay-server", daemon=True)
        self._thread.start()
        ready.wait()
        if failures:
            self._thread.join()
            self._thread = self._loop = None
            loop.close()
            raise failures[0]
        return self

    def close(self) -> None:
        """Stop listening and drop every connection; safe to call twice."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), loop)
        thread.join(timeout=5)
        loop.close()
        self._loop = self._thread = self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Addresses

    @property
    def url(self) -> str:
        """The root address, without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The address OpenAI clients take: `http://127.0.0.1:<port>/v1`."""
        return f"{self.url}/v1"

    def env(self) -> dict[str, str]:
        """Environment variables that point OpenAI, Anthropic and Gemini clients (and Wherry) at this server."""
        return {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": "replay-key",
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "replay-key",
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "GOOGLE_API_KEY": "replay-key",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    @contextmanager
    def environment(self) -> Iterator[dict[str, str]]:
        """Set `env()` in this process for the length of the block, then put back what was there."""
        wanted = self.env()
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield wanted
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    # Script and records

    def add(self, *replies: Any) -> None:
        """Append replies to the script."""
        self._script.extend(replies)

    def reset(self, replies: Iterable[Any] = ()) -> None:
        """Begin anew with another script: records and counters are forgotten; address and connections stay."""
        with self._arrived:
            self.requests, self.refused, self.request_count = [], [], 0
            self._written = {}
            self._script = ScriptQueue(replies)

    def wait_for(self, count: int, timeout: float = 5.0) -> list[RecordedRequest]:
        """Block until `count` requests have arrived and return them.

        Raises:
            TimeoutError: When fewer arrived in `timeout` seconds.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: self.request_count >= count, timeout):
                raise TimeoutError(f"replay server: {self.request_count} of {count} requests after {timeout} s")
            return list(self.requests)

    def problems(self) -> list[str]:
        """What does not fit so far: every refused request, and every reply not asked for often enough."""
        return [*self.refused, *self._script.unused()]

    def assert_done(self) -> None:
        """Check that every request was expected and every reply was used.

        Raises:
            ReplayMismatch: Naming each refused request with the difference, and each unused reply.
        """
        found = self.problems()
        if found:
            raise ReplayMismatch("\n".join(["the script and the requests do not fit:", *found]))

    # Answering (in the loop's thread)

    def _connection(self) -> Connection:
        return Connection(self._answer, self._connections)

    async def _stop(self) -> None:
        """Drop every connection and stop listening, between two connections.

        One that asyncio has half accepted when its server is closed would never be closed itself.
        """
        while self._connections or len(asyncio.all_tasks()) > 1:
            for connection in list(self._connections):
                connection.close()
            await asyncio.sleep(0)
        if self._server is not None:
            self._server.close()
        asyncio.get_running_loop().stop()

    def _answer(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Answer:
        path, _, query = target.partition("?")
        dialect = dialect_of(path)
        with self._arrived:
            request = RecordedRequest(
                self.request_count, method, path, _clean_query(query), without_secrets(headers), _decoded(raw), dialect
            )
            self.request_count += 1
            if self._record:
                self.requests.append(request)
            self._arrived.notify_all()
        if method == "GET":
            return _json_answer(200, {"object": "list", "data": []} if path.endswith("/models") else {"status": "ok"})
        if request.unfit:  # no reply is used up by what no model would answer
            what = f"replay: request {request.n} ({method} {path}) fits no model: {request.unfit}"
            return self._refuse(request, f"{what}\nNext: correct what the code asks.")
        try:
            return self._reply_to(request)
        except Exception as error:  # noqa: BLE001 - a reply function may raise anything; its author must see it, and the thread must live
            return self._refuse(
                request, f"replay: answering request {request.n} raised {type(error).__name__}: {error}"
            )

    def _reply_to(self, request: RecordedRequest) -> Answer:
        scripted = self._script.take(request)
        if scripted is None and request.dialect in UNSCRIPTED:
            scripted = Reply()
        elif scripted is None and self._fallback is not None:
            scripted = Reply.read(self._fallback(request), "fallback()")
        if scripted is None:
            return self._refuse(request, self._script.refusal(request))
        scripted = scripted.filled(request)
        dialect = DIALECTS[request.dialect]
        if scripted.status >= ERROR_STATUS:
            return _failure(dialect, scripted)
        answer = _raw_answer(scripted) if scripted.raw is not None else self._worded(scripted, request, dialect)
        return self._paced(answer, scripted, request)

    def _worded(self, reply: Reply, request: RecordedRequest, dialect: Dialect) -> Answer:
        stamp = self._stamp(request)
        if reply.times == 1 or reply.capture or request.reply is None or request.dialect == "responses":
            written = _write(reply.numbered(stamp), request, dialect, stamp)
        else:  # a reply used again and again is written once, and only its number is put in
            body = request.body if isinstance(request.body, dict) else {}
            key = (request.reply, request.dialect, request.stream, request.model, repr(body.get("stream_options")))
            if key not in self._written:
                self._written[key] = _write(reply.numbered(_STAMP), request, dialect, _STAMP)
            written = _renumber(self._written[key], stamp.encode())
        kind = "text/event-stream" if isinstance(written, list) else "application/json"
        head = _head(reply.status, {"content-type": kind, **reply.headers})
        return Answer(head, frames=written) if isinstance(written, list) else Answer(head, written)

    def _stamp(self, request: RecordedRequest) -> str:
        """Numbers ids by the reply's place in the script: they must not depend on the order of concurrent requests."""
        if request.reply is None:
            return f"n{request.n}"
        used = self._script.used[request.reply]
        return str(request.reply) if used == 1 else f"{request.reply}-{used}"

    def _paced(self, answer: Answer, reply: Reply, request: RecordedRequest) -> Answer:
        speed = reply.tokens_per_second or self._speed
        answer.think = reply.think or self._think
        answer.cut_after, answer.split_bytes = reply.cut_after, reply.split_bytes
        answer.delays = reply.timing or ([1.0 / speed] * len(answer.frames) if speed else ())

        def lost() -> None:
            request.disconnected = True

        answer.on_lost = lost
        return answer

    def _refuse(self, request: RecordedRequest, message: str) -> Answer:
        self.refused.append(message)
        body = DIALECTS[request.dialect].failure(MISMATCH_STATUS, message)
        return _json_answer(MISMATCH_STATUS, body, {"x-should-retry": "false"})


def _write(reply: Reply, request: RecordedRequest, dialect: Dialect, stamp: str) -> bytes | list[bytes]:
    if request.stream:
        return list(dialect.stream(reply, request, stamp))
    return dumps_exact(dialect.whole(reply, request, stamp))


def _renumber(written: bytes | list[bytes], stamp: bytes) -> bytes | list[bytes]:
    mark = _STAMP.encode()
    return (
        [frame.replace(mark, stamp) for frame in written] if isinstance(written, list) else written.replace(mark, stamp)
    )


def _raw_answer(reply: Reply) -> Answer:
    if isinstance(reply.raw, list):
        frames = [
            item.encode() if isinstance(item, str) else b"data: " + orjson.dumps(item) + b"\n\n" for item in reply.raw
        ]
        return Answer(_head(reply.status, {"content-type": "text/event-stream", **reply.headers}), frames=frames)
    if isinstance(reply.raw, str):
        return Answer(_head(reply.status, {"content-type": reply.content_type, **reply.headers}), reply.raw.encode())
    return Answer(_head(reply.status, {"content-type": "application/json", **reply.headers}), orjson.dumps(reply.raw))


def _failure(dialect: Dialect, reply: Reply) -> Answer:
    body = (
        reply.error
        if isinstance(reply.error, dict)
        else dialect.failure(reply.status, str(reply.error or f"scripted error {reply.status}"))
    )
    return replace(_json_answer(reply.status, body, reply.headers), think=reply.think, cut_after=reply.cut_after)


def _json_answer(status: int, body: Any, headers: Any = None) -> Answer:
    return Answer(_head(status, {"content-type": "application/json", **(headers or {})}), orjson.dumps(body))


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {_REASONS.get(status, 'Replayed')}\r\n{lines}".encode("latin-1")


def _decoded(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return loads_exact(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")


def _clean_query(query: str) -> str:
    if "key" not in query and "token" not in query:
        return query
    pairs = [(name, REMOVED if "key" in name or "token" in name else value) for name, value in parse_qsl(query)]
    return urlencode(pairs, quote_via=quote, safe="[]")
