"""A page for each checklist; the pilot's can be followed on its page (`docs/assets/checklist.js`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry import __version__
from wherry_portal.checklists import CHECKLISTS
from wherry_portal.checklists.model import Automatic, Signed
from wherry_portal.gate.signoffs import LONGEST_WAIVER_DAYS
from wherry_portal.gate.todo import TODO
from wherry_portal.pages.text import code, plain
from wherry_portal.pilot.own_parity import MAKE
from wherry_portal.pilot.perform import OWN_PARITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.checklists.model import Checklist

FOLLOWED = "pilot"
"""The checklist that is followed on its page; the others are signed with `wherry gate sign`."""
WAIVED = "release"
"""The checklist whose items may be waived."""


def checklist_page(checklist: Checklist) -> str:
    """`checklists/<id>.md`: the items in the order of doing."""
    minutes = checklist.expected_minutes
    budget = f" The whole list may take {checklist.budget_minutes} minutes." if checklist.budget_minutes else ""
    parts = [
        f"# {plain(checklist.title)} checklist",
        f"{plain(checklist.purpose)}{budget} Expected: {minutes:g} minutes for {len(checklist.items)} items.",
    ]
    if checklist.id == FOLLOWED:
        parts.append(_panel(checklist))
    if checklist.id == WAIVED:
        parts.append(
            "An item that is open may be waived: `wherry gate waive ITEM --reason WHY --owner NAME --expires DAY`. "
            f"A waiver lasts up to {LONGEST_WAIVER_DAYS} days, stays in the table with its reason and owner, and "
            "covers no file that cannot be read."
        )
    for number, item in enumerate(checklist.items, 1):
        parts.append(f"## {number}. {plain(item.text.rstrip('.'))} {{ #{item.id} }}\n\n{_item(item, checklist.id)}")
    if checklist.guidance:
        parts.append("## Tuning guidance")
        parts += [_guidance(entry) for entry in checklist.guidance]
    parts.append(f"The source of this page is {code(f'checklists/{checklist.id}.yaml')}.")
    return "\n\n".join(parts) + "\n"


def _guidance(entry: Mapping[str, Any]) -> str:
    """One ratio that is off: by how much, what to do about it, and where its time went."""
    low, high = entry["interval"]
    done = "\n".join(f"- {plain(text)}" for text in entry["suggestions"])
    spots = entry.get("hot_spots") or ()
    where = "\n\nWhere the time goes: " + ", ".join(code(spot) for spot in spots) + "." if spots else ""
    return (
        f"### {plain(entry['scenario'])}: {plain(entry['metric'])}\n\n"
        f"The ratio is {entry['ratio']:.2f} ({low:.2f} to {high:.2f}), its budget {entry['budget']:g}: "
        f"{entry['off_percent']:g} % off, measured {plain(entry['date'][:10])}.\n\n{done}{where}"
    )


def _panel(checklist: Checklist) -> str:
    """Where `assets/checklist.js` builds the panel to follow the list with; without it the list is read as it is."""
    items = [
        {
            "id": item.id,
            "text": item.text,
            "role": item.role,
            "kind": "automatic" if isinstance(item, Automatic) else "signed",
            "optional": isinstance(item, Signed) and item.optional,
        }
        for item in checklist.items
    ]
    told = {"id": checklist.id, "budget_minutes": checklist.budget_minutes, "wherry": __version__, "items": items}
    data = json.dumps(told, ensure_ascii=True).replace("<", "\\u003c")
    return (
        "Follow it with `wherry pilot`, or here: the clock, the signatures and the log are the same. "
        "[How a pilot goes](../guide/pilot.md).\n\n"
        '<section class="follow" aria-label="Follow the checklist" hidden>'
        f'<script type="application/json">{data}</script></section>'
    )


def _decided(item: Automatic, checklist: str) -> Iterator[str]:
    """What decides an automatic item, and what to do about it as long as it is open."""
    if item.command:
        yield f"- Decided by a run of {code(item.command)}, which has to succeed"
    for one in item.evidence:
        kind, _, name = one.partition(":")
        if kind == "gate" and name in CHECKLISTS:
            yield f"- Decided by the [{name} checklist]({name}.md): each of its items is closed"
        elif kind == "gate":
            yield f"- Decided by `wherry gate release`. If it is open: {plain(TODO[name])}"
        elif checklist == FOLLOWED and one == OWN_PARITY:
            yield f"- Decided by the comparison of the team's scripts. In the project's folder: {plain(MAKE)}"
        else:
            yield f"- Decided by recorded evidence: {code(one)}. `make evidence` makes it anew"


def _minutes(number: float) -> str:
    return "1 minute" if number == 1 else f"{number:g} minutes"


def _item(item: Automatic | Signed, checklist: str) -> str:
    lines = [f"{plain(item.why)}", "", f"- Who: {plain(item.role)}, about {_minutes(item.expected_minutes)}"]
    if isinstance(item, Automatic):
        lines += _decided(item, checklist)
    else:
        optional = ". May be marked as not applicable, with a reason" if item.optional else ""
        proof = item.proof.rstrip(".")
        lines.append(f"- Signed by a person, with a link to: {plain(proof[:1].lower() + proof[1:])}{optional}")
        sign = f"wherry pilot sign {item.id}" if checklist == FOLLOWED else f"wherry gate sign {checklist} {item.id}"
        lines.append(f"- Sign with {code(f'{sign} --name NAME --link LINK')}")
    if item.docs:
        lines.append(f"- [How to do it](../{item.docs.rstrip('/')}.md)")
    return "\n".join(lines)
