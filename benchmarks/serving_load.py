"""How `wherry serve` holds out: concurrent runs for some time, and optionally a kill -9 in the middle.

Starts a replay server as the model, a server in a process of its own, and clients in this one; ends with a line of
JSON that says when, on how many cores and beside what load it was measured. With `--kill` every run that was
acknowledged, before and after, is read again at the end, session by session, which takes as many seconds more as it
says: `lost` counts those that are gone. Exit status 1 when a request failed (other than by the kill), or a run was
lost.

    taskset -c 0,1 python benchmarks/serving_load.py --seconds 300 --concurrent 100
    python benchmarks/serving_load.py --seconds 60 --kill --db postgresql://…
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Any

import aiohttp
import psutil

from wherry.testing import ReplayServer

COMMAND = "import sys; from wherry_portal.cli import main; sys.exit(main())"
RUNS = "/v1/runtime/wherry/agents/ada:run"
KEPT = "/agents/ada/runs"
STARTS = 60
"""Seconds after which a server that does not say where it listens has failed."""
MANIFEST = "{id: ada, model_ref: 'openai:m', memory_policy: {persist: true, window_size: 3}}"


@dataclass
class Seen:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    """Of each session, the runs."""
    errors: list[str] = field(default_factory=list)
    broken_off: int = 0
    memory: list[float] = field(default_factory=list)


class Server:
    """`wherry serve` in a process of its own, on one port and one database through all its lives."""

    def __init__(self, folder: Path, model: ReplayServer, db: str) -> None:
        (folder / "desk.yaml").write_text(MANIFEST)
        self.folder, self.db, self.port = folder, db, 0
        self.environment = {**os.environ, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": model.base_url}
        self.down, self.lives = False, 0
        self.start()

    def start(self) -> None:
        """Begin a life."""
        words = ["serve", "desk.yaml", "--port", str(self.port), "--db", self.db]
        self.child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", COMMAND, *words],
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )
        late = Timer(STARTS, self.child.kill)
        late.start()
        line = self.child.stdout.readline() if self.child.stdout else ""
        late.cancel()
        if not line:
            raise RuntimeError(
                f"the server did not listen within {STARTS} s, or ended with {self.child.wait()}: see above"
            )
        self.address = line.split()[2]
        self.port = int(self.address.rpartition(":")[2])
        self.down, self.lives = False, self.lives + 1

    def kill(self) -> None:
        """End a life the hard way."""
        self.down, self.lives = True, self.lives + 1
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def megabytes(self) -> float:
        """Resident memory."""
        return float(psutil.Process(self.child.pid).memory_info().rss) / 1e6


async def client(number: int, server: Server, session: aiohttp.ClientSession, seen: Seen, end: float) -> None:
    """One client that asks again and again, each five times in one session."""
    count = 0
    while monotonic() < end:
        where = f"s{number}-{count // 5}"
        body = {"input": "Hi", "sessionId": where}
        count += 1
        began, life = monotonic(), server.lives
        try:
            async with session.post(f"{server.address}{RUNS}", json=body) as answer:
                said = await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            if server.down or server.lives != life:
                seen.broken_off += 1  # in flight when the server was killed: never acknowledged
            else:
                seen.errors.append(repr(error))
            await asyncio.sleep(0.2)
            continue
        if answer.status != 200 or said["status"] != "COMPLETED":
            seen.errors.append(str(said)[:300])
            continue
        seen.seconds.append(monotonic() - began)
        seen.acknowledged.setdefault(where, set()).add(said["runId"])


async def watch(server: Server, seen: Seen, end: float, kill_at: float | None) -> None:
    """Note the memory each second; kill the server once, and start it again."""
    while (now := monotonic()) < end:
        if kill_at is not None and now >= kill_at:
            kill_at = None
            server.kill()
            await asyncio.to_thread(server.start)
        seen.memory.append(server.megabytes())
        await asyncio.sleep(1)


async def lost(server: Server, session: aiohttp.ClientSession, seen: Seen) -> int:
    """How many acknowledged runs the server does not know any more."""
    gate = asyncio.Semaphore(20)

    async def gone(where: str, runs: set[str]) -> int:
        async with gate, session.get(f"{server.address}{KEPT}", params={"session_id": where}) as answer:
            there = await answer.json() if answer.status == 200 else []
        return len(runs - {run["run_id"] for run in there if run["content"] == "An answer."})

    return sum(await asyncio.gather(*(gone(*each) for each in seen.acknowledged.items())))


async def load(server: Server, asked: argparse.Namespace) -> dict[str, Any]:
    """Put the load on a server; the figures."""
    seen, began = Seen(), monotonic()
    end = began + asked.seconds
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(120)) as session:
        clients = [client(number, server, session, seen, end) for number in range(asked.concurrent)]
        await asyncio.gather(watch(server, seen, end, began + asked.seconds / 2 if asked.kill else None), *clients)
        took = monotonic() - began
        async with session.get(f"{server.address}/v1/runtime/wherry/telemetry/metrics") as answer:
            told = await answer.json()
        began = monotonic()
        gone = await lost(server, session, seen) if asked.kill else None
    ordered = sorted(seen.seconds)
    third = len(seen.memory) // 3
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": [round(one, 1) for one in os.getloadavg()],
        "concurrent": asked.concurrent,
        "seconds": round(took, 1),
        "killed": asked.kill,
        "runs": len(ordered),
        "runs_per_second": round(len(ordered) / took, 1),
        "errors": len(seen.errors),
        "first_error": seen.errors[0] if seen.errors else None,
        "broken_off_by_the_kill": seen.broken_off,
        "p50_ms": round(statistics.median(ordered) * 1000),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1000),
        "megabytes_second_third": round(statistics.mean(seen.memory[third : 2 * third]), 1),
        "megabytes_last_third": round(statistics.mean(seen.memory[2 * third :]), 1),
        "events_dropped": told["dropped"],
        "lost": gone,
        "seconds_of_reading_again": round(monotonic() - began, 1) if asked.kill else None,
    }


def main() -> int:
    """Run it as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--concurrent", type=int, default=100)
    parser.add_argument("--db", default="load.db", help="SQLite file in a folder that is thrown away, or a URL")
    parser.add_argument("--kill", action="store_true", help="kill -9 the server half-way, start it again")
    asked = parser.parse_args()
    script = [{"content": "An answer.", "times": "forever"}]
    with tempfile.TemporaryDirectory() as folder, ReplayServer(script) as model:
        server = Server(Path(folder), model, asked.db)
        try:
            figures = asyncio.run(load(server, asked))
        finally:
            server.kill()
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return 1 if figures["errors"] or figures["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
