"""``pilots/support-alerts.yaml``: weeks in which a team filed too many tickets, and what was answered.

An alert is answered when its answer covers as many tickets as were counted: one that comes later opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.checklists.links import dead_end
from wherry_portal.evidence.stamp import now_text
from wherry_portal.sources import Complaint, Source, dump_yaml, locked, read, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime
    from pathlib import Path

    from wherry_portal.support.weeks import Counts

FILE = "support-alerts.yaml"
SCHEMA = "support-alerts.schema.json"
HEADING = (
    "Weeks in which a team filed more tickets than the limit, appended by `wherry support stats`.\n"
    "The release gate stays closed until each is answered: `wherry support answer ID --name … --link … --text …`."
)
SHORTEST_TEXT = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What was done about an alert, by whom, and how many tickets that covers."""

    name: str
    date: str
    link: str
    text: str
    tickets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One team's week.

    Attributes:
        id: ``team/week``.
        team: The team.
        week: ISO week.
        tickets: How many were counted.
        limit: How many are allowed.
        raised: When the alert was first written, UTC as text.
        keys: The tickets.
        answer: What was done, or None.
    """

    id: str
    team: str
    week: str
    tickets: int
    limit: int
    raised: str
    keys: tuple[str, ...] = ()
    answer: Answer | None = field(default=None)

    @property
    def open(self) -> bool:
        """Whether no answer covers all its tickets."""
        return self.answer is None or self.answer.tickets < self.tickets


def load_alerts(pilots: Path) -> list[Alert]:
    """The alerts of a folder of pilots; none when there is no file.

    Raises:
        SourceError: The file breaks a rule.
    """
    path = pilots / FILE
    if not path.exists():
        return []
    data = read(path, SCHEMA, rules=(_sound,)).data
    return [_alert(entry) for entry in data["alerts"]]


def open_alerts(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that wait for an answer."""
    return [alert for alert in alerts if alert.open]


def raise_alerts(pilots: Path, counts: Counts, limit: int, moment: datetime) -> list[Alert]:
    """Append an alert for each team and week over the limit; counting again changes nothing but higher numbers.

    Returns:
        The alerts that are new or that more tickets have opened again.
    """
    with locked(pilots):
        alerts = {alert.id: alert for alert in load_alerts(pilots)}
        changed = []
        for week, by_team in counts.weeks.items():
            for team, keys in by_team.items():
                before = alerts.get(f"{team}/{week}")
                if len(keys) <= max(limit, before.tickets if before else 0):
                    continue
                base = before or Alert(
                    id=f"{team}/{week}", team=team, week=week, tickets=0, limit=limit, raised=now_text(moment)
                )
                alerts[base.id] = replace(base, tickets=len(keys), keys=keys)
                changed.append(alerts[base.id])
        if changed:
            _save(pilots, alerts.values())
    return changed


def answer_alert(pilots: Path, alert_id: str, *, name: str, link: str, text: str, day: date) -> Alert:
    """Answer an alert.

    Raises:
        ConfigurationError: There is no such alert, or the answer lacks a name, a link or a sentence.
    """
    if not name.strip() or dead_end(link, pilots.parent) or len(text.strip()) < SHORTEST_TEXT:
        raise ConfigurationError(
            f"an answer to {alert_id!r} needs a name, a link and a sentence",
            hint="Add --name 'Ada Lovelace' --link https://… --text 'What was done about it'.",
        )
    with locked(pilots):
        alerts = {alert.id: alert for alert in load_alerts(pilots)}
        if alert_id not in alerts:
            waiting = ", ".join(alert.id for alert in open_alerts(alerts.values())) or "none"
            raise ConfigurationError(f"there is no alert {alert_id!r}", hint=f"Waiting for an answer: {waiting}.")
        alert = alerts[alert_id]
        alerts[alert_id] = replace(alert, answer=Answer(name, day.isoformat(), link, text, alert.tickets))
        _save(pilots, alerts.values())
    return alerts[alert_id]


def _save(pilots: Path, alerts: Iterable[Alert]) -> None:
    ordered = sorted(alerts, key=lambda alert: (alert.week, alert.team))
    text = dump_yaml({"schema": 1, "alerts": [_data(alert) for alert in ordered]}, heading=HEADING)
    write_atomic(pilots / FILE, text)


def _data(alert: Alert) -> dict[str, Any]:
    names = ("id", "team", "week", "tickets", "limit", "raised")
    data = {name: getattr(alert, name) for name in names} | {"keys": list(alert.keys)}
    if alert.answer:
        data["answer"] = {name: getattr(alert.answer, name) for name in ("name", "date", "link", "text", "tickets")}
    return data


def _alert(data: dict[str, Any]) -> Alert:
    answer = Answer(**data["answer"]) if "answer" in data else None
    return Alert(**{**data, "keys": tuple(data["keys"]), "answer": answer})


def _sound(source: Source) -> Iterator[Complaint]:
    seen: set[str] = set()
    for place, entry in enumerate(source.data["alerts"]):
        if entry["id"] != f"{entry['team']}/{entry['week']}":
            yield source.complain(
                ("alerts", place, "id"), f"has to be {entry['team']}/{entry['week']}, is {entry['id']!r}"
            )
        if entry["id"] in seen:
            yield source.complain(("alerts", place, "id"), f"{entry['id']!r} is there twice")
        seen.add(entry["id"])
