"""`wherry parity stats`: pass rates by fixture, and by name what was fixed and what broke between two results files.

Counts can hide a swap, so every case is compared by its name. Results made with different versions of the reference
are not compared at all.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.errors import WherryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class StatsError(WherryError):
    """Two results that cannot be compared, or none at all."""

    code = "parity_stats"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the cases between two results.

    Attributes:
        fixed: Passed now, did not before.
        broke: Did not pass now, did before.
        added: Only in the new results.
        gone: Only in the old ones.
        still: Did not pass before and does not now.
    """

    fixed: tuple[str, ...]
    broke: tuple[str, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]
    still: tuple[str, ...]


def outcomes(data: Mapping[str, Any]) -> dict[str, str]:
    """Outcome by `fixture/case`."""
    return {
        f"{name}/{case}": entry["outcome"]
        for name, fixture in data["fixtures"].items()
        for case, entry in fixture["cases"].items()
    }


def change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    """What was fixed, broke, came and went.

    Raises:
        StatsError: The two were made with different versions of the reference.
    """
    before, after = old["versions"].get("agno"), new["versions"].get("agno")
    if before != after:
        raise StatsError(
            f"results against agno {before!r} and agno {after!r} are not compared",
            hint="Run both against one version of the reference.",
        )
    one, two = outcomes(old), outcomes(new)
    both = sorted(one.keys() & two.keys())
    return Change(
        fixed=tuple(key for key in both if one[key] != "passed" and two[key] == "passed"),
        broke=tuple(key for key in both if one[key] == "passed" and two[key] != "passed"),
        added=tuple(sorted(two.keys() - one.keys())),
        gone=tuple(sorted(one.keys() - two.keys())),
        still=tuple(key for key in both if one[key] != "passed" and two[key] != "passed"),
    )


def rates(data: Mapping[str, Any]) -> Iterator[tuple[str, int, int, float]]:
    """(fixture, cases that passed, cases, parity in percent) by fixture."""
    for name, fixture in data["fixtures"].items():
        cases = list(fixture["cases"].values())
        counted = sum(case["compared"] - case["noise"] or 1 for case in cases) or 1
        good = sum(case["equal"] + case["intentional"] for case in cases)
        yield name, sum(case["outcome"] == "passed" for case in cases), len(cases), 100 * good / counted


def load(path: Path) -> dict[str, Any]:
    """A results file.

    Raises:
        StatsError: It is not there or is no JSON.
    """
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
    except OSError as error:
        raise StatsError(
            f"no results at {path}: {error.strerror}", hint="Make them with `wherry parity run`."
        ) from None
    except orjson.JSONDecodeError as error:
        raise StatsError(
            f"{str(path)!r} is not JSON: {error}", hint="Make it again with `wherry parity run`, of all fixtures."
        ) from None
    if not _is_whole(found):
        raise StatsError(f"{str(path)!r} is no result of `wherry parity run`", hint="Name a parity_results.json.")
    return found


def _is_whole(data: Any) -> bool:
    """Whether everything that is counted here can be read."""
    try:
        told = isinstance(data["date"], str) and isinstance(data["versions"], dict)
        return told and len(list(rates(data))) == len(data["fixtures"])
    except (KeyError, TypeError, AttributeError):
        return False


def passed(data: Mapping[str, Any]) -> tuple[int, int]:
    """Cases that passed, and all."""
    found = outcomes(data).values()
    return sum(outcome == "passed" for outcome in found), len(found)


def history(path: Path, root: Path) -> list[tuple[str, dict[str, Any]]]:
    """The committed versions of a results file, newest first, as (short commit, results)."""
    relative = (
        path.resolve().relative_to(root.resolve()).as_posix() if path.resolve().is_relative_to(root.resolve()) else ""
    )
    commits = _git(root, "log", "--format=%h", "--", relative).split() if relative else []
    found = []
    for commit in commits:
        text = _git(root, "show", f"{commit}:{relative}")
        try:
            data: dict[str, Any] = orjson.loads(text) if text else {}
        except orjson.JSONDecodeError:
            continue
        if _is_whole(data):
            found.append((commit, data))
    return found


def _git(root: Path, *words: str) -> str:
    try:
        words = ("git", "-C", str(root), *words)
        done = subprocess.run(words, capture_output=True, encoding="utf-8", errors="replace", timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
