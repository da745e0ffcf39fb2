"""Reading one YAML or JSON file into plain data plus the line of every field.

YAML is read in its JSON-like core: no tags, no anchors, no dates, no yes/no booleans, one document, no key twice.
Checking against a schema is in `schema`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from wherry_portal.sources.complaint import Complaint, SourceError, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FieldPath = tuple[str | int, ...]

# Deeper than any of our sources, shallow enough for the recursion below and in the schema check.
MAX_DEPTH = 60
# A walk says in which field it is too deep. Of a file that goes on like this the composer in C would end the process,
# and the one in Python, with two calls a level, would come to the end of its stack: it has to stay well above that.
FAR_TOO_DEEP = 3 * MAX_DEPTH
MAX_BYTES = 32_000_000

_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
# The numbers of JSON: `012` and `1:30` stay text, as do `yes`, `no` and dates.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(?P<fraction>(\.[0-9]+)?([eE][-+]?[0-9]+)?)\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_LONGEST_WHOLE, _LONGEST_NUMBER = 19, 24  # of 64 bits: what is longer, such as a commit, is text
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file.

    Attributes:
        file: The file, as the caller named it.
        data: Plain data: dict, list, str, int, float, bool, None.
        lines: Line of every field (its key) and list entry by path; the empty path is the document.
        text: The file as it was read.
    """

    file: str
    data: Any
    lines: Mapping[FieldPath, int]
    text: str = field(repr=False)

    def line(self, path: FieldPath) -> int:
        """Line of a field, or of the nearest thing around it that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def complain(self, path: FieldPath, message: str) -> Complaint:
        """A complaint about the field at `path`."""
        return Complaint(self.file, self.line(path), dotted(path), message)


def dotted(path: FieldPath) -> str:
    """`("items", 2, "id")` as ``items[2].id``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w-]+", part):
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text


def load(path: Path) -> Source:
    """Read a YAML or JSON file.

    Raises:
        SourceError: The file is missing, not UTF-8, not YAML, empty, or uses what these sources do not allow.
    """
    return parse(_text(path), str(path))


def parse(text: str, file: str) -> Source:
    """Read the text of a YAML or JSON file; see `load`."""
    import yaml

    _refuse_conflict(text, file)
    try:
        root = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise SourceError([Complaint(file, line, "", f"not valid YAML: {what}")]) from None
    except yaml.YAMLError as error:
        raise SourceError([Complaint(file, 1, "", f"not valid YAML: {error}")]) from None
    except _FarTooDeep as error:
        raise SourceError([Complaint(file, error.line, "", f"nested deeper than {MAX_DEPTH} levels")]) from None
    if root is None:
        raise SourceError([Complaint(file, 1, "", "the file is empty")])
    reading = _Reading(file)
    data = reading.value(root, ())
    if reading.complaints:
        raise SourceError(reading.complaints)
    return Source(file, data, reading.lines, text)


def _refuse_conflict(text: str, file: str) -> None:
    """Say what happened to a file that two people changed, rather than what YAML makes of git's marks."""
    mark = _CONFLICT.search(text)
    if mark:
        line = text.count("\n", 0, mark.start()) + 1
        raise SourceError(
            [Complaint(file, line, "", "two versions stand in the file, between git's marks <<<<<<< and >>>>>>>")],
            hint="Keep what is right of both, each item once, take the three marks out, and commit.",
        )


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(path, f"cannot be read: {error.strerror or error}") from None
    if len(raw) > MAX_BYTES:
        raise unreadable(path, f"is {len(raw)} bytes long; these sources may have {MAX_BYTES}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise unreadable(path, f"not UTF-8: byte {raw[error.start]:#04x}", line) from None


class _FarTooDeep(Exception):
    """The composer is below `FAR_TOO_DEEP` levels, at a line."""

    def __init__(self, line: int) -> None:
        self.line = line


@cache
def _loader() -> Any:
    """PyYAML's composer, in C where it was built so, without any of its implicit types."""
    import yaml

    tags = {
        yaml.ScalarNode: "tag:yaml.org,2002:str",
        yaml.SequenceNode: "tag:yaml.org,2002:seq",
        yaml.MappingNode: "tag:yaml.org,2002:map",
    }

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class PlainLoader(base):  # type: ignore[misc]
        """Its resolvers, which nothing here needs, count how deep the composer is: in C it has no other bound."""

        depth = 0

        def descend_resolver(self, parent: Any, _index: Any) -> None:
            self.depth += 1
            if self.depth > FAR_TOO_DEEP:
                raise _FarTooDeep(parent.start_mark.line + 1)

        def ascend_resolver(self) -> None:
            self.depth -= 1

        def resolve(self, kind: Any, _value: Any, _implicit: Any) -> str:
            return tags[kind]

    return PlainLoader


class _Reading:
    """One walk over the composed nodes: data, lines and complaints."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[FieldPath, int] = {}
        self.complaints: list[Complaint] = []
        self._seen: set[int] = set()

    def value(self, node: Any, path: FieldPath) -> Any:
        line = self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._complain(line, path, "anchors and aliases (&, *) are not used in these files; write the value out")
            return None
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            self._complain(line, path[:3], f"nested deeper than {MAX_DEPTH} levels")
            return None
        if node.tag not in _TAGS:
            self._complain(line, path, f"tags ({node.tag!r}) are not used in these files")
            return None
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return node.value if node.style else plain_scalar(node.value)

    def _mapping(self, node: Any, path: FieldPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                self._complain(line, path, "a key has to be a plain word or text")
                continue
            key = key_node.value
            below = (*path, key)
            if key in result:
                self._complain(line, below, f"is given twice; first on line {self.lines[below]}")
                continue
            self.lines[below] = line
            result[key] = self.value(value_node, below)
        return result

    def _complain(self, line: int, path: FieldPath, message: str) -> None:
        self.complaints.append(Complaint(self.file, line, dotted(path), message))


def plain_scalar(text: str) -> Any:
    """An unquoted YAML scalar by the rules of JSON: null, booleans, numbers; all else is text."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.match(text)
    if number is None or len(text) > (_LONGEST_NUMBER if number["fraction"] else _LONGEST_WHOLE):
        return text
    return float(text) if number["fraction"] else int(text)
