"""The page of benchmarks: ratios with their intervals as plots and tables, from `results/bench.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.pages.growth import store_growth
from wherry_portal.pages.headline import headline
from wherry_portal.pages.noise import noise
from wherry_portal.pages.own_budgets import interval, own_budgets
from wherry_portal.pages.plots import bar_plot, figure, ratio_plot
from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import folded, plain, table
from wherry_portal.pages.two_runs import two_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.evidence.results import ResultFile

WORDS = {
    "bytes_per_object": "bytes of one object",
    "parts_per_object": "Python objects in one object",
    "cpu_percent": "processor time, % of one core",
    "first_token_ms": "95th percentile of the time to the first token, ms",
    "grown_mb": "memory that is not given back, MB",
    "mean_rss_mb": "mean memory, MB",
    "objects_per_run": "objects that a run leaves behind",
    "served_share": "share of the tokens served that arrives in time",
    "us_per_object": "time to make one object, microseconds",
    "written_kb_per_run": "written per run, KB",
    "cpu_ms_per_run": "processor time per run, ms",
    "p50_ms": "median latency, ms",
    "p95_ms": "95th percentile of latency, ms",
    "p99_ms": "99th percentile of latency, ms",
    "rss_mb": "peak memory, MB",
    "runs_per_s": "runs per second",
    "seconds": "time, s",
    "tokens_per_s": "tokens per second",
}
GLANCE: Mapping[str, tuple[str, ...]] = {
    "Latency, 95th percentile": ("p95_ms",),
    "Processor time per run": ("cpu_ms_per_run",),
    "Memory": ("rss_mb", "bytes_per_object"),
    "Tokens per second (more is better)": ("tokens_per_s",),
}
GROWTH = (("sqlite-10", "10 runs"), ("sqlite-long", "1,000 runs"), ("sqlite-longest", "10,000 runs"))
"""Scenarios that differ only in how many runs their session holds."""
NAMES: Mapping[str, str] = {
    "blocks-20": "Tool that blocks 50 ms, 20 at a time",
    "construct": "Making an agent with one tool",
    "import": "Importing agent and model",
    "memory": "10,000 runs, what they leave behind",
    "postgres-1": "Postgres, one run at a time",
    "postgres-20": "Postgres, 20 sessions at a time",
    "recorded": "Tool, 10 at a time, telemetry on",
    "serve-100": "Over HTTP, 100 clients at a time",
    "serve-32": "Over HTTP, 32 clients at a time",
    "serve-recorded-100": "Over HTTP, 100 clients, telemetry on",
    "sqlite-1": "SQLite, one run at a time",
    "sqlite-10": "SQLite, session of 10 runs",
    "sqlite-20": "SQLite, 20 sessions at a time",
    "sqlite-long": "SQLite, session of 1,000 runs",
    "sqlite-longest": "SQLite, session of 10,000 runs",
    "stream-100": "200 tokens/s streams, 100 at a time",
    "stream-fast": "Streams at full speed, 100 at a time",
    "team": "Team of two members, 10 at a time",
    "think-1": "Model that thinks 50 ms, one at a time",
    "think-10": "Model that thinks 50 ms, 10 at a time",
    "think-100": "Model that thinks 50 ms, 100 at a time",
    "tool-1": "Tool, one run at a time",
    "tool-10": "Tool, 10 runs at a time",
    "tool-100": "Tool, 100 runs at a time",
    "workflow-agents": "Workflow of 2 agents, 10 at a time",
    "workflow-steps": "Workflow of 5 functions, 10 at a time",
}
"""What the scenarios of `benchmarks/scenarios.yaml` are called beside a plot, where their titles have no room."""


def benchmarks_page(
    file: ResultFile | None,
    longer: ResultFile | None = None,
    alike: ResultFile | None = None,
    against: ResultFile | None = None,
) -> str:
    """`benchmarks.md`.

    Args:
        file: Results of `wherry bench`, or None.
        longer: Results of `benchmarks/session_growth.py`, or None.
        alike: Results of `wherry bench --alike`, or None.
        against: Results of `wherry bench --against`, or None.
    """
    return "\n\n".join(_page(file, longer, alike, against)) + "\n"


def _page(
    file: ResultFile | None, longer: ResultFile | None, alike: ResultFile | None, against: ResultFile | None
) -> Iterator[str]:
    yield "# Benchmarks"
    yield (
        "Each number is Wherry's divided by Agno's: 0.1 is a tenth of what Agno needs, 1 is the same. "
        "[How it is measured](performance.md)."
    )
    if file is None:
        yield "No result has been recorded. `wherry bench` makes one."
        return
    yield from headline(file)
    yield (
        "Where ratios are drawn, the dot is the ratio, the line through it the 95 % interval, the dashed line Agno. "
        f"All numbers but those that say otherwise are from `results/{file.path.name}`, by `wherry bench`. "
        "Commit, versions and machine stand [below](#where-the-numbers-come-from)."
    )
    yield from glance(file.data["scenarios"])
    yield from growth(file.data["scenarios"])
    if longer is not None:
        yield from store_growth(longer)
    yield "## Every scenario"
    yield "What was measured on either side; open one to see it. *By hand* is the same without a runtime."
    for name, scenario in file.data["scenarios"].items():
        yield from _scenario(name, scenario)
    yield from own_budgets(file.data["scenarios"], NAMES, short)
    yield from noise(file.data, alike, noise_name)
    yield from two_runs(against, file, noise_name)
    yield "## Where the numbers come from"
    yield stamped(file)
    yield from _surroundings(file.data)


def _surroundings(data: Mapping[str, Any]) -> Iterator[str]:
    machine, model = data.get("machine"), data.get("model")
    if machine:
        yield "Machine: " + ", ".join(f"{plain(name)} {plain(value)}" for name, value in machine.items()) + "."
    if model:
        yield (
            f"The scripted model serves {model['requests_per_s']:,.0f} replies or {model['tokens_per_s']:,.0f} "
            "tokens of streams a second to a client that only counts them."
        )


def short(metric: str) -> str:
    """What a metric is called, without its unit."""
    return WORDS.get(metric, metric).partition(",")[0]


def noise_name(name: str) -> str:
    """What a metric with its scenario before it is called."""
    scenario, _, metric = name.rpartition(" ")
    words = WORDS.get(metric, metric)
    return plain(f"{NAMES.get(scenario, scenario)}: {words}" if scenario else words)


def glance(scenarios: Mapping[str, Any]) -> Iterator[str]:
    """One plot a metric over all scenarios that were judged by it.

    Args:
        scenarios: Of the results file.
    """
    for title, metrics in GLANCE.items():
        found = {
            name: scenario["ratios"][metric]
            for name, scenario in scenarios.items()
            for metric in metrics
            if metric in scenario.get("ratios", {}) and scenario["ratios"][metric].get("against", "agno") == "agno"
        }
        if len(found) > 1:
            yield f"## {title}"
            yield ratio_plot(title, found, "Agno", NAMES)


def growth(scenarios: Mapping[str, Any]) -> Iterator[str]:
    """How long a run takes in short and in long sessions, on either side.

    Args:
        scenarios: Of the results file.
    """
    there = [
        (name, words)
        for name, words in GROWTH
        if {"agno", "wherry"} <= scenarios.get(name, {}).get("measured", {}).keys()
    ]
    if len(there) < 2:
        return
    yield "## Growth with the length of a session"
    rows = []
    for name, words in there:
        for side in ("agno", "wherry"):
            value = scenarios[name]["measured"][side]["p50_ms"]
            rows.append((f"{words}, {side.capitalize()}", side, value, f"{figure(value)} ms"))
    yield bar_plot("Median latency of a run kept in SQLite, by the runs that its session holds", rows)
    commands = " ".join(name for name, _ in there)
    yield (
        "Median latency of one run at a time, kept in SQLite, by the number of runs that its session holds. "
        f"Measured by `wherry bench {commands}`."
    )


def _scenario(name: str, scenario: Mapping[str, Any]) -> Iterator[str]:
    title = scenario.get("title", name)
    yield folded(plain(NAMES.get(name, title)), "\n\n".join(_opened(name, title, scenario)), name)


def _opened(name: str, title: str, scenario: Mapping[str, Any]) -> Iterator[str]:
    if "error" in scenario:
        yield f"{plain(title)}. Not measured: {plain(scenario['error'])}"
        return
    yield f"{plain(title)}. From `results/bench.json`, by `{scenario.get('command', f'wherry bench {name}')}`."
    compared = {metric: one for metric, one in scenario["ratios"].items() if one.get("against") != "absolute"}
    if compared:
        yield ratio_plot(title, compared, beside(compared), {metric: short(metric) for metric in compared})
    yield _numbers(scenario)
    yield from _measured_in(scenario["ratios"])
    by_hand = scenario.get("by_hand")
    if by_hand:
        told = (f"{plain(WORDS.get(metric, metric))}: {_span(one)}" for metric, one in by_hand.items())
        yield "Divided by the same done by hand: " + "; ".join(told) + "."
    growth = scenario.get("growth")
    if growth:
        told = (f"{plain(WORDS.get(key, key))}: {_span(one)}" for key, one in growth.items() if key != "from")
        yield f"Divided by Wherry in `{plain(growth['from'])}`: " + "; ".join(told) + "."


def _measured_in(ratios: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """How many processes and blocks the ratios are from; those of a whole process have as many blocks as processes."""
    most = max(ratios.values(), key=lambda one: one.get("blocks", 0), default=None)
    if most is not None and "blocks" in most:
        blocks = f", {most['blocks']} blocks in turns" if most["blocks"] > most["samples"] else ""
        yield f"Measured in {most['samples']} processes of each side{blocks}."


def beside(ratios: Mapping[str, Mapping[str, Any]]) -> str:
    """What Wherry is divided by in these ratios, in words."""
    own = any(one.get("against") == "wherry" for one in ratios.values())
    return "Wherry without it" if own else "Agno"


def _span(one: Mapping[str, Any]) -> str:
    return f"{figure(one['ratio'])} ({figure(one['low'])} to {figure(one['high'])})"


def _numbers(scenario: Mapping[str, Any]) -> str:
    measured = scenario.get("measured", {})
    rows = []
    for metric, one in scenario["ratios"].items():
        # Where Wherry is compared with itself, that stands where Agno's number would.
        first = "agno" if "agno" in measured else "without"
        sides = [measured.get(side, {}).get(metric) for side in (first, "wherry", "bare")]
        values = ["" if value is None else figure(value) for value in sides]
        budget = one.get("budget", {})
        bound = ", ".join(f"{'at most' if key == 'max' else 'at least'} {value:g}" for key, value in budget.items())
        told = interval(one)
        if one.get("against") == "absolute":  # compared with nothing: the interval is of the value itself
            told = ("", f"{figure(one['low'])} to {figure(one['high'])}")
        rows.append((plain(WORDS.get(metric, metric)), *values, *told, bound))
    first = "Without it" if "without" in measured else "Agno"
    head = ("Metric", first, "Wherry", "By hand", "Ratio", "95 % interval", "Budget")
    if "bare" in measured:
        return table(head, rows)
    return table([*head[:3], *head[4:]], [[*row[:3], *row[4:]] for row in rows])
