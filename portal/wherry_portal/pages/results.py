"""Pages of what runs have shown: parity and the release gate. Benchmarks and pilots have modules of their own."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from wherry_portal.pages.text import badge, bar, code, plain, table
from wherry_portal.parity.stats import rates
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.gate.verdict import Line, Verdict

_SHOWN = {"passed": "available", "waived": "limited", "failed": "failed", "missing": "unverified", "stale": "stale"}


def stamped(file: ResultFile) -> str:
    """When, with what and by which command a results file was made."""
    versions = ", ".join(f"{name} {number}" for name, number in file.stamp.versions.items())
    command = file.data.get("command")
    made = f" by {code(command)}" if command else ""
    changed = " with uncommitted changes" if file.dirty else ""
    return (
        f"From {code(f'results/{file.path.name}')}, made{made} on {file.stamp.date:%Y-%m-%d}, "
        f"commit {code(file.stamp.commit[:12])}{changed}, {plain(versions)}."
    )


def parity_page(file: ResultFile | None) -> str:
    """`parity.md`."""
    return "\n\n".join(_parity(file)) + "\n"


def _parity(file: ResultFile | None) -> Iterator[str]:
    yield "# Parity"
    yield (
        "Each fixture runs on Agno twice and on Wherry once, each in a process of its own. What differs between the "
        "two runs of Agno is noise. Requests on the wire, events, outputs, session rows and metrics are compared "
        "value by value; [how to run it yourself](guide/prove.md)."
    )
    if file is None:
        yield "No result has been recorded. `wherry parity run fixtures` makes one."
        return
    yield stamped(file)
    fixtures: Mapping[str, Any] = file.data["fixtures"]
    cases = [case for fixture in fixtures.values() for case in fixture["cases"].values()]
    total = {
        name: sum(case[name] for case in cases) for name in ("compared", "equal", "noise", "intentional", "different")
    }
    yield table(
        ("Fixtures", "Cases", "Values compared", "Equal", "Noise", "Intentional", "Different"),
        [(str(len(fixtures)), str(len(cases)), *(f"{number:,}" for number in total.values()))],
    )
    unequal = list(_unequal(fixtures))
    if unequal:
        yield "## Cases that differ"
        yield table(("Case", "Values that differ", "First place"), unequal)
    yield "## By fixture"
    yield table(
        ("Fixture", "Cases equal", "Parity", "What it is about"),
        (
            (code(name), f"{good} of {count}", _percent(share), plain(fixtures[name].get("description", "")))
            for name, good, count, share in rates(file.data)
        ),
    )
    yield "## Listed differences"
    yield (
        "A listed difference is intentional: it names its row of the [support matrix](support-matrix.md), and the run "
        "fails as soon as the difference is no longer there."
    )
    listed = {
        (one.get("feature", ""), one.get("explanation", ""))
        for case in cases
        for one in case.get("differences", ())
        if one["severity"] == "intentional"
    }
    yield (
        table(("Feature", "Why"), ((_feature(name), plain(why)) for name, why in sorted(listed))) if listed else "None."
    )


def _percent(share: float) -> str:
    """Rounded down, so that 100 % means all; on one line."""
    return f"{math.floor(10 * share) / 10:.1f}&nbsp;%"


def _unequal(fixtures: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Cases that did not pass, with how many of their values differ and the first place."""
    for name, fixture in fixtures.items():
        for case, found in fixture["cases"].items():
            if found["outcome"] != "passed":
                others = [one for one in found.get("differences", ()) if one["severity"] != "intentional"]
                first = code(others[0]["path"]) if others else plain(found["outcome"])
                yield code(f"{name}/{case}"), f"{found['different']} of {found['compared']:,}", first


def _feature(name: str) -> str:
    return f"[{plain(name)}](features/{name}.md)" if name else ""


def _more(line: Line) -> str:
    """What is behind an open item, opened in place."""
    if not (line.open and line.details):
        return ""
    listed = "".join(f"<li>{plain(one)}</li>" for one in line.details)
    count = counted(len(line.details), "line")
    return f"<details><summary>{count} behind it</summary><ul>{listed}</ul></details>"


def release_page(verdict: Verdict) -> str:
    """`release.md`: the gate's table, as of the sources and results that the site was made of."""
    open_lines = [line for line in verdict.lines if line.open]
    counts = Counter(sorted((line.status for line in verdict.lines), key=list(_SHOWN).index))
    words = {_SHOWN[name]: name for name in counts}
    are = counted(len(open_lines), "item is open", "items are open")
    answer = "may go ahead" if verdict.passed else f"may not go ahead yet: {are}"
    parts = [
        f"# Release {plain(verdict.release)}",
        (
            f"Against Agno {plain(verdict.reference)}: the release **{answer}**. {code('wherry gate release')} "
            "decides; what is missing or stale counts as no. "
            "The items are those of the [release checklist](checklists/release.md)."
        ),
        bar([(_SHOWN[name], count) for name, count in counts.items()], "Items", words),
        ", ".join(f"{count} {name}" for name, count in counts.items()) + ".",
        table(
            ("Item", "Status", "What shows it"),
            (
                (plain(line.text), badge(_SHOWN[line.status], line.status), f"{plain(line.shown)}{_more(line)}")
                for line in verdict.lines
            ),
        ),
        "## Known not to be migrated",
        f"{len(verdict.not_migrated)} features, each with what to use instead.",
        table(
            ("Feature", "Status", "Instead"),
            ((_feature(name), badge(status), plain(fallback)) for name, status, fallback in verdict.not_migrated),
        ),
    ]
    return "\n\n".join(parts) + "\n"
