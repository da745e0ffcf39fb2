"""Parts of blocks of runs, timed: `concurrent` lanes that each start their next run at once.

Imported by `turn`, in the measured process. A part says sums and lists only; what they come to
is worked out by whoever asked for it.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    One = Callable[[str], Awaitable[tuple[int, float]]]
    Part = dict[str, Any]

WARM_UP = 5
WARM_SECONDS = 0.01
KILOBYTES = 1024
SAMPLED = 10
SWEPT = 500


class Lanes:
    """Runs of one process, part after part.

    `settle` does what the runs have left to be done later; its processor time is theirs.
    """

    def __init__(self, one: One, order: dict[str, Any], settle: Callable[[], None] = lambda: None) -> None:
        self.one, self.order, self.settle = one, order, settle
        self.begun = [0] * order["concurrent"]
        """Runs of each lane so far."""

    async def warm_up(self) -> None:
        """A few runs before the first part; a paced model's take as long as a measurement if one follows the other."""
        if self.order["tokens_per_second"]:
            await asyncio.gather(*(self.one("warm-up") for _ in range(WARM_UP)))
            return
        for _ in range(WARM_UP):
            await self.one("warm-up")

    async def warm_again(self) -> None:
        """Runs that are not counted, since others have had the processors: on each side for as long, one at least."""
        begun = time.perf_counter()
        while True:
            await asyncio.gather(*(self.one("warm-up") for _ in range(min(WARM_UP, self.order["concurrent"]))))
            if time.perf_counter() - begun >= WARM_SECONDS:
                return

    def session(self, lane: int) -> str:
        """The session of a lane's next run: as many runs in each, however many a side does in all."""
        if self.order["session"]:
            return str(self.order["session"])
        each = self.order["session_runs"]
        return f"lane-{lane}-{self.begun[lane] // each}" if each else f"lane-{lane}"

    async def part(self) -> Part:
        """Latencies, processor time, tokens and memory of the next runs."""
        if any(self.begun) and not self.order["tokens_per_second"]:
            await self.warm_again()
        seconds: list[float] = []
        firsts: list[float] = []
        tokens = 0
        looked = Looks()

        async def lane(number: int) -> None:
            nonlocal tokens
            for _ in range(self.order["runs"] // self.order["concurrent"]):
                session = self.session(number)
                self.begun[number] += 1
                begun = time.perf_counter()
                count, first = await self.one(session)
                seconds.append(time.perf_counter() - begun)
                firsts.append(first)
                tokens += count
                if len(seconds) % SAMPLED == 0:
                    looked.look()

        written, cpu, wall = bytes_written(), time.process_time(), time.perf_counter()
        await asyncio.gather(*(lane(number) for number in range(self.order["concurrent"])))
        wall = time.perf_counter() - wall - looked.took
        self.settle()
        cpu = time.process_time() - cpu - looked.took
        found: Part = {"seconds": seconds, "runs": len(seconds), "wall": wall, "cpu": cpu}
        found |= {"tokens": tokens, "held": sum(looked.held or [rss_mb()]), "looks": len(looked.held) or 1}
        if self.order["stream"]:
            found["firsts"] = firsts
        if self.order["tokens_per_second"]:
            found["served"] = self.order["tokens_per_second"] * self.order["concurrent"] * wall
        if self.order["db"] == "sqlite":  # written by this process; Postgres writes in its own
            found["written"] = (bytes_written() - written) / KILOBYTES
        return found


class Looks:
    """Readings of the memory held while runs go on, and what reading took, which is no part of the runs.

    Attributes:
        held: What was read, in MB.
        took: Processor time of the readings, in seconds. Of this thread alone: reading a file lets go of Python's lock,
            and what the thread that writes telemetry does meanwhile is a part of what runs cost.
    """

    def __init__(self) -> None:
        self.held: list[float] = []
        self.took = 0.0

    def look(self) -> None:
        """Read once more."""
        begun = time.thread_time()
        self.held.append(rss_mb())
        self.took += time.thread_time() - begun


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


def rss_mb() -> float:
    """Memory held now; 0.0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / KILOBYTES**2


def peak_rss_mb() -> float:
    """Most memory this process has held; `ru_maxrss` alone would start with what the parent held when it forked."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kilobytes) / KILOBYTES


def bytes_written() -> int:
    """Bytes that this process has handed to files so far; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/io").read_text("ascii").splitlines()
    except OSError:
        return 0
    return int(next(line for line in lines if line.startswith("wchar")).split()[1])
