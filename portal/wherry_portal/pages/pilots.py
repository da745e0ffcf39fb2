"""The page of pilots: who crossed, when and how long each item took, and the tickets that came after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.pages.plots import bar_plot, span_plot
from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import badge, folded, kept, plain, table
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

_TONES = {"done": "available", "signed": "available", "not_applicable": "limited", "failed": "failed"}
"""The colour of an item's status."""


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
        "Teams that carried a project over, step by step along the [pilot checklist](checklists/pilot.md). Each has "
        "its log in `pilots/`, written by `wherry pilot`. "
        "A rehearsal is ours, on an example of ours: it shows how a pilot goes and counts for no release."
    )
    if not logs:
        yield "There is no log yet. [How to start one](guide/pilot.md)."
    else:
        yield table(("Team", "Began", "Result", "Work", "Open items"), (_row(log, checklist, moment) for log in logs))
    for log in logs:
        yield from _pilot(log, checklist, moment)


def _title(log: PilotLog) -> str:
    """The team, and whether it is one of ours."""
    return f"{log.team.removeprefix('rehearsal-')} (rehearsal)" if log.rehearsal else log.team


def _row(log: PilotLog, checklist: Checklist, moment: datetime) -> tuple[str, ...]:
    found = summary(log, checklist, moment)
    accepted = log.verification is not None and log.verification.accepted
    budget = f" of {clock.shown(found['budget_seconds'])}" if found["budget_seconds"] else ""
    return (
        f"[{plain(_title(log))}](#{log.team})",
        kept(f"{log.started:%Y-%m-%d}"),
        badge("available", "accepted without Agno") if accepted else badge("unverified", "not accepted yet"),
        kept(f"{clock.shown(found['worked_seconds'])}{budget}"),
        str(len(found["open"])),
    )


def _pilot(log: PilotLog, checklist: Checklist, moment: datetime) -> Iterator[str]:
    found = summary(log, checklist, moment)
    yield f"## {plain(_title(log))} {{ #{log.team} }}"
    accepted = log.verification is not None and log.verification.accepted
    budget = f" of {clock.shown(found['budget_seconds'])} allowed" if found["budget_seconds"] else ""
    count = len(found["open"])
    yield (
        f"Began on {kept(f'{log.started:%Y-%m-%d}')}; {'accepted without Agno' if accepted else 'not accepted yet'}; "
        f"{clock.shown(found['worked_seconds'])} of work{budget}; "
        f"{'no item is' if not count else '1 item is' if count == 1 else f'{count} items are'} open. "
        f"The log is `pilots/{log.team}.yaml`."
    )
    timed = [entry for entry in found["items"] if entry["seconds"] is not None]
    if timed:
        yield timeline(log.team, timed)
    rows = []
    for entry in found["items"]:
        took = "" if entry["seconds"] is None else kept(clock.shown(entry["seconds"]))
        expected = kept(clock.shown(entry["expected_seconds"]))
        status = badge(_TONES.get(entry["status"], "unverified"), plain(entry["status"].replace("_", " ")))
        rows.append((plain(entry["text"]), status, took, expected, plain(entry["shown"])))
    yield folded("Every item, with what shows it", table(("Item", "Status", "Took", "Expected", "What shows it"), rows))


def timeline(team: str, items: list[Mapping[str, Any]]) -> str:
    """A pilot's items in the order of the list, each from where the one before ended; its text says the times."""
    rows, began = [], 0
    for item in items:
        rows.append((item["id"].replace("-", " "), began, item["seconds"], clock.shown(item["seconds"])))
        began += item["seconds"]
    return span_plot(f"Timeline of {team}", rows)


def ticket_plot(weeks: Mapping[str, Mapping[str, int]], limit: int) -> str:
    """Tickets by week, a bar a team, with the line that none may pass; its text says the numbers."""
    teams = sorted({team for by_team in weeks.values() for team in by_team})
    rows = [
        (f"{week}, {team}", "", count := weeks[week].get(team, 0), str(count))
        for week in sorted(weeks)
        for team in teams
    ]
    return bar_plot(f"Tickets by week and team, {limit} allowed", rows, limit=(limit, f"{limit} allowed"))


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
