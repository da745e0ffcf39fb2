"""A page for each checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.checklists.model import Automatic, Signed
from wherry_portal.pages.text import code, plain, table

if TYPE_CHECKING:
    from wherry_portal.checklists.model import Checklist


def checklist_page(checklist: Checklist) -> str:
    """`checklists/<id>.md`: the items in the order of doing."""
    minutes = checklist.expected_minutes
    budget = f" The whole list may take {checklist.budget_minutes} minutes." if checklist.budget_minutes else ""
    parts = [
        f"# {plain(checklist.title)} checklist",
        f"{plain(checklist.purpose)}{budget} Expected: {minutes:g} minutes.",
    ]
    for number, item in enumerate(checklist.items, 1):
        parts.append(f"## {number}. {plain(item.text)} {{ #{item.id} }}\n\n{_item(item)}")
    if checklist.guidance:
        listed = table(
            ("Scenario", "Guidance"),
            ((plain(g.get("scenario", "")), plain(g.get("text", ""))) for g in checklist.guidance),
        )
        parts.append(f"## Tuning guidance\n\n{listed}")
    parts.append(f"The source of this page is {code(f'checklists/{checklist.id}.yaml')}.")
    return "\n\n".join(parts) + "\n"


def _item(item: Automatic | Signed) -> str:
    lines = [f"{plain(item.why)}", "", f"- Who: {plain(item.role)}, about {item.expected_minutes:g} minutes"]
    if isinstance(item, Automatic):
        if item.command:
            lines.append(f"- Decided by {code(item.command)}: exit status 0")
        if item.evidence:
            lines.append(f"- Decided by evidence: {', '.join(code(one) for one in item.evidence)}")
    else:
        optional = "; may be marked not applicable, with a reason" if item.optional else ""
        lines.append(f"- Signed by a person, with a link that shows: {plain(item.proof)}{optional}")
    if item.docs:
        lines.append(f"- [How to do it](../{item.docs.rstrip('/')}.md)")
    return "\n".join(lines)
