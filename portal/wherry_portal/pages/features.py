"""The page of one feature of the support matrix. `matrix` has the table of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.matrix.model import AREAS, LABELS
from wherry_portal.pages.text import SHOWN, UNSEARCHED, badge, code, kept, plain, table, titled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wherry_portal.evidence import Cell
    from wherry_portal.matrix.model import Feature

TEMPLATES = "https://github.com/wherry-run/wherry/issues/new?template="
ISSUES = f"{TEMPLATES}missing-feature.yml"
_LONG = 12


def features_index(rows: Iterable[Feature], cells: Mapping[str, Cell]) -> str:
    """`features/index.md`: the pages by area, for who comes up from one of them."""
    by_area: dict[str, list[Feature]] = {}
    for row in rows:
        by_area.setdefault(row.area, []).append(row)
    parts = ["# Features", "Each has a page; the [support matrix](../support-matrix.md) filters and sorts them."]
    for area in sorted(by_area, key=AREAS.index):
        parts.append(f"## {titled(area)}")
        parts.append(
            "\n".join(f"- [{plain(row.title)}]({row.id}.md): {SHOWN[cells[row.id].shown]}" for row in by_area[area])
        )
    return "\n\n".join(parts) + "\n"


def feature_page(row: Feature, judged: Cell, version: str) -> str:
    """One feature: what it is, where it stands, what to do, what stands behind it."""
    return "\n\n".join(_feature_parts(row, judged, version)) + "\n"


def _feature_parts(row: Feature, judged: Cell, version: str) -> Iterator[str]:
    up = f"[Support matrix](../support-matrix.md#{row.id}) / [{plain(titled(row.area))}](index.md#{_slug(row.area)})"
    yield f"# {plain(row.title)}"
    yield f"{up} / {code(row.id)}\n{{ .crumbs }}"
    since = f" since Wherry {plain(row.since)}" if row.since else ""
    planned = f" for Wherry {plain(row.planned)}" if row.planned else ""
    yield f"{badge(judged.shown)}{since}{planned}"
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
    yield f"## Evidence {{ {UNSEARCHED} }}\n\n{_evidence(judged)}"
    if row.status != "available":
        link = f"[Say so in an issue]({ISSUES}&feature={row.id})"
        yield f"## Do you need it? {{ {UNSEARCHED} }}\n\n{link}: the template asks for what decides."


def _symbols(row: Feature) -> str:
    listed = [f"- {code(symbol)}" for symbol in row.symbols]
    if len(listed) <= _LONG:
        return "\n".join(listed) or "No symbol of Agno's is tied to it."
    hidden = "\n".join(f"    {line}" for line in listed[_LONG:])
    return "\n".join(listed[:_LONG]) + f'\n\n??? note "{len(listed) - _LONG} more"\n\n{hidden}'


def _evidence(judged: Cell) -> str:
    if not judged.evidence:
        return "None is tied to this row."
    with_ = [", ".join(f"{name} {number}" for name, number in one.versions.items()) for one in judged.evidence]
    usual = max(filter(None, with_), key=with_.count, default="")
    rows = []
    for one, versions in zip(judged.evidence, with_, strict=True):
        date = kept(f"{one.date:%Y-%m-%d}") if one.date else "never"
        tone = {"passed": "available", "failed": "failed", "stale": "stale"}.get(one.status, "unverified")
        other = f", with {plain(versions)}" if versions and versions != usual else ""
        detail = plain(one.detail.replace(one.selector, "it"))
        rows.append((code(one.selector), badge(tone, plain(one.status)), detail, date + other))
    made = table(("What ran", "Result", "Details", "When"), rows)
    return f"Made with {plain(usual)}{_unless(with_, usual)}.\n\n{made}" if usual else made


def _unless(all_: list[str], usual: str) -> str:
    return ", unless its row says otherwise" if {*filter(None, all_)} != {usual} else ""


def _slug(area: str) -> str:
    """The place of an area in the index: its heading as MkDocs makes an id of it."""
    return titled(area).lower().replace(" ", "-")
