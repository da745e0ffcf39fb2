"""What a run asks of its database in longer and longer sessions, from `results/growth.json`; on the benchmarks page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.pages.plots import bar_plot, figure
from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wherry_portal.evidence.results import ResultFile

STORES = {"sqlite": "SQLite", "postgres": "Postgres"}
FLAT = 1.2
"""As often the shortest session's cost as the longest may take and still be called flat: the specification's 20 %."""


def store_growth(file: ResultFile) -> Iterator[str]:
    """A plot and a table for each database that was measured.

    Args:
        file: Results of `benchmarks/session_growth.py`.
    """
    rows: Sequence[Mapping[str, Any]] = file.data["rows"]
    yield "## What the database does in a longer session"
    yield (
        "A run loads its session with three runs of history and stores it with one more. Processor time of that share, "
        "the database's own included, by the number of runs that the session holds."
    )
    for store, title in STORES.items():
        there = sorted(
            (row for row in rows if row["store"] == store), key=lambda row: (row["earlier_runs"], row["runtime"])
        )
        if there:
            yield from _of(title, there)
    yield stamped(file)


def _of(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"### {title}"
    bars = [
        (f"{row['earlier_runs']:,} runs, {row['runtime'].capitalize()}", row["runtime"], row["cpu_ms"], _ms(row))
        for row in rows
    ]
    yield bar_plot(f"Processor time of one run in {title}, by the runs that its session holds", bars)
    yield table(
        ("Earlier runs", "Runtime", "Processor time", "Of the shortest session's"),
        [
            (f"{row['earlier_runs']:,}", row["runtime"].capitalize(), _ms(row), f"{row['cpu_times_the_smallest']:.2f}")
            for row in rows
        ],
    )
    own = [row["cpu_times_the_smallest"] for row in rows if row["runtime"] == "wherry"]
    if own:
        told = "at most" if max(own) <= FLAT else "up to"
        kept = "within" if max(own) <= FLAT else "beyond"
        yield f"Wherry's runs take {told} {max(own):.2f} times what they take in the shortest session: {kept} 20 %."


def _ms(row: Mapping[str, Any]) -> str:
    return f"{figure(row['cpu_ms'])} ms"
