"""Checks of what people have done: the matrix, pilots, tickets, tuning guidance. `items` names them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wherry_portal.checklists.links import dead_end
from wherry_portal.evidence.resolve import CLOCK_SLACK
from wherry_portal.gate.finding import Finding, Status
from wherry_portal.gate.run_checks import missing, some
from wherry_portal.pilot import clock, walk
from wherry_portal.sources.counted import counted
from wherry_portal.support.alerts import open_alerts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wherry_portal.gate.context import Context
    from wherry_portal.pilot import PilotLog


def matrix(context: Context) -> Finding:
    """Every claimed feature has passing and current evidence."""
    claimed = {name: cell for name, cell in context.cells.items() if cell.wanted in {"available", "limited"}}
    opened = {name: cell for name, cell in claimed.items() if cell.open}
    proven = len(claimed) - len(opened)
    if not claimed:
        return Finding("missing", "the matrix claims nothing")
    if not opened:
        return Finding("passed", f"all {proven} claimed features are proven on agno {context.matrix.version}")
    by_shown: dict[str, list[str]] = {}
    for name, cell in opened.items():
        by_shown.setdefault(cell.shown, []).append(name)
    counts = ", ".join(f"{len(names)} {shown}" for shown, names in sorted(by_shown.items()))
    details = some(f"{shown}: {name}" for shown, names in sorted(by_shown.items()) for name in names)
    status = next(status for shown, status in _OPEN.items() if shown in by_shown)
    return Finding(status, f"{proven} of {len(claimed)} claimed features are proven; {counts}", details)


_OPEN: Mapping[str, Status] = {"failed": "failed", "unverified": "missing", "stale": "stale"}
"""What an open cell of the matrix means for the gate, the worst first."""


def not_migrated(context: Context) -> Finding:
    """The known list of what is not migrated: complete, each row with a reason and a fallback."""
    from wherry_portal.matrix.coverage import unclassified
    from wherry_portal.matrix.surface import surface
    from wherry_portal.matrix.symbols import SymbolIndex

    rows = [row for row in context.matrix.features if row.blocks]
    bare = [
        f"{row.id}: no {'reason' if not row.reason else 'fallback'}"
        for row in rows
        if not (row.reason and row.fallback)
    ]
    if bare:
        return Finding("failed", f"{counted(len(bare), 'row')} saying too little", some(bare))
    forgotten = unclassified(SymbolIndex(context.matrix, surface(context.matrix.version)))
    if forgotten:
        return Finding(
            "failed", f"{counted(len(forgotten), 'symbol')} of agno {context.matrix.version} in no row", some(forgotten)
        )
    planned = sum(1 for row in rows if row.status == "planned")
    return Finding(
        "passed",
        f"{len(rows) - planned} not migrated and {planned} planned, each with reason and fallback",
        some(f"{row.id}: {row.fallback}" for row in rows),
    )


def pilots(context: Context) -> Finding:
    """Enough teams have accepted a pilot of this version within the time; rehearsals are shown and not counted."""
    needed = context.checklist.thresholds.pilots
    limit = context.checklist.thresholds.pilot_minutes * 60
    details, accepted = [], 0
    for log in context.pilots:
        objection = _pilot_objection(context, log, limit)
        accepted += not objection
        took = clock.shown(clock.worked(log, log.finished or context.now))
        details.append(f"{log.team}: {objection or 'accepted'}, {took}")
    rehearsals = sum(log.rehearsal for log in context.pilots)
    shown = f"{accepted} of {needed} pilots accepted" + (
        f"; {rehearsals} rehearsals are not counted" if rehearsals else ""
    )
    if accepted >= needed:
        return Finding("passed", shown, tuple(details))
    return Finding("missing", shown, tuple(details))


def _pilot_objection(context: Context, log: PilotLog, limit: int) -> str:
    if log.rehearsal:
        return "a rehearsal of our own"
    if log.finished is None:
        return "not finished"
    if wanting := _wanting(context, log):
        return wanting
    if log.verification is None or not log.verification.accepted:
        return "not accepted without Agno"
    if log.verification.wherry != context.release:
        return f"accepted wherry {log.verification.wherry}"
    if clock.worked(log, log.finished) > limit:
        return f"took longer than {clock.shown(limit)}"
    return ""


def _wanting(context: Context, log: PilotLog) -> str:
    """What a log that says "finished" lacks by the checklist: a file can say anything."""
    checklist = context.list("pilot")
    if unknown := walk.strangers(log, checklist):
        return f"has items that the checklist does not have: {', '.join(unknown)}"
    if opened := walk.open_items(log, checklist):
        return f"{counted(len(opened), 'item is open', 'items are open')}: {', '.join(item.id for item in opened)}"
    signed = [(entry.id, entry.signature.link) for entry in log.items if entry.signature]
    dead = [f"{name}: {nowhere}" for name, link in signed if (nowhere := dead_end(link, context.root))]
    return "; ".join(dead)


def tickets(context: Context) -> Finding:
    """Ticket counts are recent, cover two weeks, and every week over the limit has an answered alert."""
    file = context.results.get("support")
    if file is None:
        return missing(context, "support")
    waiting = [f"{alert.id}: {counted(alert.tickets, 'ticket')}, not answered" for alert in open_alerts(context.alerts)]
    limit = context.checklist.thresholds.tickets_per_week
    known = {alert.id: alert.tickets for alert in context.alerts}
    silent = [
        f"{team}/{week}: {counted(number, 'ticket')} and no alert"
        for week, by_team in file.data["weeks"].items()
        for team, number in by_team.items()
        if number > limit and known.get(f"{team}/{week}", 0) < number
    ]
    if waiting or silent:
        answer = [
            f"Answer it: `wherry support answer {alert.id} --name NAME --link LINK --text WHAT`."
            for alert in open_alerts(context.alerts)
        ]
        return Finding("failed", (waiting + silent)[0], some(waiting + silent), tuple(answer))
    age = context.now - file.stamp.date
    if age > timedelta(days=context.checklist.thresholds.tickets_days):
        return Finding("stale", f"counted {counted(age.days, 'day')} ago")
    if age < -CLOCK_SLACK:
        return Finding("stale", f"counted on {file.stamp.date:%Y-%m-%d}, which is in the future")
    if len(file.data["weeks"]) < 2 or not file.data["sources"]:
        return Finding("missing", "fewer than two weeks were counted")
    total = sum(number for by_team in file.data["weeks"].values() for number in by_team.values())
    seen = f"{counted(total, 'ticket')} in {counted(len(file.data['weeks']), 'week')}"
    return Finding("passed", f"{seen}, no team above {limit} a week unanswered")


def guidance(context: Context) -> Finding:
    """No tuning guidance is open."""
    entries = context.list("performance").guidance
    if not entries:
        return Finding("passed", "no tuning guidance is open")
    details = tuple(
        f"{one['scenario']} {one['metric']}: {one['off_percent']:g} % off; {one['suggestions'][0]}" for one in entries
    )
    return Finding("failed", f"{len(entries)} ratios are more than 10 % off", details)
