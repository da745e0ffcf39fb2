"""The page of benchmarks: ratios with their intervals as plots and tables, from `results/bench.json`."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.evidence.results import ResultFile

WIDTH, LEFT, ROW = 640, 170, 26
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


def benchmarks_page(file: ResultFile | None) -> str:
    """`benchmarks.md`."""
    return "\n\n".join(_page(file)) + "\n"


def _page(file: ResultFile | None) -> Iterator[str]:
    yield "# Benchmarks"
    yield (
        "Wherry divided by Agno: both run the same scenario in turns, in one session, on one machine, against one "
        "scripted model. The mark is the median of the ratios, the line its 95 % interval; "
        "left of 1 Wherry needs less. "
        "`wherry bench` measures them anew; `benchmarks/README.md` says how."
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
            ("Metric", "Ratio", "95 % interval"), ((plain(name), *_interval(one)) for name, one in noise.items())
        )


def _scenario(name: str, scenario: Mapping[str, Any]) -> Iterator[str]:
    title = scenario.get("title", name)
    yield f"## {plain(title)}"
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
    return table(("Metric", first, "Wherry", "By hand", "Ratio", "95 % interval", "Budget"), rows)


def plot(title: str, ratios: Mapping[str, Mapping[str, Any]], other: str = "Agno") -> str:
    """Ratios with intervals as an SVG that takes its colours from the page; its text says what it shows."""
    top = max(1.1, *(one["high"] * 1.05 for one in ratios.values()))
    height = ROW * len(ratios) + 30

    def x(value: float) -> str:
        return format(LEFT + (WIDTH - LEFT - 20) * value / top, ".1f")

    said = "; ".join(f"{WORDS.get(name, name)}: {one['ratio']:.2f}" for name, one in ratios.items())
    parts = [f'<line class="one" x1="{x(1)}" y1="4" x2="{x(1)}" y2="{height - 22}"/>']
    for number, (name, one) in enumerate(ratios.items()):
        y = ROW * number + 18
        word = escape(WORDS.get(name, name).split(",")[0][:26])
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{word}</text>',
            f'<line class="span" x1="{x(one["low"])}" y1="{y}" x2="{x(one["high"])}" y2="{y}"/>',
            f'<circle cx="{x(one["ratio"])}" cy="{y}" r="5"/>',
        ]
    parts += [f'<text x="{x(mark)}" y="{height - 4}" text-anchor="middle">{mark:g}</text>' for mark in (0, 0.5, 1)]
    label = escape(f"{title}, Wherry divided by {other}. {said}", quote=True)
    return f'<svg class="ratios" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
