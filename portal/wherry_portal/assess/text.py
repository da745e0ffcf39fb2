"""A Python source as text with positions: decoding, newlines, and the way between `ast` offsets and people's columns.

`ast` counts columns in UTF-8 bytes; edits are made in those bytes, so that nothing outside them can change.
"""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Span

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable
    from pathlib import Path

    from wherry_portal.assess.finding import Edit

MAX_BYTES = 4_000_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MAX_LOCK_BYTES = 64_000_000
"""Lock files are made by programs, and grow with what a whole monorepo installs."""
_NEWLINE = re.compile(rb"\r\n|\r|\n")


class UnreadableError(Exception):
    """A file that is no source text; carries the named reason and the detail."""

    def __init__(self, reason: str, detail: str, line: int = 0) -> None:
        self.reason = reason
        self.detail = detail
        self.line = line
        super().__init__(f"{reason}: {detail}")


@dataclass(frozen=True)
class Text:
    """Decoded text.

    Attributes:
        text: As Python reads it, without a byte order mark, newlines as they are.
        encoding: Encoding of the file, for writing back.
    """

    text: str
    encoding: str = "utf-8"

    @cached_property
    def raw(self) -> bytes:
        """The text in UTF-8: what `ast` offsets count in."""
        return self.text.encode("utf-8", "surrogatepass")

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first byte of each line."""
        return [0, *(match.end() for match in _NEWLINE.finditer(self.raw))]

    def offset(self, line: int, column: int) -> int:
        """Byte offset of an `ast` position: line from 1, column in bytes from 0."""
        return self.line_starts[line - 1] + column

    def start(self, node: ast.AST) -> int:
        """Byte offset where a node starts."""
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Byte offset after a node."""
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def span(self, start: int, end: int) -> Span:
        """Lines and columns of a stretch of bytes."""
        line, column = self._place(start)
        end_line, end_column = self._place(end)
        return Span(line, column, end_line, end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, offset)
        before = self.raw[self.line_starts[line - 1] : offset]
        return line, len(before.decode("utf-8", "surrogatepass")) + 1

    def line_text(self, line: int) -> str:
        """The text of a line, without its newline."""
        starts = self.line_starts
        end = starts[line] if line < len(starts) else len(self.raw)
        return self.raw[starts[line - 1] : end].decode("utf-8", "surrogatepass").rstrip("\r\n")

    def line_end(self, offset: int) -> int:
        """Byte offset of the newline that ends the line of an offset, or of the end of the text."""
        found = _NEWLINE.search(self.raw, offset)
        return found.start() if found else len(self.raw)

    @property
    def newline(self) -> str:
        """The newline that the first line ends with."""
        found = _NEWLINE.search(self.raw)
        return found.group().decode() if found else "\n"

    def apply(self, edits: Iterable[Edit]) -> Text:
        """The text after the edits, which must not overlap."""
        out = self.raw
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
            out = out[: edit.start] + edit.text.encode() + out[edit.end :]
        return Text(out.decode("utf-8", "surrogatepass"), self.encoding)

    def encode(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode(self.encoding)


def read_python(path: Path) -> Text:
    """Read a Python file the way Python does: by its declared encoding.

    Raises:
        UnreadableError: Too large, unreadable, binary, or not in its encoding.
    """
    return decode_python(read_bytes(path))


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file that is small enough.

    Args:
        path: The file.
        most: Bytes up to which it is.

    Raises:
        UnreadableError: Too large or not readable.
    """
    try:
        size = path.stat().st_size
        if size > most:
            raise UnreadableError("too-large", f"{size} bytes; files up to {most} are read")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError("unreadable", error.strerror or str(error)) from None


def decode_plain(raw: bytes) -> Text:
    """Decode a file that is no code: as Python's, or in the UTF-16 with a mark that PowerShell writes and pip reads.

    Raises:
        UnreadableError: As `read_python`.
    """
    if not raw.startswith(_UTF_16):
        return decode_python(raw)
    try:
        return Text(raw.decode("utf-16"), "utf-16")
    except UnicodeDecodeError as error:
        raise UnreadableError("encoding", f"is not UTF-16: {error.reason}") from None


def decode_python(raw: bytes) -> Text:
    """Decode the bytes of a Python file; see `read_python`."""
    if raw.startswith(_UTF_16):
        raise UnreadableError("encoding", "is UTF-16, which Python does not read: save it as UTF-8")
    if b"\0" in raw:
        raise UnreadableError("binary", "holds null bytes")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    except SyntaxError as error:
        raise UnreadableError("encoding", str(error)) from None
    body = raw.removeprefix(codecs.BOM_UTF8) if encoding == "utf-8-sig" else raw
    try:
        return Text(body.decode("utf-8" if encoding == "utf-8-sig" else encoding), encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableError("encoding", f"byte {raw[error.start]:#04x} is not {encoding}", line) from None
