"""The support matrix as pages: one for the whole, one for each feature."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from wherry_portal.evidence.cell import Shown
from wherry_portal.matrix.model import AREAS, LABELS
from wherry_portal.pages.text import SHOWN, badge, bar, code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.evidence import Cell
    from wherry_portal.matrix.model import Feature, SupportMatrix

ORDER: tuple[Shown, ...] = get_args(Shown)
ISSUES = "https://github.com/wherry-run/wherry/issues/new?template=missing-feature.yml"
_LONG = 12


def matrix_page(matrix: SupportMatrix, cells: Mapping[str, Cell]) -> str:
    """`support-matrix.md`: counts, then a table for each area."""
    counts = Counter(cells[row.id].shown for row in matrix.features)
    parts = [
        "# Support matrix",
        (
            f"Every feature of Agno {plain(matrix.version)} and where it stands in Wherry: {len(matrix.features)} "
            "rows. *Wanted* is what the row claims; *proven* means that a test, fixture or notebook that ran with this "
            "version stands behind it. A row without current evidence says so."
        ),
        bar([(status, counts[status]) for status in ORDER], "All features"),
        table(
            ("Shown as", "Rows", "Meaning"),
            ((badge(status), str(counts[status]), _MEANING[status]) for status in ORDER),
        ),
        (
            '<label class="filter">Filter the rows <input type="search" data-filter="table.features" '
            'placeholder="guardrails, knowledge, …"></label>'
        ),
    ]
    for area in AREAS:
        rows = [row for row in matrix.features if row.area == area]
        if rows:
            parts += [f"## {area.capitalize()}", area_table(rows, cells)]
    return "\n\n".join(parts) + "\n"


_MEANING: Mapping[str, str] = {
    "available": "works as in Agno; passing evidence",
    "limited": "works within stated limits; passing evidence",
    "unverified": "written; no evidence is tied to the row yet",
    "failed": "evidence is tied to it and does not pass",
    "stale": "the evidence is of another version or too old",
    "planned": "not there yet; the version is named",
    "not_migrated": "not there; the row names the way round",
}


def area_table(rows: list[Feature], cells: Mapping[str, Cell]) -> str:
    """The rows of an area."""
    body = []
    for row in rows:
        said = row.limits or row.reason
        version = f"since {row.since}" if row.since else (f"planned for {row.planned}" if row.planned else "")
        body.append(
            f'<tr><th scope="row"><a href="../features/{row.id}/">{plain(row.title)}</a></th>'
            f"<td>{plain(LABELS[row.status])}</td><td>{badge(cells[row.id].shown)}</td>"
            f"<td>{plain(version)}</td><td>{plain(said)}</td></tr>"
        )
    head = "<tr><th>Feature</th><th>Wanted</th><th>Shown</th><th>Version</th><th>Limits, or why not</th></tr>"
    lines = "\n".join(body)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Features">'
        f'<table class="features"><thead>{head}</thead>\n<tbody>\n{lines}\n</tbody></table></div>'
    )


def feature_page(row: Feature, judged: Cell, version: str) -> str:
    """One feature: what it is, where it stands, what to do, what stands behind it."""
    return "\n\n".join(_feature_parts(row, judged, version)) + "\n"


def _feature_parts(row: Feature, judged: Cell, version: str) -> Iterator[str]:
    yield f"# {plain(row.title)}"
    told = f"Wanted: {LABELS[row.status]}. Shown: {badge(judged.shown)}"
    since = f" Since Wherry {plain(row.since)}." if row.since else ""
    planned = f" Planned for Wherry {plain(row.planned)}." if row.planned else ""
    yield f"{told}{since}{planned} Feature id: {code(row.id)}."
    if judged.open:
        yield (
            '!!! warning "Not proven"\n\n'
            f"    This row claims to be {LABELS[row.status]}, and its evidence does not bear that out yet "
            f"({SHOWN[judged.shown]}). Try it on your own scripts with `wherry parity` before you rely on it."
        )
    for head, text in (("Why", row.reason), ("Limits", row.limits), ("Instead", row.fallback)):
        if text:
            yield f"## {head}\n\n{plain(text)}"
    if row.keeps_agno:
        yield "Code that uses it keeps its imports of Agno: Wherry accepts such objects by their shape."
    if row.differences:
        listed = "\n".join(f"- {plain(text)}" for text in row.differences)
        yield f"## Differences from Agno\n\n{listed}"
    yield f"## In Agno {plain(version)}\n\n{_symbols(row)}"
    yield f"## Evidence\n\n{_evidence(judged)}"
    if row.status != "available":
        link = f"[Say so in an issue]({ISSUES}&feature={row.id})"
        yield f"## Do you need it?\n\n{link}: the template asks for what decides."


def _symbols(row: Feature) -> str:
    listed = [f"- {code(symbol)}" for symbol in row.symbols]
    if len(listed) <= _LONG:
        return "\n".join(listed) or "No symbol of Agno's is tied to it."
    hidden = "\n".join(f"    {line}" for line in listed[_LONG:])
    return "\n".join(listed[:_LONG]) + f'\n\n??? note "{len(listed) - _LONG} more"\n\n{hidden}'


def _evidence(judged: Cell) -> str:
    if not judged.evidence:
        return "None is tied to this row."
    rows = []
    for one in judged.evidence:
        date = f"{one.date:%Y-%m-%d}" if one.date else "never"
        versions = ", ".join(f"{name} {number}" for name, number in one.versions.items())
        rows.append((code(one.selector), plain(one.status), plain(one.detail), date, plain(versions)))
    return table(("Evidence", "Status", "Detail", "Ran", "With"), rows)
