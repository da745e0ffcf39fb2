"""One turn of one scenario, in a process of its own that measures a part of a block whenever it is asked to.

Started by `turns` as a file, so that nothing of the portal is in the measured process. It says that it is ready,
answers each line `part` with one, and the line `end` with what is known of the process as a whole; each answer is one
line of JSON. What is measured is made by `subjects` (a runtime, known by its name only), `bare` (the same requests
by hand) or `in_order` (the same functions by hand).
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import time
import tracemalloc
from array import array
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from wherry_portal.bench.children import timed

    Found = dict[str, Any]
else:
    import timed  # beside this file, which is started by its path

TRACED = 200


def main() -> None:
    """Measure what the first argument says."""
    order = json.loads(sys.argv[1])
    order["runs"] //= order["parts"]
    if order["runtime"] == "bare" and order["telemetry"]:  # of a run with telemetry, telemetry alone is made by hand
        order |= {"runtime": "wherry", "telemetry": importlib.import_module("subjects").BY_HAND}
    tell = telling()
    if order["kind"] == "import":
        found = imported(order["runtime"])
        tell({})
        sys.stdin.readline()
        tell(found)
        return
    if order["kind"] == "construct":
        subjects = importlib.import_module("subjects")
        for found in constructed(lambda: subjects.agent(order), order["runs"]):
            tell(found)
        return
    with importlib.import_module("subjects").recorded(order) as settle:
        if order["kind"] == "serve":
            importlib.import_module("serving").turn(order, lambda part: answers(tell, part), settle)
        else:
            asyncio.run(ran(order, tell, settle))


def telling() -> Callable[[Found], None]:
    """A function that gives the asker an answer. Whatever else is printed in this process goes to its errors."""
    answers_go = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(found: Found) -> None:
        print(json.dumps(found), file=answers_go, flush=True)

    return tell


async def asked() -> str:
    """What is asked next; meanwhile the loop of events goes on, as that of an idle process does."""
    loop = asyncio.get_running_loop()
    waiting = asyncio.Event()
    loop.add_reader(0, waiting.set)
    try:
        await waiting.wait()
    finally:
        loop.remove_reader(0)
    return sys.stdin.readline().strip()


async def answers(tell: Callable[[Found], None], part: Callable[[], Awaitable[Found]], **whole: Any) -> None:
    """Answer until the end; `whole` is what is known of the process beside its memory."""
    tell({})
    while await asked() == "part":
        tell(await part())
    tell({**whole, "rss_mb": timed.peak_rss_mb()})


async def ran(order: dict[str, Any], tell: Callable[[Found], None], settle: Callable[[], None]) -> None:
    """Runs of a runtime, or by hand."""
    async with AsyncExitStack() as stack:
        if order["runtime"] == "bare" and order["kind"] == "steps":
            one = importlib.import_module("in_order").functions(order)
        elif order["runtime"] == "bare":
            one = await stack.enter_async_context(importlib.import_module("bare").client(order))
        else:
            one = importlib.import_module("subjects").subject(order)
        lanes = timed.Lanes(one, order, settle)
        await lanes.warm_up()
        if order["kind"] == "memory":
            await kept(lanes, order, tell)
        else:
            await answers(tell, lanes.part)


async def kept(lanes: timed.Lanes, order: dict[str, Any], tell: Callable[[Found], None]) -> None:
    """One block, and what it leaves behind in memory once garbage is collected, after a tenth as many runs before."""
    await timed.Lanes(lanes.one, {**order, "runs": order["runs"] // timed.SAMPLED}).part()
    objects, held = await timed.alive(), timed.rss_mb()
    tell({})
    left: Found = {}
    while await asked() == "part":
        found = await lanes.part()
        seconds = array("d", found.pop("seconds"))  # the latencies themselves are to take little of what is measured
        left["objects_per_run"] = (await timed.alive() - objects) / sum(lanes.begun)
        left["grown_mb"] = timed.rss_mb() - held
        tell({**found, "seconds": list(seconds)})
    tell({**left, "rss_mb": timed.peak_rss_mb()})


def imported(runtime: str) -> Found:
    """Seconds that it takes to import an agent and its model."""
    started = time.perf_counter()
    importlib.import_module(f"{runtime}.agent")
    importlib.import_module(f"{runtime}.models.openai")
    return {"seconds": time.perf_counter() - started, "rss_mb": timed.peak_rss_mb()}


def constructed(make: Callable[[], Any], count: int) -> Iterator[Found]:
    """Time of making one object, of which many are kept, each time it is asked; at the end its bytes and its parts."""
    for _ in range(timed.WARM_UP):
        make()
    yield {}
    while sys.stdin.readline().strip() == "part":
        gc.collect()
        begun = time.process_time()
        kept = [make() for _ in range(count)]
        yield {"cpu": time.process_time() - begun, "made": count}
        del kept
    gc.collect()
    alone = len(gc.get_objects())
    kept = [make() for _ in range(TRACED)]
    parts = (len(gc.get_objects()) - alone - 1) / len(kept)  # the list itself is one
    del kept
    peak = timed.peak_rss_mb()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(TRACED)]
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    yield {"bytes_per_object": held / len(kept), "parts_per_object": parts, "rss_mb": peak}


if __name__ == "__main__":
    main()
