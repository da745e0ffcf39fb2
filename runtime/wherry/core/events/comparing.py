"""How events are compared and shown: as dataclasses are, by their fields, though written once for all of them.

Some hundred classes of events are made whenever the runtime is imported. For each, `dataclass` would write and compile
a comparison and a text of its own, which took a third of the import and is rarely asked for. `events` builds on this.
"""

from __future__ import annotations

from dataclasses import fields
from reprlib import recursive_repr
from typing import Any

from wherry.core.events.own_attributes import OwnAttributes


class Compared(OwnAttributes):
    """Base of dataclasses that are decorated with ``eq=False, repr=False`` and behave as if they were not."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the very same class and all fields are equal; so there is no hash."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        names = [one.name for one in _fields(self) if one.compare]
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    __hash__ = None  # type: ignore[assignment]

    @recursive_repr()
    def __repr__(self) -> str:
        """The class and its fields, as they would be written to make it."""
        shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in _fields(self) if one.repr)
        return f"{self.__class__.__qualname__}({shown})"


def _fields(event: Any) -> tuple[Any, ...]:
    return fields(event)
