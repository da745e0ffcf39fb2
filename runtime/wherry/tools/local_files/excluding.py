"""Which parts of a path are passed over: patterns of `fnmatch`, and those with a `!` in front that spare a name."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from os.path import normcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPARING = "!"


@lru_cache(maxsize=64)
def _matchers(patterns: tuple[str, ...], fold: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What excludes and what spares, each as one expression: a walk asks for every name that it meets."""
    sparing = [one[1:] for one in patterns if len(one) > 1 and one.startswith(SPARING)]
    excluding = [one for one in patterns if len(one) == 1 or not one.startswith(SPARING)]
    return _any_of(excluding, fold), _any_of(sparing, fold)


def _any_of(patterns: list[str], fold: bool) -> re.Pattern[str]:
    return re.compile("|".join(translate(one.casefold() if fold else one) for one in patterns) or r"(?!)")


def is_excluded(name: str, patterns: Sequence[str], *, fold: bool = False) -> bool:
    """Whether one part of a path is passed over.

    Args:
        name: The part.
        patterns: What excludes, and with a `!` in front what spares; the order is of no matter.
        fold: Take capitals and small letters for the same.
    """
    excluding, sparing = _matchers(tuple(patterns), fold)
    name = name.casefold() if fold else name
    return bool(excluding.match(name)) and not sparing.match(name)


def path_matches_exclude(path: Path, root: Path, exclude_patterns: Sequence[str]) -> bool:
    """Whether a part of a path below a folder is passed over; mirrors Agno's function of this name.

    Args:
        path: What is below.
        root: The folder; nothing outside of it is excluded.
        exclude_patterns: See `is_excluded`; capitals matter where the system says so.
    """
    if not exclude_patterns or not path.is_relative_to(root):
        return False
    patterns = [normcase(one) for one in exclude_patterns]
    return any(is_excluded(normcase(part), patterns) for part in path.relative_to(root).parts)
