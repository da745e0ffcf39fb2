"""Pages of what runs have shown: parity and the release gate. Benchmarks and pilots have modules of their own."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from wherry_portal.pages.text import badge, bar, code, figures, folded, kept, legend, plain, table, titled
from wherry_portal.parity.stats import rates
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.gate.verdict import Line, Verdict
    from wherry_portal.matrix.model import Feature

_SHOWN = {"passed": "available", "waived": "limited", "failed": "failed", "missing": "unverified", "stale": "stale"}


def stamped(file: ResultFile) -> str:
    """When, with what and by which command a results file was made."""
    versions = ", ".join(f"{name} {number}" for name, number in file.stamp.versions.items())
    command = file.data.get("command")
    made = f" by {code(command)}" if command else ""
    changed = " with uncommitted changes" if file.dirty else ""
    return (
        f"From {code(f'results/{file.path.name}')}, made{made} on {kept(f'{file.stamp.date:%Y-%m-%d}')}, "
        f"commit {code(file.stamp.commit[:12])}{changed}, {plain(versions)}."
    )


def parity_page(file: ResultFile | None, rows: Mapping[str, Feature]) -> str:
    """`parity.md`.

    Args:
        file: Results of the comparison, or None.
        rows: Of the support matrix, by id.
    """
    return "\n\n".join(_parity(file, rows)) + "\n"


def _parity(file: ResultFile | None, rows: Mapping[str, Feature]) -> Iterator[str]:
    yield "# Parity"
    yield (
        "Does Wherry do what Agno does? Each case is a small program that runs on Agno twice and on Wherry once, each "
        "in a process of its own. What goes to the model, what events and outputs say and what is stored is "
        "compared value by value. [Run it yourself](guide/prove.md)."
    )
    if file is None:
        yield "No result has been recorded. `wherry parity run fixtures` makes one."
        return
    fixtures: Mapping[str, Any] = file.data["fixtures"]
    cases = [case for fixture in fixtures.values() for case in fixture["cases"].values()]
    total = {
        name: sum(case[name] for case in cases) for name in ("compared", "equal", "noise", "intentional", "different")
    }
    good = sum(case["outcome"] == "passed" for case in cases)
    yield figures(
        [
            ("cases agree", f"{good} of {len(cases)}"),
            ("values compared", f"{total['compared']:,}"),
            ("unexplained differences", f"{total['different']:,}"),
        ]
    )
    yield stamped(file)
    shares = [(tone, total[name]) for name, (tone, _) in _MEANING.items() if total[name]]
    yield bar(shares, "Values", {tone: name for name, (tone, _) in _MEANING.items()})
    yield table(
        ("Values", "How many", "Share", "What that means"),
        [
            (f"{_key(tone)}{name.capitalize()}", f"{total[name]:,}", _share(total[name], total["compared"]), words)
            for name, (tone, words) in _MEANING.items()
        ],
    )
    unequal = list(_unequal(fixtures))
    if unequal:
        yield "## Cases that differ"
        yield table(("Case", "Values that differ", "First place"), unequal)
    yield "## By fixture"
    yield from _by_fixture(file)
    yield "## Listed differences"
    yield (
        "Where Agno contradicts itself, or says something in words of its own, Wherry differs on purpose. Each such "
        "difference is listed with its reason, and a comparison fails as soon as it is no longer there."
    )
    yield from _listed(cases, rows)


def _by_fixture(file: ResultFile) -> Iterator[str]:
    """Fixtures with a case that differs, and below a line those that agree in all of them."""
    rows: dict[bool, list[tuple[str, ...]]] = {True: [], False: []}
    for name, good, count, share in rates(file.data):
        about = plain(file.data["fixtures"][name].get("description", ""))
        rows[good == count].append((code(name), kept(f"{good} of {count}"), _percent(share), about))
    yield "A fixture is a file of cases about one subject, in `fixtures/`."
    head = ("Fixture", "Cases equal", "Parity", "What it is about")
    if rows[False]:
        yield table(head, rows[False])
    if rows[True]:
        are = counted(len(rows[True]), "fixture agrees", "fixtures agree")
        yield folded(f"{are} in every case", table(head, rows[True]))


_MEANING = {
    "equal": ("available", "the same on both"),
    "intentional": ("limited", "differ on purpose, by a [difference that is listed](#listed-differences)"),
    "noise": ("unjudged", "differ between two runs of Agno itself, so they say nothing"),
    "different": ("failed", "differ, and nothing explains it"),
}
"""What each count stands for: the colour of its share, and in words."""


def _key(tone: str) -> str:
    return f'<span class="key status-{tone}" aria-hidden="true"></span>'


def _share(part: int, whole: int) -> str:
    """Percent, rounded down; what is there but smaller says so, and never reads as nothing."""
    if not part:
        return "0&nbsp;%"
    percent = math.floor(1000 * part / whole) / 10
    return f"{percent:.1f}&nbsp;%" if percent else "under&nbsp;0.1&nbsp;%"


def _listed(cases: Iterable[Mapping[str, Any]], rows: Mapping[str, Feature]) -> Iterator[str]:
    """The differences that are listed, below a line for each area of the matrix."""
    found = {
        (one.get("feature", ""), one.get("explanation", ""))
        for case in cases
        for one in case.get("differences", ())
        if one["severity"] == "intentional"
    }
    by_area: dict[str, list[tuple[str, str]]] = {}
    for name, why in sorted(found):
        rule, colon, reason = why.partition(": ")
        area = str(rows[name].area) if name in rows else "other"
        by_area.setdefault(area, []).append((_feature(name, rows), plain(reason if colon else rule)))
    for area, lines in by_area.items():
        yield folded(f"{titled(area)}: {len(lines)}", table(("Feature", "Why"), lines))
    if not found:
        yield "None."


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


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _feature(name: str, rows: Mapping[str, Feature]) -> str:
    return f"[{plain(rows[name].title if name in rows else name)}](features/{name}.md)" if name else ""


def _shown(line: Line) -> str:
    """What an item rests on; of an open one also what is to be done, and what is behind it, opened in place."""
    parts = [_DATE.sub(lambda found: kept(found[0]), plain(line.shown).replace(" %", "&nbsp;%"))]
    if not line.open:
        return parts[0]
    parts += [f"<br>Next: {plain(step)}" for step in line.todo]
    if line.details:
        listed = "".join(f"<li>{plain(one)}</li>" for one in line.details)
        parts.append(f"<details><summary>Details ({len(line.details)})</summary><ul>{listed}</ul></details>")
    return "".join(parts)


def _items(opened: Sequence[Line], closed: Sequence[Line]) -> Iterator[str]:
    """What is left and whose it is, before what is done."""

    def row(line: Line, *whose: str) -> tuple[str, ...]:
        item = f"[{plain(line.text)}](checklists/release.md#{line.id})"
        return item, badge(_SHOWN[line.status], line.status), *whose, _shown(line)

    if opened:
        yield "## What is left, and whose it is"
        yield table(
            ("Item", "Status", "Who", "What is missing, and what to do"),
            (row(line, plain(line.role)) for line in opened),
        )
    if closed:
        yield "## What is done"
        yield table(("Item", "Status", "What shows it"), map(row, closed))


def release_page(verdict: Verdict, rows: Mapping[str, Feature]) -> str:
    """`release.md`: the gate's table, as of the sources and results that the site was made of.

    Args:
        verdict: The gate's answer.
        rows: Of the support matrix, by id.
    """
    open_lines = [line for line in verdict.lines if line.open]
    counts = Counter(sorted((line.status for line in verdict.lines), key=list(_SHOWN).index))
    shares = [(_SHOWN[name], count) for name, count in counts.items()]
    words = {_SHOWN[name]: name for name in counts}
    are = counted(len(open_lines), "item is open", "items are open")
    answer = "may go ahead" if verdict.passed else f"may not go ahead yet: {are}"
    parts = [
        f"# Release {plain(verdict.release)}",
        (
            f"Wherry {plain(verdict.release)} against Agno {plain(verdict.reference)}, judged on "
            f"{kept(f'{verdict.date:%Y-%m-%d}')}: the release **{answer}**. {code('wherry gate release')} "
            "decides, item by item of the [release checklist](checklists/release.md). "
            "What has no evidence, or old evidence, counts as no."
        ),
        bar(shares, "Items", words),
        legend(shares, words),
        *_items(open_lines, [line for line in verdict.lines if not line.open]),
        "## Known not to be migrated",
        f"{len(verdict.not_migrated)} features, each with what to use instead.",
    ]
    by_area: dict[str, list[tuple[str, str, str]]] = {}
    for name, status, fallback in verdict.not_migrated:
        area = str(rows[name].area) if name in rows else "other"
        by_area.setdefault(area, []).append((_feature(name, rows), badge(status), plain(fallback)))
    for area, lines in by_area.items():
        parts.append(folded(f"{titled(area)}: {len(lines)}", table(("Feature", "Status", "Instead"), lines)))
    return "\n\n".join(parts) + "\n"
