"""The pilot log: ``pilots/<team>.yaml`` as typed data, read with complaints and written in one step.

The shape is that of ``contracts/pilot-log.schema.json``. What a step changes in a log is in `walk`; times are UTC.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry_portal.evidence.stamp import now_text, parse_time
from wherry_portal.pilot.errors import PilotError
from wherry_portal.sources import Complaint, Source, check, dump_yaml, locked, read, write_atomic
from wherry_portal.sources.complaint import SourceError
from wherry_portal.sources.document import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

SCHEMA = "pilot-log.schema.json"
HEADING = "Pilot log, written by `wherry pilot`. Its fields are described in contracts/pilot-log.schema.json."
_TEAM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


@dataclass(slots=True)
class Span:
    """An interval in which the clock ran; `to` is None while it runs, `ended_by` is stop, finish or restart."""

    start: datetime
    to: datetime | None = None
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who vouches for an item; `date` is a calendar date, `link` leads to the proof."""

    role: str
    name: str
    date: str
    link: str
    comment: str = ""


@dataclass(slots=True, kw_only=True)
class Entry:
    """What became of one item.

    Attributes:
        id: The item's id.
        status: done, failed, signed or not_applicable.
        closed: When it last changed.
        seconds: Working time spent on it, over all attempts.
        attempts: How often it was tried.
        shown: Evidence, or the last lines of a command.
        command: The command as it ran.
        exit_status: Of that command.
        run_seconds: How long that command ran.
        signature: Of a signed item.
        reason: Why it does not apply.
        name: Who said that it does not apply.
        date: When they said so.
    """

    id: str
    status: str
    closed: datetime
    seconds: int
    attempts: int = 1
    shown: list[str] = field(default_factory=list)
    command: str = ""
    exit_status: int | None = None
    run_seconds: float | None = None
    signature: Signature | None = None
    reason: str = ""
    name: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `wherry pilot verify` found; `checks` are (name, passed, one line)."""

    date: datetime
    accepted: bool
    wherry: str
    python: str
    seconds: float
    processes: int
    checks: tuple[tuple[str, bool, str], ...]


@dataclass(slots=True, kw_only=True)
class PilotLog:
    """One team's log.

    Attributes:
        team: Short name, also the file's.
        checklist: Id of the checklist that is followed.
        rehearsal: True for a run by the maintainers, which does not count as a pilot.
        project: Folder or address of the migrated project.
        acceptance: Commands that show it works.
        ci: What runs the team's tests.
        environment: Versions of wherry, python and system.
        started: When the pilot began.
        seen: When a command last touched the log.
        finished: When the last item was closed.
        work: Intervals in which the clock ran.
        items: What became of the items, in the order they were first touched.
        open_points: What stays to be done.
        verification: The last acceptance run.
    """

    team: str
    checklist: str
    project: str
    environment: dict[str, str]
    started: datetime
    seen: datetime
    rehearsal: bool = False
    acceptance: list[str] = field(default_factory=list)
    ci: str = ""
    finished: datetime | None = None
    work: list[Span] = field(default_factory=list)
    items: list[Entry] = field(default_factory=list)
    open_points: list[str] = field(default_factory=list)
    verification: Verification | None = None

    def entry(self, item_id: str) -> Entry | None:
        """What became of an item so far, or None."""
        return next((entry for entry in self.items if entry.id == item_id), None)

    @property
    def accepted(self) -> bool:
        """Whether all items are closed and the last run without Agno passed."""
        return self.finished is not None and self.verification is not None and self.verification.accepted


def log_path(pilots: Path, team: str) -> Path:
    """Where a team's log is.

    Raises:
        PilotError: The name is no short name in kebab-case (and so could be a path).
    """
    if not _TEAM.match(team):
        raise PilotError(
            f"team {team!r} is no short name", hint="Use small letters, digits and single dashes, such as agentos-core."
        )
    return pilots / f"{team}.yaml"


def logs_in(pilots: Path) -> list[Path]:
    """The logs of a folder, by name; the files of support metrics are left out."""
    return sorted(path for path in pilots.glob("*.yaml") if not path.name.startswith("support-"))


def load_log(path: Path) -> PilotLog:
    """Read and check a log.

    Raises:
        SourceError: It breaks a rule; every complaint has file, line and field.
    """
    return from_data(read(path, SCHEMA, rules=(_name, _unique, _spans)).data)


def from_text(text: str, file: str) -> PilotLog:
    """Read and check the text of a log that is not (yet) the file's; see `load_log`."""
    source = parse(text, file)
    complaints = check(source, SCHEMA) or [one for rule in (_name, _unique, _spans) for one in rule(source)]
    if complaints:
        raise SourceError(complaints, hint=f"The fields are described in contracts/{SCHEMA}.")
    return from_data(source.data)


def to_text(log: PilotLog) -> str:
    """The log as the text of its file."""
    return dump_yaml(to_data(log), heading=HEADING)


def save_log(path: Path, log: PilotLog) -> None:
    """Replace the file by the log, after reading the text back the way the next command will."""
    text = to_text(log)
    from_text(text, str(path))
    write_atomic(path, text)


@contextmanager
def changing(path: Path) -> Iterator[PilotLog]:
    """Read a log, let the block change it, write it; a second process waits, and an error writes nothing.

    Raises:
        PilotError: There is no such log.
        SourceError: The file breaks a rule.
    """
    with locked(path.parent):
        if not path.exists():
            raise PilotError(
                f"there is no pilot log {str(path)!r}", hint=f"Begin with `wherry pilot start --team {path.stem}`."
            )
        log = load_log(path)
        yield log
        save_log(path, log)


def to_data(log: PilotLog) -> dict[str, Any]:
    """The log as plain data in the order of the file; what is empty is left out."""
    return {
        "schema": 1,
        "team": log.team,
        "checklist": log.checklist,
        **({"rehearsal": True} if log.rehearsal else {}),
        "project": log.project,
        **({"acceptance": list(log.acceptance)} if log.acceptance else {}),
        **({"ci": log.ci} if log.ci else {}),
        "environment": dict(log.environment),
        "started": now_text(log.started),
        "seen": now_text(log.seen),
        **({"finished": now_text(log.finished)} if log.finished else {}),
        "work": [_span_data(span) for span in log.work],
        "items": [_entry_data(entry) for entry in log.items],
        **({"open_points": list(log.open_points)} if log.open_points else {}),
        **({"verification": _verification_data(log.verification)} if log.verification else {}),
    }


def from_data(data: dict[str, Any]) -> PilotLog:
    """The log of checked plain data."""
    finished, verification = data.get("finished"), data.get("verification")
    return PilotLog(
        team=data["team"],
        checklist=data["checklist"],
        project=data["project"],
        environment=data["environment"],
        started=parse_time(data["started"]),
        seen=parse_time(data["seen"]),
        rehearsal=data.get("rehearsal", False),
        acceptance=data.get("acceptance", []),
        ci=data.get("ci", ""),
        finished=parse_time(finished) if finished else None,
        work=[_span(entry) for entry in data["work"]],
        items=[_entry(entry) for entry in data["items"]],
        open_points=data.get("open_points", []),
        verification=_verification(verification) if verification else None,
    )


def _span_data(span: Span) -> dict[str, Any]:
    data = {"from": now_text(span.start)}
    return data | ({"to": now_text(span.to), "ended_by": span.ended_by} if span.to else {})


def _span(data: dict[str, Any]) -> Span:
    to = data.get("to")
    return Span(parse_time(data["from"]), parse_time(to) if to else None, data.get("ended_by", "stop" if to else ""))


def _entry_data(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": entry.id,
        "status": entry.status,
        "closed": now_text(entry.closed),
        "seconds": entry.seconds,
    }
    if entry.attempts > 1:
        data["attempts"] = entry.attempts
    for name in ("command", "exit_status", "run_seconds", "reason", "name", "date"):
        value = getattr(entry, name)
        if value not in {"", None}:
            data[name] = value
    if entry.status in {"done", "failed"}:
        data["shown"] = entry.shown
    if entry.signature:
        signature = entry.signature
        data["signature"] = {
            "role": signature.role,
            "name": signature.name,
            "date": signature.date,
            "link": signature.link,
            **({"comment": signature.comment} if signature.comment else {}),
        }
    return data


def _entry(data: dict[str, Any]) -> Entry:
    signature = Signature(**data["signature"]) if "signature" in data else None
    return Entry(**{**data, "closed": parse_time(data["closed"]), "signature": signature})


def _verification_data(found: Verification) -> dict[str, Any]:
    return {
        "date": now_text(found.date),
        "accepted": found.accepted,
        "wherry": found.wherry,
        "python": found.python,
        "seconds": found.seconds,
        "processes": found.processes,
        "checks": [{"check": name, "passed": passed, "shown": shown} for name, passed, shown in found.checks],
    }


def _verification(data: dict[str, Any]) -> Verification:
    checks = tuple((entry["check"], entry["passed"], entry["shown"]) for entry in data["checks"])
    rest = {key: data.get(key, 0) for key in ("accepted", "wherry", "python", "seconds", "processes")}
    return Verification(date=parse_time(data["date"]), checks=checks, **rest)


def _name(source: Source) -> Iterator[Complaint]:
    stem = source.file.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    if source.data["team"] != stem:
        yield source.complain(("team",), f"has to equal the file's name {stem!r}, is {source.data['team']!r}")


def _unique(source: Source) -> Iterator[Complaint]:
    seen: set[str] = set()
    for place, entry in enumerate(source.data["items"]):
        if entry["id"] in seen:
            yield source.complain(("items", place, "id"), f"{entry['id']!r} is logged twice")
        seen.add(entry["id"])


def _spans(source: Source) -> Iterator[Complaint]:
    """Working intervals follow one another, and only the last may be open."""
    before = ""
    work = source.data["work"]
    for place, span in enumerate(work):
        to = span.get("to")
        if span["from"] < before:
            yield source.complain(
                ("work", place, "from"), f"{span['from']} is earlier than the end of the interval before"
            )
        if to is None and place < len(work) - 1:
            yield source.complain(("work", place), "only the last interval may be open; add `to`")
        if to is not None and to < span["from"]:
            yield source.complain(("work", place, "to"), f"{to} is earlier than its `from`")
        before = to or span["from"]
