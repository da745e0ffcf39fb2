"""Where the processor time of a run goes, by layer: the same samples that a profiler takes, put under six names.

Called by `wherry bench --where`. The process is asked at even steps of its own processor time which line it is at, so
that a busy machine changes little and no call is made dearer by being watched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wherry_portal.bench.blocks import values
from wherry_portal.bench.databases import databases
from wherry_portal.bench.measure import model
from wherry_portal.bench.turns import in_process, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry_portal.bench.scenarios import Scenario

RUNS = 2000
WORDS = {
    "client": "HTTP client",
    "asyncio": "event loop of Python",
    "encoding": "encoding and decoding",
    "tools": "tools",
    "events": "events",
    "store": "store",
    "loop": "the loop of the run and what is around it",
    "other": "everything else",
}


@dataclass(frozen=True, slots=True)
class Layers:
    """A scenario's runs by layer.

    Attributes:
        scenario: Which one.
        cpu_us: Processor time of a run, microseconds.
        bare_us: The same by hand; 0 where nothing is done by hand.
        shares: Layer to its share of the samples.
        samples: How often the process was asked.
    """

    scenario: Scenario
    cpu_us: float
    bare_us: float
    shares: dict[str, float]
    samples: int


def layers_of(scenario: Scenario, on_start: Callable[[str], None] = lambda _: None) -> Layers:
    """Sample runs of a scenario on Wherry; one run after the other, unless it streams.

    Args:
        scenario: What to run.
        on_start: Called with a line before runs begin that take seconds.

    Raises:
        BenchError: The process failed.
    """
    # A streamed run is long, and one whose tool blocks its thread mostly waits: fewer have to do.
    runs = RUNS // 20 if scenario.stream else RUNS // 10 if scenario.tool == "slow" else RUNS
    by_hand = scenario.bare and not scenario.telemetry  # by hand would be telemetry alone, and it is not sampled
    on_start(f"{scenario.id}: {runs:,} runs, one after the other{', then by hand' * by_hand}")
    calm = replace(scenario, runs=runs, blocks=1, concurrent=1, tokens_per_second=0.0, think_ms=0.0)
    with model(calm) as address, databases(calm) as fresh:
        with fresh() as database:
            found = in_process("sampled.py", calm, "wherry", address, database)
        bare = 0.0
        if by_hand:
            with fresh() as database:
                made = values(turn(calm, "bare", address, database), calm.runs)
            bare = made["cpu_ms_per_run"][0][0] * 1000
    samples = sum(found["layers"].values())
    shares = {layer: found["layers"].get(layer, 0) / samples for layer in WORDS}
    return Layers(scenario, found["cpu_us"], bare, shares, samples)


def told(layers: Layers) -> Iterator[str]:
    """The layers as text."""
    yield f"{layers.scenario.id}: {layers.cpu_us:,.0f} us of processor time a run, {layers.samples:,} samples"
    if layers.scenario.kind == "serve":
        yield "    of the run that is served alone, without what serving it over HTTP adds"
    if layers.scenario.telemetry:
        yield "    of the run alone, without what telemetry adds"
    if layers.bare_us:
        same = "functions" if layers.scenario.kind == "steps" else "requests"
        yield f"    {layers.bare_us:8,.0f} us           the same {same} by hand"
    for layer, share in sorted(layers.shares.items(), key=lambda item: -item[1]):
        if share:
            yield f"    {layers.cpu_us * share:8,.0f} us  {100 * share:5.1f} %  {WORDS[layer]}"
