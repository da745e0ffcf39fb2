"""Notebooks as Python: the code cells joined into one text, and the way back into the very JSON they came from.

Cells are found in the raw JSON with their positions, so that an edit changes the lines of one cell and no other byte.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.cells import blanked, unread
from wherry_portal.assess.text import Text, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry_portal.assess.finding import Edit

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One string of a cell's source in the raw JSON.

    Attributes:
        start: Offset of the opening quote in the text of the file.
        end: Offset after the closing quote.
        text: The decoded string.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell.

    Attributes:
        number: Number among all cells, from 1.
        pieces: Its source strings.
        first_line: Line of the joined text where it starts, from 1.
    """

    number: int
    pieces: tuple[Piece, ...]
    first_line: int

    @property
    def source(self) -> str:
        """The source as one text."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook and its code as one text.

    Attributes:
        raw: The text of the file.
        cells: Its code cells.
        joined: The code of all cells, magic lines blanked out; what rules judge.
        shown: The same with the magic lines as they are; what edits are applied to.
    """

    raw: str
    cells: tuple[Cell, ...]
    joined: Text
    shown: Text

    def judged(self, shown: Text) -> Text:
        """The code of edited cells with their magic lines blanked out, for parsing."""
        return Text(_SEPARATOR.join(blanked(source) for source in _separate(shown.text, len(self.cells))))

    def unread(self) -> Iterator[tuple[Cell, int, str]]:
        """Cells that name Agno behind a magic whose text is not read: the cell, the line in it, the magic."""
        for cell in self.cells:
            yield from ((cell, line, magic) for line, magic in unread(cell.source))

    def place(self, line: int) -> tuple[int, int]:
        """Cell number and line in the cell of a line of the joined text."""
        cell = max((cell for cell in self.cells if cell.first_line <= line), key=lambda cell: cell.first_line)
        return cell.number, line - cell.first_line + 1

    def apply(self, edits: Iterable[Edit]) -> str:
        """The text of the file after edits of the joined text."""
        out = self.raw
        after = self.shown.apply(edits).text
        sources = _separate(after, len(self.cells))
        for cell, source in reversed(list(zip(self.cells, sources, strict=True))):
            if source != cell.source:
                out = _replace(out, cell, source)
        return out


_SEPARATOR = "\n# %% wherry cell boundary %%\n"


def _separate(text: str, count: int) -> list[str]:
    parts = text.split(_SEPARATOR)
    return parts if len(parts) == count else [*parts, *[""] * (count - len(parts))]


def _replace(raw: str, cell: Cell, source: str) -> str:
    """Write a cell's new source over its old strings, in the old style: one string, or one a line."""
    ascii_only = raw.isascii()
    pieces = cell.pieces
    single = len(pieces) == 1 and ("\n" in pieces[0].text.rstrip("\n") or not _in_list(raw, pieces[0]))
    lines = [source] if single else source.splitlines(keepends=True)
    between = raw[pieces[0].end : pieces[1].start] if len(pieces) > 1 else ", "
    text = between.join(json.dumps(line, ensure_ascii=ascii_only) for line in lines)
    return raw[: pieces[0].start] + text + raw[pieces[-1].end :]


def _in_list(raw: str, piece: Piece) -> bool:
    return raw[: piece.start].rstrip().endswith("[")


def is_json_object(raw: bytes) -> bool:
    """Whether bytes are a JSON object, as every notebook is."""
    try:
        return isinstance(json.loads(raw), dict)
    except (ValueError, RecursionError):
        return False


def read_notebook(raw: bytes) -> Notebook:
    """Read the bytes of a notebook.

    Raises:
        UnreadableError: It is not JSON, not a notebook, or not in Python.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError("encoding", f"byte {raw[error.start]:#04x} is not UTF-8") from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not-a-notebook", f"not JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise UnreadableError("not-a-notebook", "has no list of cells (version 3 notebooks are not read)")
    language = _language(data)
    if language not in {"", "python"}:
        raise UnreadableError("other-language", f"is written in {language!r}")
    return _build(text, data["cells"])


def _language(data: dict[str, Any]) -> str:
    metadata = data.get("metadata") or {}
    kernel = metadata.get("kernelspec") or {}
    info = metadata.get("language_info") or {}
    return str(kernel.get("language") or info.get("name") or "").lower()


def _build(text: str, cells: list[Any]) -> Notebook:
    places = _Scanner(text).sources()
    found: list[Cell] = []
    joined: list[str] = []
    shown: list[str] = []
    line = 1
    for number, cell in enumerate(cells, start=1):
        pieces = places.get(number - 1)
        if not isinstance(cell, dict) or cell.get("cell_type") != "code" or not pieces:
            continue
        made = Cell(number, tuple(pieces), line)
        found.append(made)
        shown.append(made.source)
        joined.append(blanked(made.source))
        line += made.source.count("\n") + _SEPARATOR.count("\n")
    return Notebook(text, tuple(found), Text(_SEPARATOR.join(joined)), Text(_SEPARATOR.join(shown)))


class _Scanner:
    """Walks JSON text and keeps where the strings of every cell's source are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[int, list[Piece]] = {}

    def sources(self) -> dict[int, list[Piece]]:
        self._value(self._skip(0), ())
        return self.found

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _value(self, at: int, path: tuple[Any, ...]) -> int:
        char = self.text[at]
        if char == "{":
            return self._object(at + 1, path)
        if char == "[":
            return self._array(at + 1, path)
        if char == '"':
            value, end = scanstring(self.text, at + 1, False)
            self._keep(path, Piece(at, end, value))
            return int(end)
        found = _SCALAR.match(self.text, at)
        return found.end() if found else at + 1

    def _keep(self, path: tuple[Any, ...], piece: Piece) -> None:
        match path:
            case ("cells", int(number), "source") | ("cells", int(number), "source", int()):
                self.found.setdefault(number, []).append(piece)
            case _:
                return

    def _object(self, at: int, path: tuple[Any, ...]) -> int:
        at = self._skip(at)
        while self.text[at] != "}":
            key, at = scanstring(self.text, at + 1, False)
            at = self._skip(at) + 1
            at = self._skip(self._value(self._skip(at), (*path, key)))
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _array(self, at: int, path: tuple[Any, ...]) -> int:
        at = self._skip(at)
        number = 0
        while self.text[at] != "]":
            at = self._skip(self._value(at, (*path, number)))
            number += 1
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return at + 1
