"""The steps of following a checklist, as changes of a log: begin, close an item, sign it, pause, finish.

No process, and no clock of its own (the moment comes in); only a link is looked up on disk. `command` calls these
inside `log.changing`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from wherry_portal.checklists.links import dead_end
from wherry_portal.checklists.model import Automatic, Signed
from wherry_portal.pilot import clock
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import Entry, PilotLog, Signature, Span

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from wherry_portal.checklists.model import Checklist, Item
    from wherry_portal.pilot.perform import Outcome

SHORTEST_REASON = 10


def begin(team: str, checklist: Checklist, environment: dict[str, str], project: str, moment: datetime) -> PilotLog:
    """A new log whose clock runs from `moment`."""
    return PilotLog(
        team=team,
        checklist=checklist.id,
        project=project,
        environment=environment,
        started=moment,
        seen=moment,
        work=[Span(moment)],
    )


def find(checklist: Checklist, item_id: str) -> Automatic | Signed:
    """The item with that id.

    Raises:
        PilotError: The checklist has none.
    """
    item = checklist.item(item_id)
    if item is None:
        ids = ", ".join(item.id for item in checklist.items)
        raise PilotError(f"checklist {checklist.id!r} has no item {item_id!r}", hint=f"Its items: {ids}.")
    return item


def open_items(log: PilotLog, checklist: Checklist) -> list[Automatic | Signed]:
    """Items that are neither done, signed nor marked as not applicable, in the checklist's order.

    A log is a file that anybody can edit: a signed item that says "done" has no signature, so it is open.
    """
    return [item for item in checklist.items if not _closed(item, log.entry(item.id))]


def _closed(item: Automatic | Signed, entry: Entry | None) -> bool:
    if entry is None:
        return False
    if isinstance(item, Automatic):
        return entry.status == "done"
    return entry.status == "signed" or (item.optional and entry.status == "not_applicable")


def strangers(log: PilotLog, checklist: Checklist) -> list[str]:
    """Ids that the log holds and the checklist does not: misspelled, or of an item that is no longer there."""
    return [entry.id for entry in log.items if checklist.item(entry.id) is None]


def close(log: PilotLog, checklist: Checklist, item: Automatic, outcome: Outcome, moment: datetime) -> Entry:
    """Log what an automatic item's command or evidence showed."""
    entry = Entry(
        id=item.id,
        status="done" if outcome.passed else "failed",
        closed=moment,
        seconds=0,
        shown=list(outcome.shown),
        command=outcome.command,
        exit_status=outcome.exit_status,
        run_seconds=outcome.seconds,
    )
    return _put(log, checklist, entry, moment)


def sign(
    log: PilotLog, checklist: Checklist, item: Item, signature: Signature, moment: datetime, *, root: Path
) -> Entry:
    """Log somebody's signature under a signed item; a link that is no address is a path from `root`.

    Raises:
        PilotError: The item is automatic, the name is empty, the link leads nowhere or the date lies ahead.
    """
    _check_signed(item)
    check_signature(signature, moment.date(), root)
    entry = Entry(id=item.id, status="signed", closed=moment, seconds=0, signature=signature)
    return _put(log, checklist, entry, moment)


def dismiss(log: PilotLog, checklist: Checklist, item: Item, reason: str, name: str, moment: datetime) -> Entry:
    """Log that an optional item does not apply.

    Raises:
        PilotError: The item is not optional, or no reason is given.
    """
    _check_signed(item)
    if not (isinstance(item, Signed) and item.optional):
        raise PilotError(f"item {item.id!r} always applies", hint="Sign it with --name and --link.")
    check_reason(reason, name)
    entry = Entry(
        id=item.id,
        status="not_applicable",
        closed=moment,
        seconds=0,
        reason=reason,
        name=name,
        date=moment.date().isoformat(),
    )
    return _put(log, checklist, entry, moment)


def check_signature(signature: Signature, today: date, root: Path) -> None:
    """No credit without a name, a link and a day that has come.

    Raises:
        PilotError: One of them is missing or wrong.
    """
    if not signature.name.strip():
        raise PilotError("a signature needs a name", hint="Add --name 'Ada Lovelace'.")
    nowhere = dead_end(signature.link, root)
    if nowhere:
        raise PilotError(nowhere, hint="Add --link with an https address, or a file of this repository, that shows it.")
    try:
        day = date.fromisoformat(signature.date)
    except ValueError:
        raise PilotError(f"date {signature.date!r} is no date", hint="Write it as 2026-11-22.") from None
    if day > today:
        raise PilotError(f"date {signature.date} lies ahead", hint="Sign on the day, or leave --date out.")


def check_reason(reason: str, name: str) -> None:
    """Marking something as not applicable takes a reason and a name.

    Raises:
        PilotError: One of them is missing.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise PilotError(f"reason {reason!r} says too little", hint="Write a sentence that a stranger understands.")
    if not name.strip():
        raise PilotError("somebody has to say that it does not apply", hint="Add --name 'Ada Lovelace'.")


def _check_signed(item: Item) -> None:
    if isinstance(item, Automatic):
        what = f"`{item.command}`" if item.command else ", ".join(item.evidence)
        raise PilotError(
            f"item {item.id!r} is decided by {what}, not by a signature", hint=f"Run `wherry pilot done {item.id}`."
        )


def _put(log: PilotLog, checklist: Checklist, entry: Entry, moment: datetime) -> Entry:
    """Replace what is logged of the item, give it the time nobody has claimed yet, and finish when all is closed."""
    before = log.entry(entry.id)
    entry.seconds = clock.unclaimed(log, moment) + (before.seconds if before else 0)
    if before is None:
        log.items.append(entry)
    else:
        entry.attempts = before.attempts + 1
        log.items[log.items.index(before)] = entry
    if open_items(log, checklist):
        log.finished = None
    else:
        clock.halt(log, moment, "finish")
        log.finished = log.finished or moment
    return entry
