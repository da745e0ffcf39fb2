"""The views of a pilot log: a table for the terminal, Markdown for a page or a ticket, plain data for JSON and HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.checklists.model import Automatic, Checklist
from wherry_portal.evidence.stamp import now_text
from wherry_portal.pilot import clock
from wherry_portal.pilot.log import Entry, PilotLog, to_data
from wherry_portal.pilot.walk import open_items, strangers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wherry_portal.checklists.model import Item

MARKS = {"done": "✓", "signed": "✓", "not_applicable": "-", "failed": "✗", "open": "○"}
_HEAD = ("", "item", "took", "expected", "what shows it")


def summary(log: PilotLog, checklist: Checklist, moment: datetime) -> dict[str, Any]:
    """The log with what follows from it: state, working time, open items.

    Returns:
        ``log`` (the file's data), ``state`` (running, paused, finished), ``worked_seconds``, ``budget_seconds``,
        ``within_budget``, ``accepted``, ``open`` (ids) and ``items`` (id, text, status,
        seconds, expected_seconds, shown).
    """
    end = log.finished or moment
    worked, budget = clock.worked(log, end), (checklist.budget_minutes or 0) * 60
    return {
        "log": to_data(log),
        "state": "finished" if log.finished else "running" if clock.running(log) else "paused",
        "worked_seconds": worked,
        "budget_seconds": budget or None,
        "within_budget": worked <= budget if budget else None,
        "accepted": log.accepted,
        "open": [item.id for item in open_items(log, checklist)],
        "items": [
            {
                "id": item.id,
                "text": item.text,
                "status": status_of(log, item),
                "seconds": entry.seconds if (entry := log.entry(item.id)) else None,
                "expected_seconds": round(item.expected_minutes * 60),
                "shown": shown_by(entry) if entry else asks_for(item),
            }
            for item in checklist.items
        ],
    }


def status_of(log: PilotLog, item: Item) -> str:
    """done, failed, signed, not_applicable or open."""
    entry = log.entry(item.id)
    return entry.status if entry else "open"


def shown_by(entry: Entry) -> str:
    """One line that says what an entry rests on."""
    if entry.signature:
        return f"{entry.signature.name} ({entry.signature.role}), {entry.signature.date}: {entry.signature.link}"
    if entry.status == "not_applicable":
        return f"does not apply ({entry.name}): {entry.reason}"
    last = entry.shown[-1] if entry.shown else "no output"
    return f"exit {entry.exit_status}: {last}" if entry.command else last


def asks_for(item: Item) -> str:
    """One line that says what closes an open item."""
    if isinstance(item, Automatic):
        return f"`{item.command}`" if item.command else f"evidence {', '.join(item.evidence)}"
    return f"signature of the {item.role}"


def text(log: PilotLog, checklist: Checklist, moment: datetime) -> str:
    """The state as a table for a terminal."""
    found = summary(log, checklist, moment)
    rows = [
        (
            MARKS[entry["status"]],
            entry["id"],
            "" if entry["seconds"] is None else clock.shown(entry["seconds"]),
            clock.shown(entry["expected_seconds"]),
            entry["shown"],
        )
        for entry in found["items"]
    ]
    lines = [_title(log, found), "", *columns([_HEAD, *rows], width=150), ""]
    lines += [_total(found, checklist)]
    lines += [f"Open point: {point}" for point in log.open_points]
    if unknown := strangers(log, checklist):
        named = ", ".join(map(repr, unknown))
        lines += [
            f"Not on the checklist, so without credit: {named}. Correct the id in the log, or take the entry out."
        ]
    return "\n".join(lines)


def markdown(log: PilotLog, checklist: Checklist, moment: datetime) -> str:
    """The report as a page."""
    found = summary(log, checklist, moment)
    lines = [f"# Pilot of {log.team}", ""]
    if log.rehearsal:
        lines += ["A rehearsal by the maintainers on a project of their own; it does not count as a pilot.", ""]
    facts = {
        "Project": f"`{log.project}`",
        "Began": f"{log.started:%Y-%m-%d %H:%M} UTC",
        "State": _state(found),
        "Working time": _total(found, checklist),
        "Environment": ", ".join(f"{name} {value}" for name, value in log.environment.items()),
        "CI": log.ci,
    }
    lines += [f"- {name}: {value}" for name, value in facts.items() if value]
    lines += ["", "| | item | took | expected | what shows it |", "|---|---|---|---|---|"]
    for entry in found["items"]:
        took = "" if entry["seconds"] is None else clock.shown(entry["seconds"])
        cells = (MARKS[entry["status"]], entry["text"], took, clock.shown(entry["expected_seconds"]), entry["shown"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if log.verification:
        verdict = "accepted" if log.verification.accepted else "not accepted"
        lines += ["", f"## Without Agno: {verdict}", ""]
        lines += [
            f"- {MARKS['done' if ok else 'failed']} {name}: {shown}" for name, ok, shown in log.verification.checks
        ]
    lines += ["", "## Open points", ""]
    lines += [f"- {point}" for point in log.open_points] or ["None."]
    lines += ["", f"_Made by `wherry pilot report --team {log.team}` at {now_text(moment)}._"]
    return "\n".join(lines)


def columns(rows: Sequence[Sequence[str]], *, width: int) -> list[str]:
    """Rows as aligned lines; what does not fit into `width` characters is cut in the last column."""
    sizes = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        line = "  ".join([*(cell.ljust(size) for cell, size in zip(row[:-1], sizes, strict=True)), row[-1]]).rstrip()
        lines.append(line if len(line) <= width else f"{line[: width - 1]}…")
    return lines


def _title(log: PilotLog, found: dict[str, Any]) -> str:
    kind = "Rehearsal" if log.rehearsal else "Pilot"
    return f"{kind} of {log.team} on {log.project}: {_state(found)}"


def _state(found: dict[str, Any]) -> str:
    closed = len(found["items"]) - len(found["open"])
    if found["state"] == "finished":
        return "accepted" if found["accepted"] else "finished, not accepted"
    return f"{found['state']}, {closed} of {len(found['items'])} items closed"


def _total(found: dict[str, Any], checklist: Checklist) -> str:
    took = clock.shown(found["worked_seconds"])
    return f"{took} of work" + (f"; the budget is {checklist.budget_minutes} min" if checklist.budget_minutes else "")
