"""One scenario on Wherry, asked at even steps of its processor time at which line it is: prints JSON.

A sample belongs to the innermost function that a layer knows. Time in C (sockets, JSON, SQLite) is that of the function
which called it. Started by `layers` as a file.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import signal
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

WARM_UP = 20
STEP = 0.001
# The first prefix that a module's name has decides.
LAYERS = (
    ("wherry.wires.transport", "client"),
    ("wherry.wires.pools", "client"),
    ("wherry.wires.direct", "client"),
    ("wherry.wires.reply", "client"),
    ("wherry.wires", "encoding"),
    ("wherry.models", "encoding"),
    ("wherry.core.events.storing", "store"),
    ("wherry.core.events", "events"),
    ("wherry.core.tools", "tools"),
    ("wherry.core.agent.toolcalls", "tools"),
    ("wherry.core.threads", "tools"),
    ("wherry.core.sessions", "store"),
    ("wherry.core.agent.saving", "store"),
    ("wherry.stores", "store"),
    ("wherry", "loop"),
    ("subjects", "tools"),
    ("aiohttp", "client"),
    ("yarl", "client"),
    ("multidict", "client"),
    ("psycopg", "store"),
    ("asyncio", "asyncio"),
    ("selectors", "asyncio"),
)


class Samples:
    """Counts by layer."""

    def __init__(self) -> None:
        self.layers: Counter[str] = Counter()
        self.known: dict[str, str] = {}

    def take(self, _signal: int, frame: FrameType | None) -> None:
        """Count where the process is."""
        while frame is not None:
            layer = self.layer(frame.f_globals.get("__name__", ""))
            if layer:
                self.layers[layer] += 1
                return
            frame = frame.f_back
        self.layers["other"] += 1

    def layer(self, module: str) -> str:
        """The layer of a module; empty for those that work for whoever calls them."""
        found = self.known.get(module)
        if found is None:
            found = next((layer for prefix, layer in LAYERS if module.startswith(prefix)), "")
            self.known[module] = found
        return found


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Sample the runs that the order describes."""
    one = importlib.import_module("subjects").subject(order)
    for _ in range(WARM_UP):
        await one("warm-up")
    samples = Samples()
    signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, STEP, STEP)
    before = time.process_time()
    for _ in range(order["runs"]):
        await one("sampled")
    spent = time.process_time() - before
    signal.setitimer(signal.ITIMER_PROF, 0)
    return {"cpu_us": spent / order["runs"] * 1e6, "layers": samples.layers}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
