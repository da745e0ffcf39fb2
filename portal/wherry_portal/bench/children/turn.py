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

    One = Callable[[str], Awaitable[tuple[int, float]]]

WARM_UP = 5
KILOBYTES = 1024
TRACED = 200
SAMPLED = 10
SWEPT = 500


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
    elif order["kind"] == "serve":
        with importlib.import_module("subjects").recorded(order) as settle:
            found.update(importlib.import_module("serving").turn(order, settle))
    else:
        subjects = importlib.import_module("subjects")
        if order["kind"] == "construct":
            found.update(construct(lambda: subjects.agent(order), order["runs"]))
        else:
            with subjects.recorded(order) as settle:
                one = subjects.subject(order)
                found.update(asyncio.run(kept(one, order) if order["kind"] == "memory" else runs(one, order, settle)))
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
    """Time and bytes of making one object, of which many are kept, and how many objects it consists of."""
    for _ in range(WARM_UP):
        make()
    gc.collect()
    begun = time.process_time()
    kept = [make() for _ in range(count)]
    spent = time.process_time() - begun
    del kept
    gc.collect()
    alone = len(gc.get_objects())
    kept = [make() for _ in range(TRACED)]
    parts = (len(gc.get_objects()) - alone - 1) / len(kept)  # the list itself is one
    del kept
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(TRACED)]
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return {"us_per_object": spent / count * 1e6, "bytes_per_object": held / len(kept), "parts_per_object": parts}


async def _bare(order: dict[str, Any]) -> dict[str, float]:
    async with importlib.import_module("bare").client(order) as one:
        return await runs(one, order)


async def kept(one: One, order: dict[str, Any]) -> dict[str, float]:
    """`runs`, and what they leave behind in memory once garbage is collected."""
    await runs(one, {**order, "runs": order["runs"] // SAMPLED})
    objects, held = await alive(), rss_mb()
    found = await runs(one, order)
    found["objects_per_run"] = (await alive() - objects) / order["runs"]
    found["grown_mb"] = rss_mb() - held
    return found


async def alive() -> int:
    """Objects that are there once garbage is collected and the loop has swept its cancelled timers.

    It keeps them until there are many: up to a hundred that no run holds, more at one moment and fewer at another.
    """
    loop = asyncio.get_running_loop()
    for timer in [loop.call_later(3600, gc.collect) for _ in range(SWEPT)]:
        timer.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    return len(gc.get_objects())


async def runs(one: One, order: dict[str, Any], settle: Callable[[], None] = lambda: None) -> dict[str, float]:
    """Latencies, processor time and tokens of many runs: `concurrent` lanes, each with a session of its own.

    `settle` does what the runs have left to be done later; its processor time is theirs.
    """
    if order["tokens_per_second"]:  # one after the other they would take as long as the measurement
        await asyncio.gather(*(one("warm-up") for _ in range(WARM_UP)))
    else:
        for _ in range(WARM_UP):
            await one("warm-up")
    latencies: list[float] = []
    firsts: list[float] = []
    held: list[float] = []
    tokens = 0

    async def lane(number: int) -> None:
        nonlocal tokens
        session = order["session"] or f"lane-{number}"
        for _ in range(order["runs"] // order["concurrent"]):
            begun = time.perf_counter()
            count, first = await one(session)
            latencies.append(time.perf_counter() - begun)
            firsts.append(first)
            tokens += count
            if len(latencies) % SAMPLED == 0:
                held.append(rss_mb())

    written, cpu, wall = bytes_written(), time.process_time(), time.perf_counter()
    await asyncio.gather(*(lane(number) for number in range(order["concurrent"])))
    wall = time.perf_counter() - wall
    settle()
    cpu = time.process_time() - cpu
    written = bytes_written() - written
    latencies.sort()
    count = len(latencies)
    found = {
        "p50_ms": latencies[count // 2] * 1000,
        "p95_ms": latencies[int(count * 0.95)] * 1000,
        "p99_ms": latencies[int(count * 0.99)] * 1000,
        "cpu_ms_per_run": cpu / count * 1000,
        "cpu_percent": cpu / wall * 100,
        "runs_per_s": count / wall,
        "tokens_per_s": tokens / wall,
        "mean_rss_mb": sum(held) / len(held) if held else rss_mb(),
    }
    if order["stream"]:
        found["first_token_ms"] = sorted(firsts)[int(count * 0.95)] * 1000
    if order["tokens_per_second"]:
        found["served_share"] = found["tokens_per_s"] / (order["tokens_per_second"] * order["concurrent"])
    if order["db"] == "sqlite":  # written by this process; Postgres writes in its own
        found["written_kb_per_run"] = written / count / KILOBYTES
    return found


def rss_mb() -> float:
    """Memory held now; 0.0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / KILOBYTES**2


def bytes_written() -> int:
    """Bytes that this process has handed to files so far; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/io").read_text("ascii").splitlines()
    except OSError:
        return 0
    return int(next(line for line in lines if line.startswith("wchar")).split()[1])


if __name__ == "__main__":
    main()
