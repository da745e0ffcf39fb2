"""What the reading tools of a workspace do and answer. Called by `kit`.

JSON keys, line numbers and sizes have Agno's form, the sentences are ours.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wherry.fs.sizes import size_of
from wherry.tools.local_files.texts import files_below, matches, open_text
from wherry.tools.workspace.kinds import TEXT_EXTENSIONS
from wherry.tools.workspace.places import Places, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BYTES_A_CHARACTER = 4  # at most, in every encoding that files have


class Limits(NamedTuple):
    """How much of a file is read at once."""

    lines: int
    characters: int


def text_of(path: Path, encoding: str, most: int) -> str:
    """A whole text.

    Raises:
        Refused: It has more characters than that; a much longer one is not even opened.
    """
    size = path.stat().st_size
    if size > most * _BYTES_A_CHARACTER:
        raise _too_long(f"{size} bytes", f"{most} characters")
    with open_text(path, encoding) as file:
        text = file.read()
    if len(text) > most:
        raise _too_long(f"{len(text)} characters", f"{most}")
    return text


def _too_long(has: str, most: str) -> Refused:
    return Refused(
        f"the file is too long to read at once: {has}, of at most {most}. Read a part of it with start_line and "
        "end_line; search_content finds a text in it."
    )


def _numbered(lines: Iterable[str], first: int) -> str:
    return "\n".join(f"{number:6d}\t{line}" for number, line in enumerate(lines, first))


def read(path: Path, start: int | None, end: int | None, encoding: str, limits: Limits) -> str:
    """The numbered lines of a file, all or some.

    Raises:
        Refused: It is too long to be read whole.
    """
    if start is None and end is None:
        text = text_of(path, encoding, limits.characters)
        lines = text.split("\n")
        if len(lines) > limits.lines:
            raise _too_long(f"{len(lines)} lines", f"{limits.lines}")
        return _numbered(lines[:-1] if lines[-1] == "" else lines, 1)
    first = 1 if start is None else start
    with open_text(path, encoding) as file:
        lines = _part(_split(file), max(0, first - 1), end)
    return _numbered(lines[:-1] if lines and lines[-1] == "" else lines, first)


def _split(file: Iterable[str]) -> Iterator[str]:
    """The lines as `str.split` gives them, with the empty one behind a line's end that is the file's."""
    line = "\n"
    for line in file:
        yield line.removesuffix("\n")
    if line.endswith("\n"):
        yield ""


def _part(lines: Iterator[str], first: int, end: int | None) -> list[str]:
    """Some of the lines; an end below zero counts from the last, as slices do."""
    if end is None or end >= 0:
        return list(islice(lines, first, None if end is None else max(first, end)))
    return list(lines)[first:end]


def listing(places: Places, directory: str, pattern: str | None, recursive: bool, max_depth: int) -> str:
    """The entries of a folder as JSON."""
    folder = _folder(places, directory)
    if recursive:
        found = _walked(places, folder, pattern, max_depth)
    else:
        found = [one for one in (folder.glob(pattern) if pattern else folder.iterdir()) if not places.hidden(one)]
    entries = [entry for one in sorted(found) if (entry := _entry(places.root, one)) is not None]
    told = {"directory": directory, "pattern": pattern, "recursive": recursive, "files": entries}
    return json.dumps(told, indent=2)


def _folder(places: Places, directory: str) -> Path:
    folder = places.resolve(directory, "directory")
    if not folder.is_dir():
        raise Refused(f"not a directory: {directory}")
    return folder


def _walked(places: Places, folder: Path, pattern: str | None, max_depth: int) -> list[Path]:
    """Entries down to a depth; what is excluded is not entered."""
    found = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        inside = [name for name in folders if not places.excluded(here / name)]
        folders[:] = inside if len(here.parts) - len(folder.parts) < max_depth else []
        found += [
            here / name
            for name in (*names, *inside)
            if (not pattern or fnmatch(name, pattern)) and not places.hidden(here / name)
        ]
    return found


def _entry(root: Path, path: Path) -> dict[str, Any] | None:
    """What is told of an entry; nothing of one that has gone, or of a link that leads nowhere."""
    try:
        size = None if path.is_dir() else size_of(path.stat().st_size)
    except OSError:
        return None
    return {"path": path.relative_to(root).as_posix(), "type": "file" if size is not None else "dir", "size": size}


def search(places: Places, query: str, directory: str, limit: int) -> str:
    """The files that have a text, as JSON."""
    if not query or not query.strip():
        raise Refused("the query is empty.")
    below = files_below(_folder(places, directory), places.excluded)
    files = (path for path in below if not places.hidden(path))
    found = matches(query, files, places.root, TEXT_EXTENSIONS, limit)
    return json.dumps({"query": query, "matches_found": len(found), "files": found}, indent=2)
