"""Runs asked for over HTTP: the server is the measured process, its clients are another one.

Both runtimes serve AgentOS's own endpoint, `POST /agents/{id}/runs`, with the same form. Imported by `turn`; started as
a file it is the clients.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
import sys
import time
from typing import Any

WARM_UP = 20


def application(order: dict[str, Any]) -> Any:
    """What a side serves."""
    agent = importlib.import_module("subjects").agent(order)
    made = importlib.import_module(f"{order['runtime']}.os").AgentOS(agents=[agent], telemetry=False)
    return made.get_app()


def turn(order: dict[str, Any]) -> dict[str, float]:
    """Serve so many runs and say what they cost this process."""
    uvicorn = importlib.import_module("uvicorn")
    config = uvicorn.Config(application(order), log_level="error", access_log=False)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    async def serve() -> dict[str, float]:
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
            await asyncio.sleep(0.01)
        there = {**order, "port": listener.getsockname()[1]}
        await clients({**there, "runs": max(WARM_UP, order["concurrent"])})
        before = time.process_time()
        found = await clients(there)
        spent = time.process_time() - before
        found |= {"cpu_ms_per_run": spent / order["runs"] * 1000, "cpu_percent": spent / found.pop("took") * 100}
        server.should_exit = True
        await serving
        return found

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        return runner.run(serve())


async def clients(order: dict[str, Any]) -> dict[str, float]:
    """Let the clients ask in a process of their own."""
    words = [sys.executable, __file__, json.dumps(order)]
    child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError("the clients of the server failed")
    told: dict[str, float] = json.loads(said)
    return told


async def ask(order: dict[str, Any]) -> dict[str, float]:
    """So many requests, so many at a time, each lane a session: how long they took."""
    aiohttp = importlib.import_module("aiohttp")
    seconds: list[float] = []
    left = iter(range(order["runs"]))
    address = f"http://127.0.0.1:{order['port']}/agents/pilot/runs"

    async def lane(number: int) -> None:
        for _ in left:
            form = aiohttp.FormData(default_to_multipart=True)
            for name, value in (
                ("message", "When is high water?"),
                ("stream", "false"),
                ("session_id", f"lane-{number}"),
            ):
                form.add_field(name, value)
            began = time.perf_counter()
            async with session.post(address, data=form) as answer:
                said = await answer.json()
            if said["content"] != order["answer"]:
                raise RuntimeError(f"the server answered {said!r}")
            seconds.append(time.perf_counter() - began)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()
        await asyncio.gather(*(lane(number) for number in range(order["concurrent"])))
        took = time.perf_counter() - began
    seconds.sort()
    count = len(seconds)
    parts = {f"p{part}_ms": seconds[int(count * part / 100)] * 1000 for part in (50, 95, 99)}
    return {**parts, "runs_per_s": count / took, "took": took}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(ask(json.loads(sys.argv[1])))))
