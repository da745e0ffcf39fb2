"""What an expression may stand for, as far as the assessor can tell without running anything.

None stands for "not known". Values are immutable except for the attributes that methods give to `self`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from pathlib import Path

    from wherry_portal.assess.scope import Scope


@dataclass(frozen=True, slots=True)
class AgnoName:
    """A name of Agno: a module, class, function or constant, by the path it was reached through.

    Attributes:
        path: Dotted path in Agno's own name, such as ``agno.agent.Agent``.
        origin: Package in which the code wrote it: ``agno`` or ``wherry``.
        imported: The import alias that brought it into this file, or None.
    """

    path: str
    origin: str = "agno"
    imported: ast.alias | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """A name of another package or of the standard library, such as ``importlib.import_module``."""

    path: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of Agno (canonical path)."""

    cls: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method of an object of Agno: canonical class and name."""

    cls: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a dictionary that may become a keyword: its name, the node that spells it, its value, its meaning.

    `elsewhere`: another file spells it, and `key` is where this file hands it over.
    """

    name: str
    key: ast.expr | ast.keyword
    value: ast.expr
    meaning: Value | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dictionary with known keys; `complete` when it has no others."""

    entries: tuple[Entry, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Many:
    """A list, tuple, set or dictionary of like things; `keyed` when it is a dictionary, which gives its keys.

    `others` are things of a list besides the first that is known.
    """

    element: Value | None
    keyed: bool = False
    others: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A few things side by side, such as a pair of `items()`."""

    parts: tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """A task or a future, with what it will have given."""

    value: Value


@dataclass(frozen=True, slots=True)
class Words:
    """A text that is known; `others` are what it is at other times, as a loop over texts has it."""

    text: str
    node: ast.expr
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """`functools.partial` of something, with the keywords given so far."""

    target: Value
    keywords: Mapping


@dataclass(slots=True, eq=False)
class UserFunction:
    """A function of the assessed code."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    owner: UserClass | None = None


@dataclass(slots=True, eq=False)
class UserClass:
    """A class of the assessed code, with the Agno class it descends from (canonical path) if any."""

    node: ast.ClassDef
    scope: Scope
    bases: tuple[Value | None, ...] = ()
    agno_base: str = ""
    members: dict[str, Value | None] = field(default_factory=dict)
    attributes: dict[str, Value | None] = field(default_factory=dict)
    initialised: bool = False


@dataclass(frozen=True, slots=True)
class UserObject:
    """An object of a class of the assessed code."""

    cls: UserClass


@dataclass(frozen=True, slots=True)
class UserModule:
    """A module of the assessed code."""

    path: Path


@dataclass(frozen=True, slots=True)
class SuperOf:
    """`super()` inside a method of a class."""

    cls: UserClass


def added(left: Value | None, right: Value | None, node: ast.expr) -> Value | None:
    """What the sum of two lists or texts is."""
    if isinstance(left, Many):
        if left.element is None or not isinstance(right, Many) or right.element is None:
            return left if left.element is not None else right
        return replace(left, others=(*left.others, right.element, *right.others))
    if isinstance(left, Words) and isinstance(right, Words):
        return Words(left.text + right.text, node)
    return None


def merged(first: list[Entry], second: tuple[Entry, ...]) -> list[Entry]:
    """Entries of two dictionaries, the later winning."""
    names = {entry.name for entry in second}
    return [*(entry for entry in first if entry.name not in names), *second]


def element_of(value: Value | None) -> Value | None:
    """What going through a value gives, one after the other: of a few things side by side, the first that is known."""
    if isinstance(value, Row):
        return next((part for part in value.parts if part is not None), None)
    return value.element if isinstance(value, Many) and not value.keyed else None


def one_of(values: list[Value | None]) -> Value | None:
    """What each of several things is: the first that is known, or the one text and what it is at other times."""
    texts = [value for value in values if isinstance(value, Words)]
    if texts and len(texts) == len(values):
        return replace(texts[0], others=tuple(text.text for text in texts[1:]))
    return next((value for value in values if value is not None), None)


def listed(values: list[Value | None]) -> Many:
    """A list of several things: what one of them is, and the others."""
    first = one_of(values)
    others = (one for one in values if one is not None and one is not first and not isinstance(one, Words))
    return Many(first, others=tuple(others))


Value = (
    AgnoName
    | Foreign
    | Instance
    | Method
    | Mapping
    | Many
    | Row
    | Later
    | Words
    | Prepared
    | UserFunction
    | UserClass
    | UserObject
    | UserModule
    | SuperOf
)
