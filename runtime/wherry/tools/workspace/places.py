"""Where a workspace may go: paths from a model, resolved, held below the root and checked against what is excluded.

A path is excluded by what is written as well as by what it leads to. `Places` is called for each path that a tool of
`kit` is given, and for each entry that a listing or a search meets.
"""

from __future__ import annotations

import os
import posixpath
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import PathSecurityError
from wherry.core.log import log_warning
from wherry.core.path_safety import safe_join_relative_path
from wherry.tools.local_files.excluding import SPARING, is_excluded
from wherry.tools.local_files.names import DEFAULT_EXCLUDE_PATTERNS
from wherry.tools.local_files.texts import leads_to

if TYPE_CHECKING:
    from collections.abc import Sequence


class Refused(Exception):
    """A tool does not do what it was asked for; the text says why."""


def checked_patterns(patterns: Sequence[str] | None) -> list[str]:
    """The patterns of a workspace, the usual ones for None.

    Raises:
        ValueError: One names a path or nothing, and would never match.
    """
    if patterns is None:
        return list(DEFAULT_EXCLUDE_PATTERNS)
    for one in patterns:
        if one == SPARING:
            raise ValueError(f"exclude_patterns has {one!r} alone: write the name that it is to spare behind it.")
        if "/" in one or "\\" in one:
            raise ValueError(
                f"exclude_patterns has {one!r}, and a pattern is held against one part of a path: "
                "leave out the path separator and name the file or folder alone."
            )
    return list(patterns)


def checked_allowances(root: Path, allowed: Any) -> list[tuple[Path, Path]]:
    """Paths that stay within reach, each as it is written and as it resolves.

    Raises:
        TypeError: They are no list.
        ValueError: One does not lead below the root.
    """
    if allowed is None:
        return []
    if not isinstance(allowed, (list, tuple)):
        raise TypeError(f"allow_paths={allowed!r} is no list; write a list of paths below the root.")
    found = []
    for one in allowed:
        try:
            target = safe_join_relative_path(root, os.fspath(one))
        except (TypeError, PathSecurityError, OSError) as error:
            raise ValueError(f"allow_paths has {one!r}, no path inside the workspace: {error}") from error
        if target == root:
            raise ValueError(f"allow_paths has {one!r}, the whole root; exclude_patterns=[] excludes nothing.")
        found.append((_as_written(root, os.fspath(one)), target))
    return found


def _as_written(root: Path, path: str) -> Path:
    """A path below the root with its links left alone."""
    plain = posixpath.normpath(unicodedata.normalize("NFKC", path).replace("\\", "/"))
    return root.joinpath(*(part for part in plain.split("/") if part not in {"", ".", ".."}))


def _knows_no_capitals(root: Path) -> bool:
    """Whether the disk below a folder takes capitals and small letters for the same; it is asked by a name it has."""
    try:
        inside = next((one for one in root.iterdir() if one.name.swapcase() != one.name), None)
    except OSError:
        inside = None
    for place in (inside, root if root.name.swapcase() != root.name else None):
        try:
            if place is not None:
                return place.samefile(place.with_name(place.name.swapcase()))
        except FileNotFoundError:
            return False
        except OSError:
            continue
    return sys.platform in {"darwin", "win32"}


class Places:
    """A root, what is excluded below it, and what stays within reach all the same.

    Args:
        root: The folder, resolved.
        patterns: Names that are excluded; the list is read anew each time, for users change it.
        allowed: Paths within reach; read anew as well.

    Raises:
        TypeError, ValueError: See `checked_patterns` and `checked_allowances`.
    """

    def __init__(self, root: Path, patterns: Sequence[str] | None, allowed: Any) -> None:
        self.root = root
        self.patterns = checked_patterns(patterns)
        checked_allowances(root, allowed)
        self.allowed: list[str] = list(allowed or ())
        self._seen: tuple[str, ...] | None = None
        self._reach: list[tuple[str, ...]] = []
        self._fold: bool | None = None

    def folds(self) -> bool:
        """Whether capitals are of no matter on the root's disk, which is asked once it is there."""
        if self._fold is None:
            if not self.root.exists():
                return sys.platform in {"darwin", "win32"}
            self._fold = _knows_no_capitals(self.root)
        return self._fold

    def _reachable(self) -> list[tuple[str, ...]]:
        now = tuple(self.allowed)
        if now != self._seen:
            pairs = checked_allowances(self.root, list(now))
            self._reach = [path.relative_to(self.root).parts for pair in pairs for path in pair]
            self._seen = now
        return self._reach

    def _depth(self, parts: tuple[str, ...]) -> int:
        """How many parts of a path an allowance covers."""
        plain = [part.casefold() if self.folds() else part for part in parts]
        covering = [
            len(one)
            for one in self._reachable()
            if plain[: len(one)] == [part.casefold() if self.folds() else part for part in one]
        ]
        return max(covering, default=0)

    def excluded(self, path: Path) -> bool:
        """Whether a part of a path below the root is excluded, and no allowance covers it."""
        if not path.is_relative_to(self.root):
            return False
        parts = path.relative_to(self.root).parts
        fold = self.folds()
        last = max((at for at, part in enumerate(parts) if is_excluded(part, self.patterns, fold=fold)), default=-1)
        return last >= 0 and self._depth(parts) <= last

    def hidden(self, entry: Path) -> bool:
        """Whether a listing passes over an entry: it is excluded, leads out, or leads to what is excluded."""
        target = leads_to(entry, self.root)
        return target is None or self.excluded(entry) or (target != entry and self.excluded(target))

    def resolve(self, path: str, what: str = "path") -> Path:
        """Where a path from a model leads; decided before anybody looks whether it is there.

        Args:
            path: What the model wrote.
            what: The name of the argument, for the answer.

        Raises:
            Refused: It leads out of the root, or is excluded.
        """
        try:
            target = safe_join_relative_path(self.root, path)
        except (PathSecurityError, OSError) as error:
            log_warning(f"{path!r} leads out of the workspace {self.root} and was refused.")
            raise Refused(
                f"{what} escapes this workspace, where all paths are relative to its root: {path!r}"
            ) from error
        covered = self._depth(target.relative_to(self.root).parts) > 0
        if self.excluded(target) or (not covered and self.excluded(_as_written(self.root, path))):
            log_warning(f"{path!r} is excluded from the workspace {self.root} and was refused.")
            raise Refused(f"{what} is excluded from this workspace: {path!r}")
        return target
