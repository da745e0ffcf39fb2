"""``checklists/*.yaml`` -> `Checklist`: the schema, then what a schema cannot say (ids unique, selectors sound)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wherry_portal.checklists.model import Automatic, Checklist, Signed, Thresholds
from wherry_portal.evidence.selectors import SelectorError, parse_selector
from wherry_portal.sources import Complaint, Source, packaged, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECKLISTS = ("pilot", "release", "performance", "docs")
PLACEHOLDERS = frozenset({"project", "team", "log", "pilots"})


def find_checklist(name: str, root: Path) -> Path:
    """The project's own checklist of that name, else the one that ships with Wherry.

    Raises:
        FileNotFoundError: There is neither.
    """
    own = root / "checklists" / f"{name}.yaml"
    return own if own.is_file() else packaged(f"checklists/{name}.yaml")


def load_checklist(path: Path) -> Checklist:
    """Read and check a checklist.

    Raises:
        SourceError: It breaks a rule; every complaint has file, line and field.
    """
    source = read(path, "checklist.schema.json", rules=(_name, _unique, _selectors, _placeholders))
    data = source.data
    return Checklist(
        path=path,
        id=data["id"],
        title=data["title"],
        purpose=data["purpose"],
        budget_minutes=data.get("budget_minutes"),
        thresholds=Thresholds(**data.get("thresholds", {})),
        items=tuple(_item(entry, source.line(("items", place))) for place, entry in enumerate(data["items"])),
        guidance=tuple(data.get("guidance", ())),
    )


def _item(entry: dict[str, Any], line: int) -> Automatic | Signed:
    fields = {key: value for key, value in entry.items() if key != "kind"}
    if entry["kind"] == "signed":
        return Signed(**fields, line=line)
    return Automatic(**{**fields, "evidence": tuple(entry.get("evidence", ()))}, line=line)


def _name(source: Source) -> Iterator[Complaint]:
    stem = source.file.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    if source.data["id"] != stem:
        yield source.complain(("id",), f"has to equal the file's name {stem!r}, is {source.data['id']!r}")


def _unique(source: Source) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for place, entry in enumerate(source.data["items"]):
        path = ("items", place, "id")
        if entry["id"] in first:
            yield source.complain(path, f"{entry['id']!r} is already used on line {first[entry['id']]}")
        first.setdefault(entry["id"], source.line(path))


def _selectors(source: Source) -> Iterator[Complaint]:
    for place, entry in enumerate(source.data["items"]):
        for index, text in enumerate(entry.get("evidence", ())):
            try:
                parse_selector(text)
            except SelectorError as error:
                yield source.complain(("items", place, "evidence", index), f"{error.message}. {error.hint}")


def _placeholders(source: Source) -> Iterator[Complaint]:
    for place, entry in enumerate(source.data["items"]):
        for name in re.findall(r"\{(.*?)\}", entry.get("command", "")):
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{word}}}" for word in sorted(PLACEHOLDERS))
                yield source.complain(("items", place, "command"), f"{{{name}}} is not filled in; known: {known}")
