"""``checklists/signed/<version>.yaml``: signatures under one release, and waivers of checks that fail.

A signature needs a link; a waiver needs a reason, an owner and a day on which it ends. `command` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import Signature
from wherry_portal.pilot.walk import check_reason, check_signature
from wherry_portal.sources import dump_yaml, locked, read, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "release-signoffs.schema.json"
HEADING = "Signatures and waivers of one release, written by `wherry gate sign` and `wherry gate waive`."
LONGEST_WAIVER_DAYS = 90


@dataclass(frozen=True, slots=True)
class SignedItem:
    """A signature under an item of a checklist, or the reason why the item does not apply to this release."""

    checklist: str
    item: str
    role: str
    name: str
    date: str
    link: str = ""
    comment: str = ""
    not_applicable: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Leave to release although a check fails: why, who answers for it, and until when."""

    check: str
    reason: str
    owner: str
    expires: str
    granted: str
    link: str = ""

    @property
    def days(self) -> int:
        """How long it was granted for."""
        return (date.fromisoformat(self.expires) - date.fromisoformat(self.granted)).days

    def objection(self, today: date) -> str:
        """Why it opens nothing on a day, or empty; the file may have been written by hand."""
        if self.days > LONGEST_WAIVER_DAYS:
            return f"until {self.expires} is longer than {LONGEST_WAIVER_DAYS} days"
        if date.fromisoformat(self.expires) < today:
            return f"ended on {self.expires}"
        return f"begins on {self.granted}" if date.fromisoformat(self.granted) > today else ""


@dataclass(slots=True)
class SignOffs:
    """All of one release."""

    release: str
    signatures: list[SignedItem] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)

    def signature(self, checklist: str, item: str) -> SignedItem | None:
        """The last signature under an item, or None."""
        found = [one for one in self.signatures if (one.checklist, one.item) == (checklist, item)]
        return found[-1] if found else None

    def waiver(self, check: str, today: date) -> Waiver | None:
        """A waiver of a check that is in force, or None."""
        return next((one for one in self.waivers if one.check == check and not one.objection(today)), None)


def signoffs_path(root: Path, release: str) -> Path:
    """Where the sign-offs of a release are."""
    return root / "checklists" / "signed" / f"{release}.yaml"


def load_signoffs(root: Path, release: str) -> SignOffs:
    """Read the sign-offs of a release; none when nobody has signed yet.

    Raises:
        SourceError: The file breaks a rule.
    """
    path = signoffs_path(root, release)
    if not path.exists():
        return SignOffs(release)
    data = read(path, SCHEMA).data
    return SignOffs(
        data["release"],
        [SignedItem(**entry) for entry in data["signatures"]],
        [Waiver(**entry) for entry in data["waivers"]],
    )


def add_signature(root: Path, release: str, signed: SignedItem, today: date) -> None:
    """Append a signature.

    Raises:
        PilotError: It has no name, no link (or, where it does not apply, no reason), or a day that lies ahead.
    """
    if signed.not_applicable:
        check_reason(signed.not_applicable, signed.name)
    else:
        check_signature(Signature(signed.role, signed.name, signed.date, signed.link), today, root)
    _append(root, release, signature=signed)


def add_waiver(root: Path, release: str, waiver: Waiver) -> None:
    """Append a waiver.

    Raises:
        PilotError: Reason or owner is missing, or it ends in the past or too far ahead.
    """
    check_reason(waiver.reason, waiver.owner)
    try:
        days = waiver.days
    except ValueError:
        raise PilotError(f"{waiver.expires!r} is no date", hint="Write --expires 2026-12-31.") from None
    if not 0 <= days <= LONGEST_WAIVER_DAYS:
        raise PilotError(
            f"a waiver until {waiver.expires} is not possible",
            hint=f"It may last up to {LONGEST_WAIVER_DAYS} days from {waiver.granted}.",
        )
    _append(root, release, waiver=waiver)


def _append(root: Path, release: str, *, signature: SignedItem | None = None, waiver: Waiver | None = None) -> None:
    path = signoffs_path(root, release)
    with locked(path.parent):
        signoffs = load_signoffs(root, release)
        signoffs.signatures.extend([signature] if signature else [])
        signoffs.waivers.extend([waiver] if waiver else [])
        write_atomic(path, dump_yaml(_data(signoffs), heading=HEADING))
        read(path, SCHEMA)


def _data(signoffs: SignOffs) -> dict[str, Any]:
    return {
        "schema": 1,
        "release": signoffs.release,
        "signatures": [_filled(entry) for entry in signoffs.signatures],
        "waivers": [_filled(entry) for entry in signoffs.waivers],
    }


def _filled(entry: SignedItem | Waiver) -> dict[str, Any]:
    return {name: value for name in entry.__slots__ if (value := getattr(entry, name)) != ""}
