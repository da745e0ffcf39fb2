"""Tickets by ISO week and team. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wherry_portal.support.tickets import Ticket

_SINCE = re.compile(r"(\d{1,4})([dw])\Z")


@dataclass(frozen=True, slots=True)
class Counts:
    """Tickets of some whole weeks.

    Attributes:
        since: First day counted, a Monday.
        until: Last day counted.
        weeks: ISO week to team to ticket keys; weeks without tickets are there.
    """

    since: date
    until: date
    weeks: Mapping[str, Mapping[str, tuple[str, ...]]]

    @property
    def teams(self) -> list[str]:
        """Teams with a ticket, by name."""
        return sorted({team for by_team in self.weeks.values() for team in by_team})

    def numbers(self) -> dict[str, dict[str, int]]:
        """ISO week to team to number of tickets."""
        return {week: {team: len(keys) for team, keys in by_team.items()} for week, by_team in self.weeks.items()}


def parse_since(text: str, today: date) -> date:
    """`14d`, `2w` or a date, as the Monday of its week: half a week cannot be compared with a weekly limit.

    Raises:
        ConfigurationError: It is none of these, or lies ahead.
    """
    match = _SINCE.match(text)
    if match:
        day = today - timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1))
    else:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ConfigurationError(f"since {text!r} is no time", hint="Write 14d, 2w or 2026-11-01.") from None
    if day > today:
        raise ConfigurationError(f"since {text!r} lies ahead", hint="Write 14d, 2w or a day that has been.")
    return day - timedelta(days=day.weekday())


def week_of(day: date) -> str:
    """The ISO week of a day, such as 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def count_weeks(tickets: Iterable[Ticket], since: date, now: datetime) -> Counts:
    """Count tickets from the week of `since` to today (UTC); one that several exports hold counts once."""
    until = now.astimezone(UTC).date()
    monday = since - timedelta(days=since.weekday())
    days = range(0, (until - monday).days + 1, 7)
    weeks: dict[str, dict[str, list[str]]] = {week_of(monday + timedelta(days=offset)): {} for offset in days}
    seen: set[tuple[str, datetime | None]] = set()
    for ticket in sorted(tickets, key=lambda one: (one.created, one.key)):
        day = ticket.created.date()
        if _one(ticket) in seen or not monday <= day <= until:
            continue
        seen.add(_one(ticket))
        weeks[week_of(day)].setdefault(ticket.team, []).append(ticket.key)
    ordered = {week: {team: tuple(by_team[team]) for team in sorted(by_team)} for week, by_team in weeks.items()}
    return Counts(monday, until, ordered)


def _one(ticket: Ticket) -> tuple[str, datetime | None]:
    """What tells tickets apart: the key, and the minute beside a bare number: each repository counts from 1."""
    bare = ticket.key.lstrip("#").isdecimal()
    return ticket.key, ticket.created.replace(second=0, microsecond=0) if bare else None
