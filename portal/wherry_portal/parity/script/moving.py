"""Both forms of a script's folder, on Agno and migrated; `sides` asks for one of them for each run's copy."""

from __future__ import annotations

from pathlib import Path

from wherry_portal.migrate.write import originals
from wherry_portal.parity.script.refused import ScriptRefused
from wherry_portal.parity.script.subject import digest


def restore(copy: Path, folder: Path) -> dict[str, str]:
    """Give a copy of a migrated folder the files that it had on Agno, as `wherry migrate --write` kept them.

    Returns:
        Those files -> digest of what they are on Wherry.
    """
    moved = {}
    for name, content in originals(folder).items():
        place = copy / name
        if place.is_file():
            moved[name] = digest(place.read_bytes())
            place.write_bytes(content)
    return moved


def migrate(folder: Path, script: Path) -> dict[str, str]:
    """Migrate the copy of a folder for one of its scripts.

    Returns:
        What it changed: file -> digest of what it is on Wherry.

    Raises:
        ScriptRefused: The script, or something that it leans on, cannot be migrated.
    """
    from wherry_portal.assess.check import assess
    from wherry_portal.migrate.plan import make_plan
    from wherry_portal.migrate.write import write_plan

    found = assess(folder)
    # Only what the script itself leans on keeps it back: others in the folder may be blocked for all it cares.
    plan = make_plan(found, found.leaning())
    for change in plan.changes:
        if change.outcome in {"blocked", "held", "failed"} and Path(change.file.name) == script:
            raise ScriptRefused(
                f"{str(script)!r} cannot be migrated: {', '.join(change.reasons)}",
                hint="`wherry assess` says what to do about each of them.",
            )
    write_plan(plan)
    return {change.file.name: digest(change.after) for change in plan.changes if change.changes}
