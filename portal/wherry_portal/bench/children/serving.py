"""Runs asked for over HTTP: the server is the measured process, its clients are another one.

Both runtimes serve AgentOS's own endpoint, `POST /agents/{id}/runs`, with the same form. The clients share the
processors with the server, so they do no more than write a request that was made before and read an answer. Imported
by `turn`; started as a file it is the clients.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import socket
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Part = dict[str, Any]

WARM_UP = 20
STARTS = 60.0
"""Seconds after which a server that does not listen has failed; a busy machine takes ten."""
LOOKS = 0.05
"""Seconds between two looks at the memory."""
LINE = 1 << 24
"""Most bytes of what the clients say of a part: one number for each run."""
BOUNDARY = "wherry-bench"


def application(order: dict[str, Any]) -> Any:
    """What a side serves."""
    agent = importlib.import_module("subjects").agent(order)
    made = importlib.import_module(f"{order['runtime']}.os").AgentOS(agents=[agent], telemetry=False)
    return made.get_app()


def as_served(runtime: str) -> tuple[dict[str, Any], Callable[[], None]]:
    """What a runtime's own server sets beside the application, and does once it has started.

    `wherry serve` reads requests with limits and takes what is there out of garbage collection; `AgentOS.serve` of Agno
    hands the application to uvicorn and nothing else.
    """
    if runtime != "wherry":
        return {}, lambda: None
    protocol = importlib.import_module("wherry.api.heads").limited_protocol()
    begun: Callable[[], None] = importlib.import_module("wherry.api.listening").keep_what_is_there
    return {"http": protocol, "ws": "none"}, begun


def turn(
    order: dict[str, Any],
    answers: Callable[[Callable[[], Awaitable[Part]]], Awaitable[None]],
    settle: Callable[[], None] = lambda: None,
) -> None:
    """Serve, and measure parts of blocks of runs while `answers` asks for them.

    `settle` does what the runs have left to be done later; its processor time is theirs.
    """
    uvicorn = importlib.import_module("uvicorn")
    more, begun = as_served(order["runtime"])
    config = uvicorn.Config(application(order), log_level="error", access_log=False, **more)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    async def serve() -> None:
        server = uvicorn.Server(config)
        serving = await listening(server, [listener])
        begun()
        async with clients({**order, "port": listener.getsockname()[1]}) as ask_for:
            await ask_for(max(WARM_UP, order["concurrent"]))

            async def part() -> Part:
                held: list[float] = []
                looking, before = asyncio.create_task(looks(held)), time.process_time()
                found = await ask_for(order["runs"])
                looking.cancel()
                settle()
                return {**found, "cpu": time.process_time() - before, "held": sum(held), "looks": len(held)}

            await answers(part)
        server.should_exit = True
        await serving

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())


async def looks(held: list[float]) -> None:
    """Look every now and then how much memory the process holds, until it is cancelled."""
    timed = importlib.import_module("timed")
    while True:
        held.append(timed.rss_mb())
        await asyncio.sleep(LOOKS)


class FirstWords(logging.Handler):
    """What a server has met first; what it says after that is that it ends."""

    said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the last line: an application that does not start is told with its whole traceback."""
        self.said = self.said or (record.getMessage().strip().splitlines() or [""])[-1]


async def listening(server: Any, sockets: list[socket.socket], seconds: float = STARTS) -> asyncio.Task[None]:
    """Start a server of uvicorn, and wait until it listens.

    Args:
        server: The server; `started` is how uvicorn tells.
        sockets: On which it is to listen.
        seconds: So long at most.

    Returns:
        What serves until the server's `should_exit`.

    Raises:
        RuntimeError: It ended before, or is not there in time; with what it has met.
    """

    async def serve() -> None:
        try:
            await server.serve(sockets=sockets)
        except SystemExit:  # so it ends when it cannot start; the loop of events would end with it
            return

    log, words, serving = logging.getLogger("uvicorn.error"), FirstWords(), asyncio.create_task(serve())
    log.addHandler(words)
    try:
        end = time.monotonic() + seconds
        while not server.started:
            if serving.done():
                met = serving.exception() or words.said or "it said nothing"
                raise RuntimeError(f"the server ended before it listened: {met}")
            if time.monotonic() > end:
                serving.cancel()
                raise RuntimeError(f"the server does not listen after {seconds:g} s: {words.said or 'it said nothing'}")
            await asyncio.sleep(0.01)
    finally:
        log.removeHandler(words)
    return serving


@asynccontextmanager
async def clients(order: dict[str, Any]) -> AsyncIterator[Callable[[int], Awaitable[Part]]]:
    """Clients in a process of their own: a function that lets them ask so many times.

    Raises:
        RuntimeError: They failed; with what they met, if they could tell.
    """
    words = [sys.executable, __file__, json.dumps(order)]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, limit=LINE)
    to, heard = child.stdin, child.stdout
    if to is None or heard is None:
        raise RuntimeError("the clients of the server have no pipes")

    async def ask_for(runs: int) -> Part:
        to.write(b"%d\n" % runs)
        await to.drain()
        said = await heard.readline()
        if not said:
            raise RuntimeError("the clients of the server failed")
        told: Part = json.loads(said)
        if "error" in told:
            raise RuntimeError(told["error"])
        return told

    try:
        yield ask_for
    finally:
        to.close()
        await child.wait()


async def ask(order: dict[str, Any], runs: int) -> Part:
    """So many requests, so many at a time, each lane a session and a connection: how long they took."""
    seconds: list[float] = []
    left = iter(range(runs))

    async def lane(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", order["port"])
        asked = request(order["port"], f"lane-{number}")
        for _ in left:
            began = time.perf_counter()
            writer.write(asked)
            said = await answer(reader)
            seconds.append(time.perf_counter() - began)
            if said.get("content") != order["answer"]:
                raise RuntimeError(f"the server answered {said!r}")
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(lane(number) for number in range(order["concurrent"])))
    return {"seconds": seconds, "runs": len(seconds), "wall": time.perf_counter() - began}


def request(port: int, session: str) -> bytes:
    """A request as clients of AgentOS write it: a form in parts, not streamed."""
    fields = {"message": "When is high water?", "stream": "false", "session_id": session}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = f"{''.join(parts)}--{BOUNDARY}--\r\n"
    head = f"POST /agents/pilot/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nContent-Length: {len(body)}"
    return f"{head}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n{body}".encode()


async def answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Read one answer.

    Raises:
        RuntimeError: It is no success, or does not say how long it is.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    if head.split(b" ", 2)[1] != b"200" or not length:
        raise RuntimeError(f"the server answered {head!r}")
    said: dict[str, Any] = json.loads(await reader.readexactly(int(length)))
    return said


def main() -> None:
    """Be the clients: each line that is read says how many runs to ask for."""
    order = json.loads(sys.argv[1])
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            try:
                said = runner.run(ask(order, int(line)))
            except (RuntimeError, OSError, EOFError) as error:  # whoever asked tells it
                said = {"error": str(error)}
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
