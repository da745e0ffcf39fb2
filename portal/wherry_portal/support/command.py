"""`wherry support`: ticket counts by week from exports, and answers to alerts. Texts for people are here."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from wherry_portal.checklists import find_checklist, load_checklist
from wherry_portal.evidence import header, write_results
from wherry_portal.evidence.results import FILES
from wherry_portal.pilot.report import columns
from wherry_portal.sources import find_root
from wherry_portal.sources.counted import counted
from wherry_portal.support.alerts import answer_alert, load_alerts, open_alerts, raise_alerts
from wherry_portal.support.tickets import read_tickets
from wherry_portal.support.weeks import count_weeks, parse_since

if TYPE_CHECKING:
    from wherry_portal.support.weeks import Counts

app = App(name="support", help="Count tickets by week and team.", result_action="return_value")


@app.command
def stats(
    *exports: Path,
    since: str = "14d",
    limit: int | None = None,
    team_field: str = "",
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Count the tickets of exports by week and team, and write an alert for each team over the limit.

    Writes `results/support.json` and, over the limit, appends to `pilots/support-alerts.yaml`.

    Args:
        exports: CSV or JSON files as GitHub and Jira export them.
        since: First day: 14d, 2w or 2026-11-01; its whole week is counted.
        limit: Tickets that a team may file in a week; by default what checklists/release.yaml says.
        team_field: Name of the column or field with the team, when it has another name than usual.
        dry_run: Print the counts and write nothing.

    Returns:
        0, or 1 when an alert waits for an answer.
    """
    from wherry.core.errors import ConfigurationError

    if not exports:
        raise ConfigurationError("no export was named", hint="Give at least one file: wherry support stats tickets.csv")
    root, now = find_root(), datetime.now(UTC)
    if limit is None:
        limit = load_checklist(find_checklist("release", root)).thresholds.tickets_per_week
    first = parse_since(since, now.date())
    read = {path: read_tickets(path, team_field=team_field) for path in exports}
    counts = count_weeks((ticket for export in read.values() for ticket in export.tickets), first, now)
    print(table(counts, limit))
    if dry_run:
        return 0
    head = header(f"wherry support stats --since {since} {' '.join(path.name for path in exports)}", root=root)
    sources = [
        {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "tickets": len(export.tickets),
            "skipped": export.skipped,
        }
        for path, export in read.items()
    ]
    body = {"since": str(counts.since), "until": str(counts.until), "limit": limit, "sources": sources}
    write_results(root / "results" / FILES["support"], head, body | {"weeks": counts.numbers()})
    for alert in raise_alerts(root / "pilots", counts, limit, now):
        print(f"Alert {alert.id}: {counted(alert.tickets, 'ticket')} ({', '.join(alert.keys)}); {limit} are allowed.")
    return _waiting(root / "pilots")


@app.command
def answer(alert: str, /, *, name: str, link: str, text: str) -> int:
    """Write down what was done about an alert, which opens the release gate again.

    Args:
        alert: The alert's id, such as agentos-core/2026-W47.
        name: Who answers.
        link: Address that shows what was done.
        text: What was done, in a sentence.

    Returns:
        0, or 1 when another alert waits for an answer.
    """
    pilots = find_root() / "pilots"
    answered = answer_alert(pilots, alert, name=name, link=link, text=text, day=datetime.now(UTC).date())
    print(f"{answered.id}: answered for {counted(answered.tickets, 'ticket')}.")
    return _waiting(pilots)


def table(counts: Counts, limit: int) -> str:
    """Weeks down, teams across; what is over the limit carries an exclamation mark."""
    teams = counts.teams
    rows = [("week", *teams, "together")]
    for week, by_team in counts.numbers().items():
        cells = [
            f"{number}{' !' if number > limit else ''}" if (number := by_team.get(team, 0)) else "·" for team in teams
        ]
        rows.append((week, *cells, str(sum(by_team.values()))))
    head = f"Tickets from {counts.since} to {counts.until}; whole weeks; a team may file {limit} a week."
    return "\n".join([head, "", *columns(rows, width=160)])


def _waiting(pilots: Path) -> int:
    waiting = open_alerts(load_alerts(pilots))
    if waiting:
        names = ", ".join(alert.id for alert in waiting)
        print(f"Waiting for an answer, and the release gate with it: {names}")
        print(f"  wherry support answer {waiting[0].id} --name … --link … --text …")
    return 1 if waiting else 0
