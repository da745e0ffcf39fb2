"""One turn of one scenario, in a process of its own: prints one line of JSON. Knows both runtimes by their name only.

Started by `measure` as a file, so that nothing of the portal is in the measured process.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

WARM_UP = 5
MEGABYTE = 1024  # in the kernel's kilobytes


def tide_at(place: str, hour: int = 12) -> str:
    """Tide at a place.

    Args:
        place: Name of the place.
        hour: Hour of the day.
    """
    return f"{place} at {hour}: rising"


def main() -> None:
    """Measure what the first argument says and print it."""
    order = json.loads(sys.argv[1])
    started = time.perf_counter()
    agent_class = importlib.import_module(f"{order['runtime']}.agent").Agent
    model_class = importlib.import_module(f"{order['runtime']}.models.openai").OpenAIChat
    seconds = time.perf_counter() - started
    found: dict[str, float] = {"seconds": seconds}
    if order["kind"] == "run":
        model = model_class(id="gpt-5-mini", api_key="none", base_url=order["base_url"])
        tools = [tide_at] if order["tool"] else None
        agent = agent_class(model=model, name="Pilot", instructions="Be brief.", tools=tools, telemetry=False)
        found.update(asyncio.run(runs(agent, order)))
    found["rss_mb"] = peak_rss_mb()
    print(json.dumps(found))


def peak_rss_mb() -> float:
    """Most memory this process has held; `ru_maxrss` alone would start with what the parent held when it forked."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kilobytes) / MEGABYTE


async def runs(agent: Any, order: dict[str, Any]) -> dict[str, float]:
    """Latencies, processor time and tokens of many runs."""
    for _ in range(WARM_UP):
        await one(agent, order)
    gate = asyncio.Semaphore(order["concurrent"])
    latencies: list[float] = []

    async def timed() -> int:
        async with gate:
            begun = time.perf_counter()
            tokens = await one(agent, order)
            latencies.append(time.perf_counter() - begun)
            return tokens

    cpu, wall = time.process_time(), time.perf_counter()
    tokens = await asyncio.gather(*(timed() for _ in range(order["runs"])))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    latencies.sort()
    return {
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p95_ms": latencies[int(len(latencies) * 0.95)] * 1000,
        "cpu_ms_per_run": cpu / order["runs"] * 1000,
        "tokens_per_s": sum(tokens) / wall,
    }


async def one(agent: Any, order: dict[str, Any]) -> int:
    """One run; how many pieces of text came.

    Raises:
        RuntimeError: The run did not end as the script says.
    """
    if order["stream"]:
        pieces = [event.content async for event in agent.arun("When is high water?", stream=True) if event.content]
        text, count = "".join(pieces), len(pieces)
    else:
        output = await agent.arun("When is high water?")
        text, count = output.content, 1
    if text != order["answer"]:
        raise RuntimeError(f"the run answered {text!r} instead of {order['answer']!r}")
    return count


if __name__ == "__main__":
    main()
