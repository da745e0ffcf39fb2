"""What pyproject.toml requires: standard and dependency groups, Poetry, uv, PDM, Hatch; and the Python version.

Before on the left, after on the right::

    dependencies = ["agno[openai]>=3"]                 dependencies = ["wherry[postgres]>=0.1,<0.2"]
    agno = "^3.1"                                      wherry = ">=0.1,<0.2"

A line is read in its table and under its key: `agno` in keywords or in a list of modules is no requirement.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import TYPE_CHECKING

from wherry_portal.rules.packaging import RELEASE, SPEC, Needs, PackagingFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Edit, Finding
    from wherry_portal.assess.text import Text

_QUOTED = re.compile(rf"(?P<quote>['\"])(?P<spec>{SPEC})(?P<marker>\s*;(?:(?!(?P=quote))[^\n])*)?(?P=quote)(?!\s*=)")
_POETRY = re.compile(r"^(?P<spec>agno[ \t]*=[ \t]*(?P<value>[^#\r\n]+?))[ \t]*(?:#[^\r\n]*)?\r?$", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[\[?(?P<name>[^\[\]\n]+)\]\]?[ \t]*(?:#.*)?$")
_KEY = re.compile(
    r"^[ \t]*(?P<key>(?:[\w-]+|\"[^\"]*\"|'[^']*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)[ \t]*="
)
_STRING_OR_COMMENT = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*")
_REQUIRES = re.compile(r"(?:^|\.)(?:[\w-]*dependencies|dependency-groups|build-system\.requires)(?:\.|$)")
_CONSTRAINS = re.compile(r"constraint-dependencies$")
_TABLED = ("dependencies.agno", "dev-dependencies.agno")
_MAIN = ("project.dependencies", "tool.poetry.dependencies")
_EXTRAS = re.compile(r"\bextras\s*=\s*\[([^\]]*)\]")
_OLD_PYTHON = re.compile(r"(?<![<\d.])(?<!<=)(?<!!=)3\.(?:[0-9]|10)\b")
_RANGE = re.compile(r"=\s*['\"](?P<range>[^'\"]+)['\"]")


def check_pyproject(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """pyproject.toml: dependencies as quoted requirements, or in a table of Poetry; sources; the Python version."""
    file = PackagingFile(name, text)
    outline = Outline(text.text)
    has_wherry = re.search(r"['\"]wherry\b|^wherry\s*=", text.text, re.MULTILINE) is not None
    quoted = [match for match in _QUOTED.finditer(text.text) if _REQUIRES.search(outline.path(match.start()))]
    tabled = [match for match in _POETRY.finditer(text.text) if outline.path(match.start()).endswith(_TABLED)]
    places = {outline.path(match.start()).removesuffix(".agno") for match in (*quoted, *tabled)}
    main = next((place for place in _MAIN if place in places), "")

    def needed(path: str) -> Needs:
        """The extras go where every installation gets them; beside that, and in constraints, they are left out."""
        return needs.bare if (main and path != main) or _CONSTRAINS.search(path) else needs

    if not has_wherry:
        for match in quoted:
            path = outline.path(match.start())
            _quoted(file, match, needed(path).asked_by(match["extras"], needs.extras))
        for match in tabled:
            path, named = outline.path(match.start()).removesuffix(".agno"), _EXTRAS.search(match["value"])
            _tabled(file, match, needed(path).asked_by(named and named[1], needs.extras))
        _by_hand(file, outline, needs)
    _python(file, outline)
    file.findings.sort(key=lambda finding: finding.span)
    yield from file.findings


class Outline:
    """The tables and keys of a TOML text by place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] = []
        self.paths: list[str] = []
        self.lines: list[str] = []
        table = path = ""
        depth = at = 0
        for line in text.splitlines(keepends=True):
            bare = _STRING_OR_COMMENT.sub("", line)
            head = _TABLE.match(line) if depth == 0 else None
            key = _KEY.match(line) if depth == 0 and head is None else None
            if head is not None:
                table = path = _plain(head["name"])
            else:
                path = f"{table}.{_plain(key['key'])}".lstrip(".") if key else path
                depth = max(0, depth + sum(map(bare.count, "[{")) - sum(map(bare.count, "]}")))
            self.starts.append(at)
            self.paths.append(path)
            self.lines.append(line)
            at += len(line)

    def path(self, at: int) -> str:
        """Table and key that a place belongs to, such as ``project.dependencies``."""
        return self.paths[bisect_right(self.starts, at) - 1]


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("'\"") for part in name.split("."))


def _quoted(file: PackagingFile, match: re.Match[str], needs: Needs) -> None:
    new = f"{needs.requirement}{match['marker'] or ''}"
    quote = match["quote"]
    start, end = match.start("spec"), match.end() - 1
    addition = _beside(file, start - 1, end, f"{quote}{new}{quote}")
    edits = (addition if needs.agno else file.edit(start, end, new),)
    file.say(start, end, "agno", f"requires {match['spec'].strip()}", f"Require {new}.", edits=edits)


def _beside(file: PackagingFile, start: int, end: int, quoted: str) -> Edit:
    """A requirement on a line of its own where the one at hand has one, else behind it."""
    text = file.text
    begin = text.text.rfind("\n", 0, start) + 1
    indent = text.text[begin:start]
    if indent.strip():
        return file.edit(end + 1, end + 1, f", {quoted}")
    return file.edit(begin, begin, f"{indent}{quoted},{text.newline}")


def _tabled(file: PackagingFile, match: re.Match[str], needs: Needs) -> None:
    new = _poetry(needs)
    place = (match.start("spec"), match.start("spec"), f"{new}{file.text.newline}")
    edit = file.edit(*place) if needs.agno else file.edit(match.start("spec"), match.end("spec"), new)
    edits = (edit,) if _simple(match["value"]) else ()
    file.say(match.start("spec"), match.end("spec"), "agno", "requires agno", f"Write {new}.", edits=edits)


def _simple(value: str) -> bool:
    """Whether a requirement of Poetry says no more than a version and extras."""
    try:
        read = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return False
    return isinstance(read, str) or (isinstance(read, dict) and read.keys() <= {"version", "extras"})


def _poetry(needs: Needs) -> str:
    if not needs.extras:
        return f'wherry = "{RELEASE}"'
    extras = ", ".join(f'"{extra}"' for extra in needs.extras)
    return f'wherry = {{version = "{RELEASE}", extras = [{extras}]}}'


def _by_hand(file: PackagingFile, outline: Outline, needs: Needs) -> None:
    """A table of its own for Agno, a place that it is taken from, and an extra of Poetry that names it."""
    for start, path, line in zip(outline.starts, outline.paths, outline.lines, strict=True):
        end = start + len(line.rstrip())
        first = start + len(line) - len(line.lstrip())
        if _TABLE.match(line) and path.endswith(_TABLED):
            file.say(first, end, "agno", "requires agno", f"Write {_poetry(needs)}.")
        elif path.endswith(".sources.agno") and not needs.agno and (_TABLE.match(line) or _KEY.match(line)):
            file.say(first, end, "agno", "takes agno from a place of its own", "Remove it with the requirement.")
        elif path.startswith("tool.poetry.extras") and re.search(r"['\"]agno['\"]", line):
            file.say(first, end, "agno", "names agno in an extra", "Name wherry there.")


def _python(file: PackagingFile, outline: Outline) -> None:
    for start, path, line in zip(outline.starts, outline.paths, outline.lines, strict=True):
        found = _RANGE.search(line) if path.endswith(("requires-python", "dependencies.python")) else None
        if found and _OLD_PYTHON.search(found["range"]):
            say_old_python(file, start + found.start("range"), start + found.end("range"))


def say_old_python(file: PackagingFile, start: int, end: int) -> None:
    """Report a range of Python versions that begins before what Wherry needs."""
    what = f"supports Python {file.text.text[start:end]}"
    file.say(start, end, "python", what, "Wherry needs Python 3.11 or newer.")


def is_old_python(versions: str) -> bool:
    """Whether a range of versions begins before 3.11."""
    return _OLD_PYTHON.search(versions) is not None
