"""The support matrix as one page with one table, and as data to download. `features` has the page of a single row."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any, get_args

from wherry_portal.evidence.cell import Shown
from wherry_portal.matrix.model import AREAS, LABELS
from wherry_portal.pages.text import NO_CONTENTS, SHOWN, UNSEARCHED, badge, bar, folded, legend, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wherry_portal.evidence import Cell, Evidence
    from wherry_portal.matrix.model import Feature, SupportMatrix

ORDER: tuple[Shown, ...] = get_args(Shown)
COLUMNS = ("Feature", "Area", "Status", "Version", "Limits, or why not")
CSV_FIELDS = ("id", "title", "area", "status", "shown", "since", "planned", "reason", "limits", "fallback", "page")
_MEANING: Mapping[str, str] = {
    "available": "works as in Agno; passing evidence",
    "limited": "works within stated limits; passing evidence",
    "unverified": "written; no evidence has been recorded for the row yet",
    "failed": "evidence is tied to it and does not pass",
    "stale": "the evidence is of another version or too old",
    "planned": "not there yet; the version is named",
    "not_migrated": "not there; the row names the way round",
}


def matrix_page(matrix: SupportMatrix, cells: Mapping[str, Cell]) -> str:
    """`support-matrix.md`: counts, filters, and a table of every row."""
    rows = sorted(matrix.features, key=lambda row: AREAS.index(row.area))
    counts = Counter(cells[row.id].shown for row in rows)
    shares = [(status, counts[status]) for status in ORDER]
    body = "\n".join(_row(row, cells[row.id], matrix.package) for row in rows)
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    parts = [
        "# Support matrix",
        (
            f"Every feature of Agno {plain(matrix.version)} and where it stands in Wherry: {len(rows)} rows. "
            "*Proven* means that a test, fixture or notebook ran with this version and passed. Open a status to see "
            "which. The same table as [CSV](support-matrix.csv) and [JSON](support-matrix.json)."
        ),
        bar(shares, "All features"),
        legend([one for one in shares if one[1]], link="?status="),
        folded("What each status means", _meanings(counts)),
        _controls(cells.values(), matrix.package),
        (
            '<div class="wide" tabindex="0" role="region" aria-label="Features">'
            f'<table class="features" {UNSEARCHED}><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>'
            '<p class="none" hidden>No row fits. '
            '<button type="button" class="md-button">Show all rows</button></p></div>'
        ),
    ]
    return NO_CONTENTS + "\n\n".join(parts) + "\n"


def _meanings(counts: Mapping[Shown, int]) -> str:
    rows = ((badge(status), str(counts[status]), _MEANING[status]) for status in ORDER)
    return table(("Status", "Rows", "Meaning"), rows)


def _controls(cells: Iterable[Cell], package: str) -> str:
    """Filters; hidden until the script that serves them has started, so that nobody meets dead controls."""
    judged = list(cells)
    seen = {cell.shown for cell in judged}
    statuses = "".join(f'<option value="{one}">{SHOWN[one]}</option>' for one in ORDER if one in seen)
    areas = "".join(f"<option>{area}</option>" for area in AREAS)
    ran_on = sorted({version for cell in judged for version in _versions(cell, package)})
    versions = "".join(f"<option>{plain(version)}</option>" for version in ran_on)
    return (
        '<form class="controls" hidden>'
        '<label>Words <input type="search" name="words" placeholder="tool_call_limit"></label>'
        f'<label>Status <select name="status"><option value="">any</option>{statuses}</select></label>'
        f'<label>Area <select name="area"><option value="">any</option>{areas}</select></label>'
        f'<label>Evidence on {package.capitalize()} <select name="version"><option value="">any</option>{versions}'
        '<option value="none">none recorded</option></select></label>'
        '<output name="count" aria-live="polite"></output></form>'
    )


def _versions(judged: Cell, package: str) -> set[str]:
    """Versions of the reference that the evidence of a row ran with."""
    return {one.versions[package] for one in judged.evidence if package in one.versions}


def _row(row: Feature, judged: Cell, package: str) -> str:
    version = f"since {row.since}" if row.since else (f"planned for {row.planned}" if row.planned else "")
    return (
        f'<tr id="{row.id}" data-status="{judged.shown}" data-area="{row.area}" '
        f'data-version="{" ".join(sorted(_versions(judged, package))) or "none"}" data-names="{_names(row)}">'
        f'<th scope="row"><a href="../features/{row.id}/">{plain(row.title)}</a></th>'
        f"<td>{row.area}</td><td>{_status(judged)}</td>"
        f"<td>{plain(version)}</td><td>{plain(row.limits or row.reason)}</td></tr>"
    )


def _names(row: Feature) -> str:
    """The row's id and the names of Agno's that belong to it, so that what stands in somebody's code finds the row."""
    names = {part for symbol in row.symbols for part in re.split(r"[^\w*]+", symbol) if len(part) > 1}
    return escape(" ".join([row.id, *sorted(names - {"agno", "*"})]), quote=True)


def _with(one: Evidence) -> str:
    return ", " + plain(", ".join(f"{name} {number}" for name, number in one.versions.items())) if one.versions else ""


def _status(judged: Cell) -> str:
    if not judged.evidence:
        return badge(judged.shown)
    lines = "".join(
        f"<li><code>{plain(one.selector)}</code>: {plain(one.status)}"
        f"{f', {one.date:%Y-%m-%d}' if one.date else ''}{_with(one)}</li>"
        for one in judged.evidence
    )
    return f"<details><summary>{badge(judged.shown)}</summary><ul>{lines}</ul></details>"


def matrix_data(matrix: SupportMatrix, cells: Mapping[str, Cell]) -> dict[str, Any]:
    """The matrix as data: what `GET …/support-matrix` answers, with texts, symbols and evidence added."""
    return {
        "reference": f"{matrix.package} {matrix.version}",
        "features": [_data(row, cells[row.id]) for row in matrix.features],
    }


def _data(row: Feature, judged: Cell) -> dict[str, Any]:
    evidence = [
        {
            "selector": one.selector,
            "status": one.status,
            "detail": one.detail,
            "date": one.date.isoformat() if one.date else None,
            "versions": dict(one.versions),
        }
        for one in judged.evidence
    ]
    return {
        "id": row.id,
        "title": row.title,
        "area": row.area,
        "status": row.status,
        "shown": judged.shown,
        "since": row.since or None,
        "planned": row.planned or None,
        "reason": row.reason,
        "limits": row.limits,
        "fallback": row.fallback,
        "differences": list(row.differences),
        "symbols": list(row.symbols),
        "evidence": evidence,
        "page": f"features/{row.id}/",
    }


def matrix_json(matrix: SupportMatrix, cells: Mapping[str, Cell]) -> str:
    """`support-matrix.json`."""
    return json.dumps(matrix_data(matrix, cells), indent=1, ensure_ascii=False) + "\n"


def matrix_csv(matrix: SupportMatrix, cells: Mapping[str, Cell]) -> str:
    """`support-matrix.csv`: one line a row, without symbols and evidence."""
    made = io.StringIO()
    writer = csv.DictWriter(made, CSV_FIELDS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in matrix_data(matrix, cells)["features"]:
        writer.writerow({**row, "status": LABELS[row["status"]], "shown": SHOWN[row["shown"]]})
    return made.getvalue()
