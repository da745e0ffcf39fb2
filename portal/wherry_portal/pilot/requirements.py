"""What a project says it needs, as arguments for an installer: `verify` fills the environment without Agno with it.

`requirements.txt` when there is one; else `pyproject.toml`: its dependencies, and what the tests need, which is kept in
groups or extras called dev or test.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from wherry_portal.pilot.errors import PilotError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TESTING = ("dev", "test", "tests", "testing")


def requirements_of(project: Path) -> list[str]:
    """Arguments for an installer: ``-r file``, or the requirements that a `pyproject.toml` lists.

    Args:
        project: Folder of the project.

    Raises:
        PilotError: `pyproject.toml` cannot be read.
    """
    own = project / "requirements.txt"
    if own.is_file():
        return ["-r", str(own)]
    table = project / "pyproject.toml"
    if not table.is_file():
        return []
    try:
        data = tomllib.loads(table.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PilotError(
            f"{str(table)!r} cannot be read: {error}",
            hint="Mend it, or list what the project needs in requirements.txt.",
        ) from None
    return list(dict.fromkeys(_listed(data)))


def _listed(data: dict[str, Any]) -> Iterator[str]:
    project, groups = data.get("project", {}), data.get("dependency-groups", {})
    yield from project.get("dependencies", ())
    for name in TESTING:
        yield from project.get("optional-dependencies", {}).get(name, ())
        yield from _group(groups, name, ())


def _group(groups: dict[str, Any], name: str, above: tuple[str, ...]) -> Iterator[str]:
    """The requirements of a group and of the groups that it includes; `above` are those that include it."""
    for one in groups.get(name, ()) if name not in above else ():
        if isinstance(one, str):
            yield one
        else:
            yield from _group(groups, one.get("include-group", ""), (*above, name))
