"""Finding a text in the files below a folder, and reading and writing one without following a link."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.fs.sizes import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

MOST_SEARCHED = 500 * 1024
_AROUND = 200


def leads_to(entry: Path, root: Path) -> Path | None:
    """Where an entry of a listing leads, its links followed; None when that is not below the root.

    It is asked by the very name that the disk has for it: paths from a model are normalised first, and an entry whose
    name changes by that would be judged by another's place.

    Args:
        entry: What was met below the root; its path may hold `..`.
        root: The folder, resolved.
    """
    try:
        target = entry.resolve()
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
        return None
    return target if target.is_relative_to(root) else None


def open_text(path: Path, encoding: str, errors: str = "strict") -> TextIO:
    """Open a file that was resolved: should a link or a pipe have taken its place since, it is refused.

    Raises:
        OSError: It is not there, or is no plain file.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path.name} is no plain file")
    return os.fdopen(handle, encoding=encoding, errors=errors)


def put_text(path: Path, text: str, encoding: str) -> None:
    """Put a text in a file's place, with the rights that the file has or a new one gets.

    It is written beside that place under a name that nobody can foresee, and put there at one stroke: readers see the
    old text or the new one, and no link can lead the text elsewhere.
    """
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(beside, flags, 0o666)
    try:
        with os.fdopen(handle, "w", encoding=encoding) as file:
            file.write(text)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def files_below(folder: Path, skips: Callable[[Path], bool]) -> Iterator[Path]:
    """The files below a folder in the order of their names; folders that are skipped are not entered."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not skips(here / name))
        yield from (here / name for name in sorted(names))


def matches(
    query: str, files: Iterator[Path], root: Path, kinds: frozenset[str] | set[str], limit: int
) -> list[dict[str, Any]]:
    """The first files that have a text, whatever its capitals, each with what stands around the first place.

    Args:
        query: The text.
        files: Where to look, resolved.
        root: Names in the answer are relative to it.
        kinds: Suffixes of texts; other files are not opened, nor are those of more than 500 KB.
        limit: How many files.
    """
    found: list[dict[str, Any]] = []
    for path in files:
        if len(found) >= limit:
            break
        if path.suffix.lower() not in kinds:
            continue
        try:
            size = path.stat().st_size
            text = "" if size > MOST_SEARCHED else _skimmed(path)
        except OSError:
            continue
        if query.lower() in text.lower():
            name = path.relative_to(root).as_posix()
            found.append({"file": name, "size": size_of(size), "snippet": _around(text, query)})
    return found


def _skimmed(path: Path) -> str:
    with open_text(path.resolve(), "utf-8", "ignore") as file:  # a link within the folder is followed
        return file.read()


def _around(text: str, query: str) -> str:
    """What stands around the first place of a text."""
    place = text.lower().find(query.lower())
    begin, end = max(0, place - _AROUND), min(len(text), place + len(query) + _AROUND)
    return f"{'...' if begin else ''}{text[begin:end]}{'...' if end < len(text) else ''}"
