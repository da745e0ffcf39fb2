"""The facts of one cookbook example, and their files below `cookbook/`: one YAML file a folder of the cookbook.

`scan` writes them, `verify` and the pages of the site read them. Nothing of an example's text is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from wherry_portal.sources import read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCHEMA = "cookbook.schema.json"
Status = Literal["available", "limited", "planned", "not_migrated", "no_agno", "unjudged"]
STATUSES: tuple[Status, ...] = get_args(Status)
_PLAIN = re.compile(r"^[A-Za-z_][\w./()\-]*$")
_WORDS = {"true", "false", "null", "yes", "no"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an example is not simply available.

    Attributes:
        line: Line in the example.
        verdict: How the thing is judged.
        symbol: What of Agno it is.
        feature: Row of the matrix, or the empty string.
    """

    line: int
    verdict: str
    symbol: str
    feature: str = ""


@dataclass(slots=True)
class Example:
    """One example.

    Attributes:
        path: Path in the cookbook.
        status: The gravest verdict of what it uses.
        imports: Whether every import of Agno is there after the migration.
        migrates: Whether names of an earlier release are rewritten in it.
        features: Rows of the matrix that it uses.
        symbols: Names of Agno that it imports.
        reasons: What keeps it from being available.
    """

    path: str
    status: Status
    imports: bool
    migrates: bool = False
    features: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(slots=True)
class Folder:
    """The examples of one folder of the cookbook."""

    name: str
    reference: str
    cookbook: str
    examples: list[Example] = field(default_factory=list)


def read_folders(root: Path) -> list[Folder]:
    """Every folder's facts below a project's `cookbook/`, by name.

    Raises:
        SourceError: A file breaks its schema.
    """
    return [_folder(read(path, SCHEMA).data) for path in sorted(root.glob("*.yaml"))]


def _folder(data: dict[str, Any]) -> Folder:
    return Folder(data["folder"], data["reference"], data["cookbook"], [_example(one) for one in data["examples"]])


def _example(data: dict[str, Any]) -> Example:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    values["reasons"] = tuple(Reason(**reason) for reason in data.get("reasons", ()))
    return Example(**values)


def write_folder(path: Path, folder: Folder) -> None:
    """Write one folder's facts: one line for each list, so that a change shows as few lines."""
    lines = [
        "# Facts by `wherry cookbook scan`; do not edit. Fields: contracts/cookbook.schema.json.",
        "schema: 1",
        f"reference: {folder.reference}",
        f'cookbook: "{folder.cookbook}"',
        f"folder: {_word(folder.name)}",
        "examples:" if folder.examples else "examples: []",
    ]
    for example in folder.examples:
        lines += _lines(example)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _lines(example: Example) -> Iterable[str]:
    yield f"  - path: {_word(example.path)}"
    yield f"    status: {example.status}"
    yield f"    imports: {str(example.imports).lower()}"
    if example.migrates:
        yield "    migrates: true"
    for name in ("features", "symbols"):
        words = getattr(example, name)
        if words:
            yield f"    {name}: [{', '.join(_word(word, flow=True) for word in words)}]"
    if example.reasons:
        yield "    reasons:"
    for reason in example.reasons:
        feature = f", feature: {_word(reason.feature, flow=True)}" if reason.feature else ""
        symbol = _word(reason.symbol, flow=True)
        yield f"      - {{line: {reason.line}, verdict: {reason.verdict}, symbol: {symbol}{feature}}}"


def _word(text: str, *, flow: bool = False) -> str:
    plain = _PLAIN.match(text) and text.lower() not in _WORDS and not (flow and set(text) & set(",[]{}"))
    return text if plain else '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    """A character inside double quotes, as YAML reads it back."""
    if char in '"\\':
        return f"\\{char}"
    if char.isascii() and char.isprintable():
        return char
    return f"\\U{ord(char):08x}"
