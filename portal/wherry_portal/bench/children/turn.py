"""One turn of one scenario, in a process of its own: prints one line of JSON.

Started by `measure` as a file, so that nothing of the portal is in the measured process. What is measured is made by
`subjects` (a runtime, known by its name only) or `bare` (the same requests by hand); here it is timed.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import resource
import sys
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    One = Callable[[str], Awaitable[int]]

WARM_UP = 5
KILOBYTES = 1024
TRACED = 200


def main() -> None:
    """Measure what the first argument says and print it."""
    order = json.loads(sys.argv[1])
    found: dict[str, float] = {}
    if order["runtime"] == "bare":
        found.update(asyncio.run(_bare(order)))
    elif order["kind"] == "import":
        started = time.perf_counter()
        importlib.import_module(f"{order['runtime']}.agent")
        importlib.import_module(f"{order['runtime']}.models.openai")
        found["seconds"] = time.perf_counter() - started
    else:
        subjects = importlib.import_module("subjects")
        if order["kind"] == "construct":
            found.update(construct(lambda: subjects.agent(order), order["runs"]))
        else:
            found.update(asyncio.run(runs(subjects.subject(order), order)))
    found["rss_mb"] = peak_rss_mb()
    print(json.dumps(found))


def peak_rss_mb() -> float:
    """Most memory this process has held; `ru_maxrss` alone would start with what the parent held when it forked."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kilobytes) / KILOBYTES


def construct(make: Callable[[], Any], count: int) -> dict[str, float]:
    """Time and bytes of making one object, of which many are kept."""
    for _ in range(WARM_UP):
        make()
    gc.collect()
    begun = time.process_time()
    kept = [make() for _ in range(count)]
    spent = time.process_time() - begun
    del kept
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(TRACED)]
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return {"us_per_object": spent / count * 1e6, "bytes_per_object": held / len(kept)}


async def _bare(order: dict[str, Any]) -> dict[str, float]:
    async with importlib.import_module("bare").client(order) as one:
        return await runs(one, order)


async def runs(one: One, order: dict[str, Any]) -> dict[str, float]:
    """Latencies, processor time and tokens of many runs: `concurrent` lanes, each with a session of its own."""
    for _ in range(WARM_UP):
        await one("warm-up")
    latencies: list[float] = []

    async def lane(number: int) -> int:
        tokens = 0
        session = order["session"] or f"lane-{number}"
        for _ in range(order["runs"] // order["concurrent"]):
            begun = time.perf_counter()
            tokens += await one(session)
            latencies.append(time.perf_counter() - begun)
        return tokens

    cpu, wall = time.process_time(), time.perf_counter()
    tokens = await asyncio.gather(*(lane(number) for number in range(order["concurrent"])))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    latencies.sort()
    return {
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p95_ms": latencies[int(len(latencies) * 0.95)] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "cpu_ms_per_run": cpu / len(latencies) * 1000,
        "cpu_percent": cpu / wall * 100,
        "runs_per_s": len(latencies) / wall,
        "tokens_per_s": sum(tokens) / wall,
    }


if __name__ == "__main__":
    main()
