"""Names and what they stand for, by Python's rules of scope. Filled and asked by the walker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wherry_portal.assess.values import Value


@dataclass(slots=True, eq=False)
class Scope:
    """One scope.

    Attributes:
        kind: ``module``, ``function`` or ``class``; names of a class are not seen from functions inside it.
        parent: The scope around it.
        names: What each bound name stands for; None when that is not known.
        outer: Names declared global or nonlocal here.
    """

    kind: Literal["module", "function", "class"]
    parent: Scope | None = None
    names: dict[str, Value | None] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)

    def lookup(self, name: str) -> Value | None:
        """What a name stands for here, None when it is unknown or bound to something unknown."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if (first or scope.kind != "class") and name in scope.names and name not in scope.outer:
                return scope.names[name]
            first = False
            scope = scope.parent
        return None

    def bind(self, name: str, value: Value | None, *, maybe: bool) -> None:
        """Bind a name; under a condition (`maybe`) a known meaning is not replaced."""
        target = self._owner(name)
        if maybe and target.names.get(name) is not None:
            return
        target.names[name] = value

    def _owner(self, name: str) -> Scope:
        if name not in self.outer or self.parent is None:
            return self
        scope = self.parent
        while scope.parent is not None and name not in scope.names:
            scope = scope.parent
        return scope
