"""What a request to the run endpoint costs: Wherry beside AgentOS, and Wherry with telemetry beside Wherry without.

Each turn is a server in a process of its own, its clients in another, a scripted model in a third; the sides take
turns. Processor time and memory are the server's alone, so they hold on a busy machine, too; requests a second do not.

    python benchmarks/serving_cost.py agentos --concurrent 32 100
    python benchmarks/serving_cost.py telemetry --concurrent 100
    python benchmarks/serving_cost.py telemetry --concurrent 100 --detail runs

`agentos` posts AgentOS's own form (`POST /agents/{id}/runs`, multipart, not streamed) to both. `telemetry` runs an
agent with a tool on SQLite, with and without the recorder, and exits with 1 when an event was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from wherry.testing import ReplayServer
from wherry_portal.bench.children.serving import listening

ANSWER = "Rising."
CALL = {"tool_calls": [{"name": "tide_at", "arguments": {"place": "Wroxham"}}]}
WARM_UP = 100
SIDES = {"agentos": ("agno", "wherry"), "telemetry": ("off", "on")}
EVENTS = {"all": 9, "ends": 2, "runs": 1}  # of a run with one tool call


def tide_at(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def application(order: dict[str, Any]) -> tuple[Any, Any]:
    """What a side serves, and its recorder if it has one."""
    name = order["side"] if order["what"] == "agentos" else "wherry"
    found = {path: importlib.import_module(f"{name}.{path}") for path in ("agent", "models.openai", "os", "db.sqlite")}
    model = found["models.openai"].OpenAIChat(id="m", api_key="none", base_url=order["model"])
    more: dict[str, Any] = {}
    if order["what"] == "telemetry":
        more = {"tools": [tide_at], "db": found["db.sqlite"].SqliteDb(db_file=f"{order['folder']}/s.db")}
    agent = found["agent"].Agent(id="pilot", name="Pilot", model=model, instructions="Be brief.", **more)
    desk = found["os"].AgentOS(agents=[agent], telemetry=False)
    if order["side"] != "on":
        return desk.get_app(), None
    from wherry.api import create_app
    from wherry.telemetry import Recorder, TelemetryStore

    recorder = Recorder(TelemetryStore(f"{order['folder']}/s.db"), detail=order["detail"])
    return create_app(desk.as_service(), recorder=recorder), recorder


def most_megabytes() -> float:
    """Most memory that this process has held."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def serve(order: dict[str, Any]) -> None:
    """One turn, in the process of the server; prints what it cost."""
    import uvicorn

    app, recorder = application(order)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", access_log=False)

    async def turn() -> None:
        server = uvicorn.Server(config)
        serving = await listening(server, [listener])
        port = listener.getsockname()[1]
        await clients({**order, "port": port, "runs": WARM_UP})
        before = time.process_time()
        told = await clients({**order, "port": port})
        told["cpu_ms"] = (time.process_time() - before) / order["runs"] * 1000
        told["rss_mb"] = most_megabytes()
        server.should_exit = True
        await serving
        if recorder is not None:
            told |= {"recorded": recorder.recorded, "dropped": recorder.dropped}
            told["missing"] = (order["runs"] + WARM_UP) * EVENTS[order["detail"]] - recorder.recorded
        print(json.dumps(told))

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(turn())


async def clients(order: dict[str, Any]) -> dict[str, Any]:
    """Let the clients do their requests in a process of their own."""
    words = [sys.executable, __file__, "--clients", json.dumps(order)]
    child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    told: dict[str, Any] = json.loads(said)
    return told


async def post(order: dict[str, Any]) -> None:
    """So many requests, so many at a time; prints how long they took."""
    import aiohttp

    seconds: list[float] = []
    left = iter(range(order["runs"]))
    address = f"http://127.0.0.1:{order['port']}/agents/pilot/runs"

    async def lane(number: int) -> None:
        for _ in left:
            form = aiohttp.FormData(default_to_multipart=True)
            for name, value in (("message", "Tide?"), ("stream", "false"), ("session_id", f"lane-{number}")):
                form.add_field(name, value)
            began = time.perf_counter()
            async with session.post(address, data=form) as answer:
                said = await answer.json()
            if said["content"] != ANSWER:
                raise RuntimeError(f"the server answered {said!r}")
            seconds.append(time.perf_counter() - began)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()
        await asyncio.gather(*(lane(number) for number in range(order["concurrent"])))
        took = time.perf_counter() - began
    seconds.sort()
    print(json.dumps({"per_second": len(seconds) / took, "p95_ms": seconds[int(len(seconds) * 0.95)] * 1000}))


def measured(asked: argparse.Namespace, concurrent: int, model: str) -> dict[str, Any]:
    """Medians of each side, and of the ratios of the rounds."""
    what, runs, rounds = asked.what, asked.runs, asked.rounds
    turns: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES[what]}
    for number in range(rounds):
        for side in SIDES[what] if number % 2 else reversed(SIDES[what]):
            with tempfile.TemporaryDirectory() as folder:
                share = max(concurrent * 2, runs // 8) if side == "agno" else runs
                order = {"what": what, "side": side, "model": model, "folder": folder}
                order |= {"concurrent": concurrent, "runs": share, "detail": asked.detail}
                words = [sys.executable, __file__, "--serve", json.dumps(order)]
                done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - this file
                turns[side].append(json.loads(done.stdout.splitlines()[-1]))
    first, second = (turns[side] for side in SIDES[what])
    found: dict[str, Any] = {"what": what, "concurrent": concurrent, "runs": runs, "rounds": rounds}
    for metric in ("cpu_ms", "per_second", "p95_ms", "rss_mb"):
        found |= {f"{side}_{metric}": round(median(turn[metric] for turn in turns[side]), 2) for side in turns}
        found[f"{metric}_ratio"] = round(median(b[metric] / a[metric] for a, b in zip(first, second, strict=True)), 3)
    if what == "telemetry":
        found |= {name: sum(turn[name] for turn in second) for name in ("recorded", "dropped", "missing")}
    return found


def main() -> int:
    """Run it as the command line asks."""
    if sys.argv[1:2] == ["--serve"]:
        serve(json.loads(sys.argv[2]))
        return 0
    if sys.argv[1:2] == ["--clients"]:
        asyncio.run(post(json.loads(sys.argv[2])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(SIDES))
    parser.add_argument("--concurrent", type=int, nargs="+", default=[32, 100])
    parser.add_argument("--runs", type=int, default=2000, help="requests of a turn; AgentOS does an eighth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--detail", choices=sorted(EVENTS), default="all", help="what the recorder records of a run")
    asked = parser.parse_args()
    asking: list[Any] = [{**CALL, "when": {"contains": "Tide?", "last": True}, "times": "forever"}]
    script = [*(asking if asked.what == "telemetry" else ()), {"content": ANSWER, "times": "forever"}]
    lost = 0
    with ReplayServer(script, record=False) as model:
        for concurrent in asked.concurrent:
            found = measured(asked, concurrent, model.base_url)
            lost += found.get("dropped", 0) + found.get("missing", 0)
            print(json.dumps(found), flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
