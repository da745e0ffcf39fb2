"""The page of pilots: who crossed, when and how long each item took, and the tickets that came after."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import plain, table
from wherry_portal.pilot import clock
from wherry_portal.pilot.report import summary
from wherry_portal.support.alerts import open_alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from wherry_portal.checklists import Checklist
    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.pilot.log import PilotLog
    from wherry_portal.support.alerts import Alert

WIDTH, LEFT, ROW = 640, 130, 22


def pilots_page(
    logs: Iterable[PilotLog],
    checklist: Checklist,
    moment: datetime,
    tickets: ResultFile | None = None,
    alerts: Iterable[Alert] = (),
) -> str:
    """`pilots.md`.

    Args:
        logs: Of all teams.
        checklist: That they follow.
        moment: The moment of looking, for clocks that run.
        tickets: What `wherry support stats` has counted, or None.
        alerts: What came of too many tickets.
    """
    parts = [*_pilots(list(logs), checklist, moment), *_tickets(tickets, list(alerts))]
    return "\n\n".join(parts) + "\n"


def _pilots(logs: list[PilotLog], checklist: Checklist, moment: datetime) -> Iterator[str]:
    yield "# Pilots"
    yield (
        "Teams that carried a project over by the [pilot checklist](checklists/pilot.md); the logs are the files in "
        "`pilots/`, written by `wherry pilot`. "
        "A rehearsal is a run of ours on an example of ours and counts for nothing."
    )
    if not logs:
        yield "There is no log yet. [How to start one](guide/pilot.md)."
    for log in logs:
        yield from _pilot(log, checklist, moment)


def _pilot(log: PilotLog, checklist: Checklist, moment: datetime) -> Iterator[str]:
    found = summary(log, checklist, moment)
    yield f"## {plain(log.team)}{' (rehearsal)' if log.rehearsal else ''}"
    accepted = log.verification is not None and log.verification.accepted
    budget = f" of {clock.shown(found['budget_seconds'])} allowed" if found["budget_seconds"] else ""
    yield (
        f"Began {log.started:%Y-%m-%d}; {'accepted without Agno' if accepted else 'not accepted yet'}; "
        f"{clock.shown(found['worked_seconds'])} of work{budget}, {len(found['open'])} items open."
    )
    timed = [entry for entry in found["items"] if entry["seconds"] is not None]
    if timed:
        yield timeline(log.team, timed)
    rows = []
    for entry in found["items"]:
        took = "" if entry["seconds"] is None else clock.shown(entry["seconds"])
        expected = clock.shown(entry["expected_seconds"])
        status = plain(entry["status"].replace("_", " "))
        rows.append((plain(entry["text"]), status, took, expected, plain(entry["shown"])))
    yield table(("Item", "Status", "Took", "Expected", "What shows it"), rows)


def timeline(team: str, items: list[Mapping[str, Any]]) -> str:
    """A pilot's items in the order of the list, each from where the one before ended; its text says the times."""
    total = sum(item["seconds"] for item in items) or 1
    scale = (WIDTH - LEFT - 10) / total
    parts, began = [], 0
    for number, item in enumerate(items):
        y, width = ROW * number + 6, max(2.0, item["seconds"] * scale)
        left = min(LEFT + began * scale, WIDTH - 10 - width)
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 11}" text-anchor="end">{escape(item["id"])}</text>',
            f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="14" rx="2"/>',
        ]
        began += item["seconds"]
    said = "; ".join(f"{item['id']} {clock.shown(item['seconds'])}" for item in items)
    label = escape(f"Timeline of {team}: {said}", quote=True)
    height = ROW * len(items) + 24
    for seconds in (0, total // 2, total):
        x, anchor = LEFT + seconds * scale, "end" if seconds == total else "middle"
        parts.append(f'<text x="{x:.1f}" y="{height - 4}" text-anchor="{anchor}">{clock.shown(seconds)}</text>')
    return f'<svg class="ratios" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def ticket_plot(weeks: Mapping[str, Mapping[str, int]], limit: int) -> str:
    """Tickets by week, a bar a team, with the line that none may pass; its text says the numbers."""
    teams = sorted({team for by_team in weeks.values() for team in by_team})
    rows = [(week, team, weeks[week].get(team, 0)) for week in sorted(weeks) for team in teams]
    top = max(limit + 1, *(number for _, _, number in rows))
    scale, height = (WIDTH - LEFT - 40) / top, ROW * len(rows) + 24
    bound = f"{LEFT + limit * scale:.1f}"
    parts = [f'<line class="one" x1="{bound}" y1="2" x2="{bound}" y2="{height - 18}"/>']
    for number, (week, team, count) in enumerate(rows):
        y, width = ROW * number + 4, count * scale
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 12}" text-anchor="end">{escape(f"{week[5:]} {team}"[:_NAME])}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="14" rx="2"/>',
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}">{count}</text>',
        ]
    parts.append(f'<text x="{bound}" y="{height - 4}" text-anchor="middle">{limit} allowed</text>')
    said = "; ".join(f"{week} {team} {count}" for week, team, count in rows)
    label = escape(f"Tickets by week and team, {limit} allowed: {said}", quote=True)
    return f'<svg class="ratios" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


_NAME = 20


def _tickets(file: ResultFile | None, alerts: list[Alert]) -> Iterator[str]:
    yield "## Tickets"
    if file is None:
        yield "No export of the tracker has been counted. `wherry support stats EXPORT` does it."
    else:
        weeks: Mapping[str, Mapping[str, int]] = file.data["weeks"]
        teams = sorted({team for by_team in weeks.values() for team in by_team})
        yield (
            f"Tickets by week and team from {plain(file.data['since'])} to {plain(file.data['until'])}; a team may "
            f"file {file.data['limit']} a week, more raise an alert and close the [release gate](release.md)."
        )
        if teams:
            yield ticket_plot(weeks, file.data["limit"])
        rows = (
            (plain(week), *(str(found.get(team, 0)) for team in teams), str(sum(found.values())))
            for week, found in sorted(weeks.items())
        )
        yield table(("Week", *map(plain, teams), "Together"), rows)
        yield stamped(file)
    waiting = open_alerts(alerts)
    if alerts:
        yield table(
            ("Alert", "Tickets", "Answer"),
            ((plain(one.id), str(one.tickets), "none yet" if one in waiting else "given") for one in alerts),
        )
