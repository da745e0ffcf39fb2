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
    for name, scenario in file.data["scenarios"].items():
        yield f"## {plain(scenario.get('title', name))}"
        yield plot(scenario.get("title", name), scenario["ratios"])
        yield _numbers(scenario)
    noise = file.data.get("noise")
    if noise:
        yield "## Wherry against itself"
        yield "The same comparison with Wherry on both sides: what is smaller than this is noise."
        yield table(
            ("Metric", "Ratio", "95 % interval"), ((plain(name), *_interval(one)) for name, one in noise.items())
        )


def _interval(one: Mapping[str, Any]) -> tuple[str, str]:
    return f"{one['ratio']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}"


def _numbers(scenario: Mapping[str, Any]) -> str:
    measured = scenario.get("measured", {})
    rows = []
    for metric, one in scenario["ratios"].items():
        sides = [measured.get(side, {}).get(metric) for side in ("agno", "wherry", "bare")]
        values = ["" if value is None else f"{value:,.2f}" for value in sides]
        budget = one.get("budget", {})
        bound = ", ".join(f"{'at most' if key == 'max' else 'at least'} {value:g}" for key, value in budget.items())
        rows.append((plain(WORDS.get(metric, metric)), *values, *_interval(one), bound))
    return table(("Metric", "Agno", "Wherry", "By hand", "Ratio", "95 % interval", "Budget"), rows)


def plot(title: str, ratios: Mapping[str, Mapping[str, Any]]) -> str:
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
    label = escape(f"{title}, Wherry divided by Agno. {said}", quote=True)
    return f'<svg class="ratios" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
