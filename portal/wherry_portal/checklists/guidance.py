"""Tuning guidance in ``checklists/performance.yaml``: one entry for each ratio more than 10 % off its budget.

Entries come from benchmark results and leave when the ratio is back inside. The rest of the file, comments included,
stays as its authors wrote it. `wherry gate release --write-guidance` and `wherry bench` call this.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from wherry_portal.checklists.source import load_checklist
from wherry_portal.evidence.stamp import now_text
from wherry_portal.sources import locked, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wherry_portal.evidence.results import ResultFile

TOLERANCE = 0.10

# What to try, by the start of a metric's name (or the whole of it), the most particular first. `{}` is the scenario.
SUGGESTIONS: Mapping[str, tuple[str, ...]] = {
    "first_token": (
        "Check that the first chunk is passed on as it comes: nothing may wait for the whole reply.",
        "See with `wherry bench --where {}` what is done before the request is sent.",
    ),
    "p95": (
        "See with `wherry bench --where {}` which layer takes the time, and profile that one.",
        "Check that clients and database connections are reused between runs.",
        "Look for work inside the event loop that could happen once, when the agent is made.",
    ),
    "runs": (
        "Look for what blocks the event loop while other runs wait: files, databases, tools that are no coroutines.",
        "Check that clients and database connections are reused between runs.",
    ),
    "rss": (
        "Count objects per run: sessions and runs that were written may still be referenced.",
        "Look for modules that are imported and not used in this scenario.",
    ),
    "cpu": (
        "See with `wherry bench --where {}` which layer takes the time; each payload should be serialised once.",
        "Look for copies of messages or state in the loop.",
        "Find the change with `wherry bench --count`, which no load disturbs, on this commit and earlier ones.",
    ),
    "seconds": (
        "List imports with `python -X importtime -c 'import wherry.agent'`.",
        "Move what is rarely needed into the function that needs it.",
    ),
    "us_per_object": ("Look for work in the constructor that could wait for the first run, or be done once a class.",),
    "bytes_per_object": ("Make what an agent may never use when it is first asked for; share what is equal in all.",),
    "objects_per_run": (
        "Compare counts of objects by type (`gc.get_objects()`) before and after: what grows by one a run is kept.",
        "Look for caches, listeners and sessions that runs are put into and never leave.",
    ),
    "grown": (
        "Look for caches, listeners and sessions that runs are put into and never leave.",
        "Compare `tracemalloc` snapshots after 1,000 and 10,000 runs.",
    ),
    "written": (
        "Look for rows that are written twice in a run, or written whole where a part has changed.",
        "Count commits a run: each writes its pages and the journal anew.",
    ),
    "tokens": (
        "Check that stream chunks are passed on as they come and no chunk is parsed twice.",
        "Check that telemetry listeners do not block the stream.",
    ),
}
OTHERWISE = ("See with `wherry bench --where {}` which layer takes the time, and profile that one.",)


def off_by(ratio: Mapping[str, Any]) -> float:
    """How far a ratio is off its budget, as a share of the budget; 0 when inside or without a budget."""
    bound = ratio.get("budget", {})
    over = (ratio["ratio"] - bound["max"]) / bound["max"] if "max" in bound else 0.0
    under = (bound["min"] - ratio["ratio"]) / bound["min"] if "min" in bound else 0.0
    return max(0.0, over, under)


def entries(file: ResultFile, hot_spots: Mapping[str, list[str]] | None = None) -> Iterator[dict[str, Any]]:
    """The guidance that a benchmark result calls for.

    Args:
        file: The results of ``wherry bench``.
        hot_spots: Top entries of a profile by scenario, when there is one.
    """
    for scenario, entry in sorted(file.entries.items()):
        for metric, ratio in sorted(entry.data["ratios"].items()):
            off = off_by(ratio)
            if off <= TOLERANCE:
                continue
            bound = ratio["budget"]
            found = {
                "scenario": scenario,
                "metric": metric,
                "ratio": round(ratio["ratio"], 4),
                "interval": [round(ratio["low"], 4), round(ratio["high"], 4)],
                "budget": bound.get("max", bound.get("min")),
                "off_percent": round(100 * off, 1),
                "date": now_text(entry.stamp.date),
                "commit": entry.stamp.commit,
            }
            spots = (hot_spots or {}).get(scenario)
            yield (
                found | ({"hot_spots": list(spots)} if spots else {}) | {"suggestions": _suggestions(scenario, metric)}
            )


def write_guidance(path: Path, file: ResultFile, hot_spots: Mapping[str, list[str]] | None = None) -> int:
    """Make the guidance in a checklist equal to what a benchmark result calls for.

    Args:
        path: The checklist, usually ``checklists/performance.yaml``.
        file: The results of ``wherry bench``.
        hot_spots: Top entries of a profile by scenario, when there is one.

    Returns:
        How many entries it holds now.

    Raises:
        SourceError: The checklist breaks a rule.
    """
    from ruamel.yaml import YAML

    load_checklist(path)
    wanted = list(entries(file, hot_spots))
    with locked(path.parent):
        yaml = YAML()
        yaml.width = 120
        yaml.preserve_quotes = True
        yaml.indent(mapping=2, sequence=4, offset=2)
        data = yaml.load(path.read_text(encoding="utf-8"))
        kept = {(one["scenario"], one["metric"]): one for one in data.get("guidance", ())}
        for entry in wanted:
            # A profile is kept until the scenario has been measured and profiled anew.
            before = kept.get((entry["scenario"], entry["metric"]), {})
            if "hot_spots" in before and before.get("date") == entry["date"]:
                entry.setdefault("hot_spots", list(before["hot_spots"]))
        if list(data.get("guidance", ())) == wanted:
            return len(wanted)
        data.pop("guidance", None)
        if wanted:
            data["guidance"] = wanted
        stream = io.StringIO()
        yaml.dump(data, stream)
        write_atomic(path, stream.getvalue())
    load_checklist(path)
    return len(wanted)


def _suggestions(scenario: str, metric: str) -> list[str]:
    texts = next((texts for word, texts in SUGGESTIONS.items() if metric.startswith(word)), OTHERWISE)
    return [text.format(scenario) for text in texts]
