"""What all records share: reading one out of whatever was stored, without ever failing. Base of the dataclasses."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import uuid4

from wherry.core.log import log_debug
from wherry.learn.utils import parsed_mapping


def now_text() -> str:
    """Now, in UTC, in ISO 8601 with a Z."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def short_id() -> str:
    """Eight random letters and digits, by which a model names an entry."""
    return str(uuid4())[:8]


class Record:
    """Base of the records; a subclass is a dataclass."""

    _needed: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_dict(cls, data: Any) -> Self | None:
        """A record from a mapping or JSON text; None when it lacks what it needs. Unknown keys are left out."""
        if data is None or isinstance(data, cls):
            return data
        try:
            found = parsed_mapping(data)
            if not found or not all(found.get(name) for name in cls._needed):
                log_debug(f"No {cls.__name__}: {str(data)[:100]!r}")
                return None
            known = {field.name for field in fields(cls)}  # type: ignore[arg-type]  # subclasses are dataclasses
            return cls(**{name: value for name, value in found.items() if name in known})
        except Exception as error:  # noqa: BLE001 - what was stored may be anything; a record that cannot be read is none
            log_debug(f"No {cls.__name__}: {error}")
            return None

    def to_dict(self) -> dict[str, Any]:
        """All fields, as stored."""
        try:
            return asdict(self)  # type: ignore[call-overload,no-any-return]  # as above
        except Exception as error:  # noqa: BLE001 - a user's field may hold anything; nothing is stored then, as in Agno
            log_debug(f"{type(self).__name__} cannot be stored: {error}")
            return {}


def open_fields(schema: Any, closed: frozenset[str], whose: str) -> dict[str, dict[str, Any]]:
    """The fields of a dataclass that a model may set, with type and description.

    Args:
        schema: The dataclass.
        closed: Names that it may not; fields marked ``internal`` in their metadata are closed, too.
        whose: Begins the description of a field without one.
    """
    return {
        field.name: {
            "type": field.type,
            "description": field.metadata.get("description", f"{whose} {field.name.replace('_', ' ')}"),
        }
        for field in fields(schema)
        if field.name not in closed and not field.metadata.get("internal")
    }


def entry(entries: list[Any], entry_id: str) -> dict[str, Any] | None:
    """An entry of a list by its id."""
    return next((one for one in entries if isinstance(one, dict) and one.get("id") == entry_id), None)


def without(entries: list[Any], entry_id: str) -> list[Any]:
    """A list without the entry of an id."""
    return [one for one in entries if not (isinstance(one, dict) and one.get("id") == entry_id)]
