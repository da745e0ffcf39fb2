"""The result of a script's parity as one HTML file that works offline: verdict, differences, both sides.

Also the same result as JSON. Nothing is judged here.
"""

from __future__ import annotations

import html
import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.findings import contrast
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.parity.compare import Difference
    from wherry_portal.parity.intentional import Expectations
    from wherry_portal.parity.script.sides import ScriptResult

CONTEXT = 3
LISTED = 200
EXACT = 1000
NOISE = "the two runs of Agno disagree here as well"
UNEXPLAINED = "no listed difference explains it: a fault of Wherry's, or a detail that no code should rest on"
SEVERITIES = ("difference", "intentional", "noise")

_STYLE = """
:root{color-scheme:light dark;--ok:#1a7f37;--bad:#c62828;--note:#8a6d00;--line:#8884;--soft:#8881}
@media (prefers-color-scheme:dark){:root{--ok:#7fd8a0;--bad:#ff8a80;--note:#ffcf70}}
body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}code,pre,td{font:13px/1.45 ui-monospace,monospace}
table{border-collapse:collapse;width:100%;table-layout:fixed}td,th{border:1px solid var(--line);padding:.3rem .5rem;
vertical-align:top;text-align:left;overflow-wrap:anywhere;white-space:pre-wrap}th{font:600 13px system-ui}
.passed{color:var(--ok)}.failed{color:var(--bad)}tr.difference td:first-child{border-left:4px solid var(--bad)}
tr.intentional td:first-child{border-left:4px solid var(--note)}
tr.noise td:first-child{border-left:4px solid var(--line)}
tr.changed td{background:#c6282818}tr.gap td{background:var(--soft);text-align:center;padding:0}
details{margin:.6rem 0}summary{cursor:pointer}summary span{font-weight:600}
"""


def page(result: ScriptResult, expectations: Expectations, *, title: str, head: dict[str, Any]) -> str:
    """The whole page.

    Args:
        result: What came of the script.
        expectations: For the reasons of intentional differences.
        title: The script's name.
        head: Date, commit, versions.
    """
    verdict = "differs" if result.comparison.differences else "proves nothing" if result.unproven else "agrees"
    versions = ", ".join(f"{name} {version}" for name, version in head["versions"].items())
    parts = [
        f"<h1>{_e(title)}: <span class={'passed' if result.passed else 'failed'}>{verdict}</span></h1>",
        f"<p>{_e(head['date'])} · {_e(versions)}</p>",
        _counts(result),
        *([f"<p class=failed>But {_e(result.unproven)}</p>"] if result.unproven else []),
        *(f"<p>{_e(note)}</p>" for note in result.notes),
        *(_severity(result, expectations, severity) for severity in SEVERITIES),
        "<h2>Side by side</h2>",
        *_sides(result),
    ]
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_e(title)}: parity</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>\n'
    )


def as_json(result: ScriptResult, expectations: Expectations, head: dict[str, Any]) -> str:
    """The same result as JSON: head, counts, differences.

    Args:
        result: What came of the script.
        expectations: For the reasons of intentional differences.
        head: Date, commit, versions; and `script` and `files` for the ledger.
    """
    comparison = result.comparison
    counts = {name: getattr(comparison, name) for name in ("compared", "equal")}
    counts |= {severity: comparison.count(severity) for severity in SEVERITIES}
    listed = []
    for one in comparison.found:
        agno, wherry = contrast(one.agno, one.wherry, 400)
        entry = {"path": one.where, "severity": one.severity, "agno": agno, "wherry": wherry}
        if one.rule:
            rule = expectations.rule(one.rule)
            entry |= {"explanation": rule.reason, "feature": rule.feature}
        listed.append(entry)
    outcome = "passed" if result.passed else "failed"
    data = {**head, "outcome": outcome, "counts": counts, "notes": result.notes, "differences": listed}
    if result.unproven:
        data["unproven"] = result.unproven
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _counts(result: ScriptResult) -> str:
    comparison = result.comparison
    cells = {"compared": comparison.compared, "equal": comparison.equal}
    cells |= {severity: comparison.count(severity) for severity in ("noise", "intentional", "difference")}
    heads = "".join(f"<th>{name}</th>" for name in cells)
    return f"<table><tr>{heads}</tr><tr>{''.join(f'<td>{number}</td>' for number in cells.values())}</tr></table>"


def _severity(result: ScriptResult, expectations: Expectations, severity: str) -> str:
    found = [one for one in result.comparison.found if one.severity == severity]
    if not found:
        return ""
    rows = "".join(_row(one, expectations) for one in found[:LISTED])
    more = f"<p>… and {len(found) - LISTED} more.</p>" if len(found) > LISTED else ""
    heads = "<tr><th>place</th><th>Agno</th><th>Wherry</th><th>why</th></tr>"
    opened = " open" if severity == "difference" else ""
    table = f"<table>{heads}{rows}</table>{more}"
    number = counted(len(found), "place")
    return f"<details{opened}><summary>{severity}: {number}</summary>{table}</details>"


def _row(one: Difference, expectations: Expectations) -> str:
    agno, wherry = contrast(one.agno, one.wherry, 400)
    why = NOISE if one.severity == "noise" else UNEXPLAINED
    if one.rule:
        rule = expectations.rule(one.rule)
        why = f"{rule.reason} ({rule.feature})"
    cells = "".join(f"<td>{_e(text)}</td>" for text in (one.where, agno, wherry, why))
    return f"<tr class={one.severity}>{cells}</tr>"


def _sides(result: ScriptResult) -> Iterator[str]:
    one, _, other = result.documents
    for channel in one:
        left, right = _lines(one[channel]), _lines(other.get(channel))
        same = left == right
        table = (
            "<p>equal</p>"
            if same
            else f"<table><tr><th>Agno</th><th>Wherry</th></tr>{''.join(_beside(left, right))}</table>"
        )
        mark, told, opened = _verdict(result, channel, same=same)
        yield f"<details{opened}><summary><span class={mark}>{_e(channel)}</span> {told}</summary>{table}</details>"


def _verdict(result: ScriptResult, channel: str, *, same: bool) -> tuple[str, str, str]:
    """Class, words and whether it is open: what differs and is explained is no failure."""
    number = sum(one.weight for one in result.comparison.differences if one.channel == channel)
    if number:
        return "failed", f"{number} {'value differs' if number == 1 else 'values differ'}", " open"
    return "passed", "equal" if same else "differs only in what is explained", ""


def _lines(value: Any) -> list[str]:
    if isinstance(value, list) and value and all(isinstance(item, dict) and list(item) == ["name"] for item in value):
        return [str(item["name"]) for item in value]
    return json.dumps(value, indent=1, ensure_ascii=False).splitlines()


def _beside(left: list[str], right: list[str]) -> Iterator[str]:
    """Table rows of two texts; equal stretches are shortened to their edges.

    In a long text the lines that stand everywhere, such as brackets, guide the comparison no longer: each of them with
    each other one would take minutes.
    """
    long = len(right) > EXACT
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=long).get_opcodes():
        if kind == "equal":
            pairs = list(zip(left[a:b], right[c:d], strict=True))
            cut = len(pairs) > 2 * CONTEXT + 1
            shown = [*pairs[:CONTEXT], None, *pairs[-CONTEXT:]] if cut else pairs
            for pair in shown:
                yield '<tr class="gap"><td colspan=2>…</td></tr>' if pair is None else _pair(*pair, "")
            continue
        for k in range(max(b - a, d - c)):
            yield _pair(left[a + k] if a + k < b else "", right[c + k] if c + k < d else "", " class=changed")


def _pair(left: str, right: str, kind: str) -> str:
    return f"<tr{kind}><td>{_e(left)}</td><td>{_e(right)}</td></tr>"


def _e(text: str) -> str:
    return html.escape(text)
