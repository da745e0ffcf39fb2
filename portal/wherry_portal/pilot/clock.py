"""The time of a pilot: how long somebody worked, through stops and restarts. Pure but for `boot_time`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wherry_portal.pilot.log import Span

if TYPE_CHECKING:
    from wherry_portal.pilot.log import PilotLog


def now() -> datetime:
    """This moment, in whole seconds of UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def boot_time() -> datetime | None:
    """When this machine (or container's host) started, or None where the system does not tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None:
        return None
    return now() - timedelta(seconds=int(time.clock_gettime(clock)))


def running(log: PilotLog) -> bool:
    """Whether the clock runs."""
    return bool(log.work) and log.work[-1].to is None


def worked(log: PilotLog, moment: datetime) -> int:
    """Working time until a moment, in seconds. A clock that was set back never makes it negative."""
    return sum(max(0, int(((span.to or moment) - span.start).total_seconds())) for span in log.work)


def unclaimed(log: PilotLog, moment: datetime) -> int:
    """Working time that no item has taken yet, in seconds."""
    return max(0, worked(log, moment) - sum(entry.seconds for entry in log.items))


def resume(log: PilotLog, moment: datetime, booted: datetime | None = None) -> str:
    """Let the clock run from now on, unless it does.

    When the machine was started after the log was last touched, the open interval ends at that touch: nobody can say
    how long the work went on after it.

    Returns:
        What was done about the clock, in a sentence, or empty.
    """
    said = ""
    if running(log) and booted is not None and booted > log.seen:
        log.work[-1].to, log.work[-1].ended_by = max(log.seen, log.work[-1].start), "restart"
        said = f"The machine was restarted; the time since {log.seen:%Y-%m-%d %H:%M} UTC is not counted."
    if not running(log):
        said = said or ("The clock runs again." if log.work else "")
        start = max([moment, *(span.to for span in log.work[-1:] if span.to)])
        log.work.append(Span(start))
    log.seen = max(moment, log.seen)
    return said


def halt(log: PilotLog, moment: datetime, why: str) -> None:
    """Stop the clock; `why` is stop or finish."""
    if running(log):
        log.work[-1].to, log.work[-1].ended_by = max(moment, log.work[-1].start), why
    log.seen = max(moment, log.seen)


def shown(seconds: float) -> str:
    """A duration as people read it: `48 s`, `7 min 05 s`, `1 h 02 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
