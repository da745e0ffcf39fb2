"""Parity evidence of the project that is migrated: what `wherry parity script` and `wherry parity run` left in it.

What Wherry's own fixtures showed says nothing about a team's scripts, and is not looked at here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from wherry_portal.evidence import Currency, Evidence, load_results, resolve
from wherry_portal.evidence.resolve import Found
from wherry_portal.evidence.results import Stamp
from wherry_portal.evidence.stamp import parse_time
from wherry_portal.parity.script.subject import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

PATTERN = "*.parity.json"
MAKE = "`wherry record -- python SCRIPT.py`, then `wherry parity script SCRIPT.py`"
"""How a script is compared, for who has compared none."""
ORDER = ("failed", "stale", "missing", "passed")


def own_parity(project: Path, currency: Currency) -> list[Evidence]:
    """One judgement for each compared script, and one for the project's own fixtures when it has results of them.

    Args:
        project: The migrated project.
        currency: What evidence has to agree with.

    Returns:
        The worst first; when there is nothing, one judgement that says how to make it.
    """
    judged = [_script(path, project, currency) for path in _files(project)]
    if (project / "results").is_dir():
        judged.append(resolve("fixture:*", load_results(project / "results"), currency))
    if not judged:
        return [Evidence("script:*", "missing", f"no script of this project was compared; in its folder: {MAKE}")]
    return sorted(judged, key=lambda one: (ORDER.index(one.status), one.selector))


def _files(project: Path) -> Iterator[Path]:
    for path in sorted(project.rglob(PATTERN)):
        inside = path.relative_to(project).parts
        if not any(part.startswith(".") or part == "node_modules" for part in inside):
            yield path


def _script(path: Path, project: Path, currency: Currency) -> Evidence:
    name = f"script:{path.relative_to(project).as_posix().removesuffix('.parity.json')}.py"
    try:
        data = orjson.loads(path.read_bytes())
        stamp = Stamp(parse_time(data["date"]), data["commit"], data["versions"])
        passed, counts = data["outcome"] == "passed", data["counts"]
        shown = f"{counts['compared']} values compared, {counts['difference']} different"
        shown = data.get("unproven") or shown
        edited = _edited(data, path.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Evidence(name, "failed", f"{path.name} cannot be read: {error}")
    if not passed:
        return Evidence(name, "failed", shown, (Found(name, "failed", shown, stamp),))
    objection = currency.objection(stamp, needs_reference=True) or edited
    found = Found(name, "stale" if objection else "passed", objection or shown, stamp)
    return Evidence(name, found.status, found.detail, (found,))


def _edited(data: Mapping[str, Any], folder: Path) -> str:
    """Which of the script and the files of its folder that use Agno were edited since; empty when none was."""
    matters = {data["script"], *data.get("migrated", {})}
    names = [name for name in changed(data, folder) if name in matters]
    return f"compared before the last change of {', '.join(names)}: compare it again" if names else ""
