"""Exports of issue trackers -> tickets. GitHub and Jira, CSV and JSON; a row that cannot be read refuses the file.

Only the key, the day and the team are taken: titles and texts of tickets stay in the tracker.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wherry_portal.sources import Complaint, SourceError
from wherry_portal.sources.document import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

UNASSIGNED = "unassigned"
_KEYS = ("issue key", "key", "number", "iid", "id", "issue id")
_CREATED = ("created", "created at", "createdat", "created_at", "date created")
_TEAM = ("team", "custom field (team)", "pilot team", "custom field (pilot team)")
_LABELS = ("labels", "label")
_LABEL = re.compile(r"(?:team|pilot)[:/]\s*(.+)", re.IGNORECASE)
_DAYS = ("%d/%b/%y", "%d/%b/%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d.%m.%Y")
"""Days of trackers, by the profile of who exports; none of them could be another day."""
_FORMATS = (
    "%Y-%m-%d %H:%M:%S %Z",
    *(f"{day}{clock}" for day in _DAYS for clock in ("", " %I:%M %p", ", %I:%M %p", " %H:%M", ", %H:%M")),
)
_HINT = (
    "Export the issues with their key, creation date and labels. A date is understood as 2026-11-20, 20/Nov/26 9:00 "
    "AM, Nov 20, 2026 or 20.11.2026, and not as 11/12/2026, which could be two days."
)

Row = tuple[int, "Mapping[str, Sequence[str]]"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket.

    Attributes:
        key: As the tracker names it.
        team: From a team field, or a label such as ``team:agentos-core``; ``unassigned`` without either.
        created: When it was filed, in UTC.
    """

    key: str
    team: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Export:
    """What one file held: its tickets, and how many entries are no tickets (pull requests)."""

    tickets: tuple[Ticket, ...]
    skipped: int


def read_tickets(path: Path, *, team_field: str = "") -> Export:
    """Read an export; the content, not the file's name, tells JSON from CSV.

    Args:
        path: The file.
        team_field: Name of the column or field that holds the team, when it has another name than usual.

    Raises:
        SourceError: It cannot be read, or a ticket in it has no key or no date that is understood.
    """
    text = _text(path)
    rows = list(_json_rows(text, path) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text, path))
    own = (team_field.lower(),) if team_field else ()
    complaints: list[Complaint] = []
    tickets: list[Ticket] = []
    skipped = 0
    for line, row in rows:
        if row.get("pull_request") or row.get("ispullrequest") == ["true"]:
            skipped += 1
            continue
        key, created = _first(row, _KEYS), _first(row, _CREATED)
        moment = parse_moment(created)
        if not key:
            complaints.append(Complaint(str(path), line, "key", f"is missing; looked for {', '.join(_KEYS)}"))
        elif moment is None:
            complaints.append(
                Complaint(str(path), line, "created", f"{created!r} of {key} is no date that is understood")
            )
        else:
            tickets.append(Ticket(key, _team(row, own), moment))
    if complaints:
        raise SourceError(complaints, hint=_HINT)
    return Export(tuple(tickets), skipped)


def _text(path: Path) -> str:
    """The text of an export: UTF-8, or UTF-16 as spreadsheets save "Unicode text"."""
    try:
        raw = path.read_bytes()
        return raw.decode("utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
    except OSError as error:
        raise SourceError([Complaint(str(path), 1, "", f"cannot be read: {error.strerror or error}")]) from None
    except UnicodeDecodeError as error:
        raise SourceError(
            [Complaint(str(path), 1, "", f"cannot be read: neither UTF-8 nor UTF-16 ({error.reason})")],
            hint="Export it again, or save it as CSV in UTF-8.",
        ) from None


def parse_moment(text: str) -> datetime | None:
    """The moment of a tracker's date, or None. Dates whose day and month could be swapped are not guessed at."""
    text = text.strip()
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = next((found for form in _FORMATS if (found := _strptime(text, form))), None)
    if moment is None or moment.tzinfo is None:
        return moment.replace(tzinfo=UTC) if moment else None
    return moment.astimezone(UTC)


def _strptime(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def _csv_rows(text: str, path: Path) -> Iterator[Row]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
        _check_header(header, path)
        for values in reader:
            if any(value.strip() for value in values):
                yield reader.line_num, _gather(zip(header, values, strict=False))
    except csv.Error as error:
        raise SourceError([Complaint(str(path), reader.line_num, "", f"not CSV: {error}")]) from None
    except StopIteration:
        raise SourceError([Complaint(str(path), 1, "", "the file is empty")], hint=_HINT) from None


def _check_header(header: list[str], path: Path) -> None:
    for names, what in ((_KEYS, "key"), (_CREATED, "creation date")):
        if not set(names) & set(header):
            raise SourceError(
                [Complaint(str(path), 1, "header", f"has no column for the {what}; known: {', '.join(names)}")],
                hint=_HINT,
            )


def _gather(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """Jira repeats a column once a value, so each name keeps a list."""
    row: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            row.setdefault(name, []).append(value.strip())
    return row


def _json_rows(text: str, path: Path) -> Iterator[Row]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError([Complaint(str(path), error.lineno, "", f"not JSON: {error.msg}")]) from None
    base: tuple[str | int, ...] = ()
    if isinstance(data, dict):
        base = tuple(name for name in ("issues", "tickets", "items") if name in data)[:1]
        _check_whole(data, base, path)
        data = data[base[0]] if base else None
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise SourceError([Complaint(str(path), 1, "", "holds no list of issues")], hint=_HINT)
    lines = _lines(text, path)
    for place, entry in enumerate(data):
        flat = {**entry, **entry["fields"]} if isinstance(entry.get("fields"), dict) else entry
        yield (
            lines((*base, place)),
            {str(name).lower(): _texts(value) for name, value in flat.items() if value not in (None, "")},
        )


def _check_whole(answer: dict[str, Any], base: tuple[str | int, ...], path: Path) -> None:
    """Refuse a page of a longer answer: tickets that are not there would open the gate.

    Raises:
        SourceError: The answer itself says that there are more issues than it holds.
    """
    held = answer.get(str(base[0])) if base else None
    count = len(held) if isinstance(held, list) else 0
    total = next((answer[name] for name in ("total", "total_count") if isinstance(answer.get(name), int)), count)
    if total > count or answer.get("isLast") is False or answer.get("incomplete_results") is True:
        of = f"{count} of {total} issues" if total > count else f"{count} issues and not the last"
        raise SourceError(
            [Complaint(str(path), 1, "total" if total > count else "isLast", f"the file holds {of}: it is one page")],
            hint="Export all pages into one file, for example with a larger `maxResults`, or as CSV.",
        )


def _lines(text: str, path: Path) -> Callable[[tuple[str | int, ...]], int]:
    """Lines of the entries; for the few JSON texts that are no YAML, the first line stands for all."""
    try:
        return parse(text, str(path)).line
    except SourceError:
        return lambda _: 1


def _texts(value: Any) -> list[str]:
    """A JSON value as texts: labels are texts or objects with a name, Jira's fields objects with a value."""
    if isinstance(value, list):
        return [text for entry in value for text in _texts(entry)]
    if isinstance(value, dict):
        return [str(value.get("name") or value.get("value") or value.get("title") or "object")]
    return [json.dumps(value) if isinstance(value, bool) else str(value)]


def _first(row: Mapping[str, Sequence[str]], names: Iterable[str]) -> str:
    return next((row[name][0] for name in names if row.get(name)), "")


def _team(row: Mapping[str, Sequence[str]], own: tuple[str, ...]) -> str:
    found = _first(row, own) or _first(row, _TEAM)
    if not found:
        labels = (
            part for name in _LABELS for cell in row.get(name, ()) for part in re.split(r"[,;|]", cell.strip("[]"))
        )
        matches = (_LABEL.fullmatch(label.strip().strip("\"'")) for label in labels)
        found = next((match[1] for match in matches if match), "")
    plain = "".join(part for part in unicodedata.normalize("NFKD", found) if not unicodedata.combining(part))
    whole = unicodedata.normalize("NFC", plain).casefold()
    return re.sub(r"[\W_]+", "-", whole).strip("-") or UNASSIGNED
