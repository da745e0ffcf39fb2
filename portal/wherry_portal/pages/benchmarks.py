"""The page of benchmarks: ratios with their intervals as plots and tables, from `results/bench.json`."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.evidence.results import ResultFile

WIDTH, LEFT, ROW = 640, 190, 24
WORDS = {
    "bytes_per_object": "bytes of one object",
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
GROWTH = (("sqlite-1", "three runs of history"), ("sqlite-long", "1,000 runs of history"))
"""Scenarios that differ only in how long the session is."""


def benchmarks_page(file: ResultFile | None) -> str:
    """`benchmarks.md`."""
    return "\n\n".join(_page(file)) + "\n"


def _page(file: ResultFile | None) -> Iterator[str]:
    yield "# Benchmarks"
    yield (
        "Wherry divided by Agno: both run the same scenario in turns, in one session, on one machine, against one "
        "scripted model. The mark is the median of the ratios, the line its 95 % interval; "
        "left of 1 Wherry needs less. [How it is measured](performance.md)."
    )
    if file is None:
        yield "No result has been recorded. `wherry bench` makes one."
        return
    yield stamped(file)
    machine = file.data.get("machine")
    if machine:
        yield "Machine: " + ", ".join(f"{plain(name)} {plain(value)}" for name, value in machine.items()) + "."
    model = file.data.get("model")
    if model:
        yield (
            f"The scripted model serves {model['requests_per_s']:,.0f} replies or {model['tokens_per_s']:,.0f} "
            "tokens of streams a second to a client that only counts them."
        )
    yield from glance(file.data["scenarios"])
    yield from growth(file.data["scenarios"])
    yield "## By scenario"
    for name, scenario in file.data["scenarios"].items():
        yield from _scenario(name, scenario)
    noise, alarms = file.data.get("noise"), file.data.get("false_alarms")
    if noise:
        yield "## Wherry against itself"
        yield "The same comparison with Wherry on both sides: what is smaller than this is noise."
        if alarms:
            yield (
                f"Of {alarms['comparisons']} comparisons of Wherry with itself {alarms['alarms']} call the two "
                "different: their whole interval is more than a tenth from 1."
            )
        yield table(
            ("Metric", "Ratio", "95 % interval"), ((_noise_name(name), *_interval(one)) for name, one in noise.items())
        )


def short(metric: str) -> str:
    """What a metric is called, without its unit."""
    return WORDS.get(metric, metric).partition(",")[0]


def _noise_name(name: str) -> str:
    scenario, _, metric = name.rpartition(" ")
    return plain(f"{scenario} {WORDS.get(metric, metric)}" if scenario else WORDS.get(metric, metric))


def glance(scenarios: Mapping[str, Any]) -> Iterator[str]:
    """One plot a metric over all scenarios that were judged by it.

    Args:
        scenarios: Of the results file.
    """
    made = []
    for title, metrics in GLANCE.items():
        found = {
            name: scenario["ratios"][metric]
            for name, scenario in scenarios.items()
            for metric in metrics
            if metric in scenario.get("ratios", {}) and scenario["ratios"][metric].get("against", "agno") == "agno"
        }
        if len(found) > 1:
            made.append(f"### {title}\n\n{plot(title, found)}")
    if made:
        yield "## At a glance"
        yield from made


def growth(scenarios: Mapping[str, Any]) -> Iterator[str]:
    """How long a run takes in a short and in a long session, on either side.

    Args:
        scenarios: Of the results file.
    """
    told = {
        words: {side: scenarios[name]["measured"][side]["p50_ms"] for side in ("agno", "wherry")}
        for name, words in GROWTH
        if {"agno", "wherry"} <= scenarios.get(name, {}).get("measured", {}).keys()
    }
    if len(told) < len(GROWTH):
        return
    yield "### Growth with the length of a session"
    top = max(value for sides in told.values() for value in sides.values())
    parts, said = [], []
    for number, (words, side, value) in enumerate((w, s, v) for w, sides in told.items() for s, v in sides.items()):
        y, width = ROW * number + 6, (WIDTH - LEFT - 90) * value / top
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 12}" text-anchor="end">{escape(words)}</text>',
            f'<rect class="{side}" x="{LEFT}" y="{y}" width="{width:.1f}" height="16" rx="2"/>',
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}">{side.capitalize()} {value:.1f} ms</text>',
        ]
        said.append(f"{words}, {side.capitalize()}: {value:.1f} ms")
    label = escape(
        f"Median latency of a run kept in SQLite, by the length of its session. {'; '.join(said)}", quote=True
    )
    yield _svg(ROW * len(said) + 8, label, parts)
    commands = " ".join(name for name, _ in GROWTH)
    yield (
        "Median latency of one run at a time, kept in SQLite, by the runs that its session holds: "
        f"`wherry bench {commands}`."
    )


def _scenario(name: str, scenario: Mapping[str, Any]) -> Iterator[str]:
    title = scenario.get("title", name)
    yield f"### {plain(title)}"
    if "error" in scenario:
        yield f"Not measured: {plain(scenario['error'])}"
        return
    yield f"From `results/bench.json`, by `{scenario.get('command', f'wherry bench {name}')}`."
    compared = {metric: one for metric, one in scenario["ratios"].items() if one.get("against") != "absolute"}
    if compared:
        yield plot(title, compared, beside(compared))
    yield _numbers(scenario)
    by_hand = scenario.get("by_hand")
    if by_hand:
        told = (f"{plain(WORDS.get(metric, metric))}: {_span(one)}" for metric, one in by_hand.items())
        yield "Divided by the same requests made by hand: " + "; ".join(told) + "."
    growth = scenario.get("growth")
    if growth:
        told = (f"{plain(WORDS.get(key, key))}: {_span(one)}" for key, one in growth.items() if key != "from")
        yield f"Divided by Wherry in `{plain(growth['from'])}`: " + "; ".join(told) + "."


def beside(ratios: Mapping[str, Mapping[str, Any]]) -> str:
    """What Wherry is divided by in these ratios, in words."""
    own = any(one.get("against") == "wherry" for one in ratios.values())
    return "Wherry without it" if own else "Agno"


def _span(one: Mapping[str, Any]) -> str:
    return f"{one['ratio']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def _interval(one: Mapping[str, Any]) -> tuple[str, str]:
    return f"{one['ratio']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}"


def _numbers(scenario: Mapping[str, Any]) -> str:
    measured = scenario.get("measured", {})
    rows = []
    for metric, one in scenario["ratios"].items():
        # Where Wherry is compared with itself, that stands where Agno's number would.
        first = "agno" if "agno" in measured else "without"
        sides = [measured.get(side, {}).get(metric) for side in (first, "wherry", "bare")]
        values = ["" if value is None else f"{value:,.2f}" for value in sides]
        budget = one.get("budget", {})
        bound = ", ".join(f"{'at most' if key == 'max' else 'at least'} {value:g}" for key, value in budget.items())
        rows.append((plain(WORDS.get(metric, metric)), *values, *_interval(one), bound))
    first = "Without it" if "without" in measured else "Agno"
    head = ("Metric", first, "Wherry", "By hand", "Ratio", "95 % interval", "Budget")
    if "bare" in measured:
        return table(head, rows)
    return table([*head[:3], *head[4:]], [[*row[:3], *row[4:]] for row in rows])


def plot(title: str, ratios: Mapping[str, Mapping[str, Any]], other: str = "Agno") -> str:
    """Ratios with intervals as an SVG that takes its colours from the page; its text says what it shows.

    Args:
        title: What the plot is of.
        ratios: Ratio, low and high by metric or by scenario.
        other: What Wherry is divided by.
    """
    top = max(1.1, *(one["high"] * 1.05 for one in ratios.values()))
    height = ROW * len(ratios) + 30

    def x(value: float) -> str:
        return format(LEFT + (WIDTH - LEFT - 50) * value / top, ".1f")

    said = "; ".join(f"{WORDS.get(name, name)}: {one['ratio']:.2f}" for name, one in ratios.items())
    parts = [f'<line class="one" x1="{x(1)}" y1="4" x2="{x(1)}" y2="{height - 22}"/>']
    for number, (name, one) in enumerate(ratios.items()):
        y = ROW * number + 18
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(short(name))}</text>',
            f'<line class="track" x1="{LEFT}" y1="{y}" x2="{WIDTH - 50}" y2="{y}"/>',
            f'<line class="span" x1="{x(one["low"])}" y1="{y}" x2="{x(one["high"])}" y2="{y}"/>',
            f'<circle cx="{x(one["ratio"])}" cy="{y}" r="5"/>',
            f'<text x="{WIDTH - 4}" y="{y + 4}" text-anchor="end">{one["ratio"]:.2f}</text>',
        ]
    parts += [f'<text x="{x(mark)}" y="{height - 4}" text-anchor="middle">{mark:g}</text>' for mark in _marks(top)]
    label = escape(f"{title}, Wherry divided by {other}. {said}", quote=True)
    return _svg(height, label, parts)


def _marks(top: float) -> tuple[float, ...]:
    """Where the axis is labelled: never so close that two numbers touch."""
    step = 0.5 if top <= 2 else 1 if top <= 6 else 5 if top <= 30 else 10
    return tuple(step * number for number in range(int(top / step) + 1) if step * number <= top)


def _svg(height: int, label: str, parts: list[str]) -> str:
    return f'<svg class="ratios" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
