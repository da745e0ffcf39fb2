"""`wherry migrate`: shows, writes, checks or takes back the edits that `wherry assess` found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wherry.core.errors import ConfigurationError, docs_url
from wherry_portal.assess.command import run_assessment
from wherry_portal.migrate.plan import Plan, make_plan
from wherry_portal.migrate.write import Written, refuse_dirty_tree, undo, write_plan
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from wherry_portal.migrate.plan import Change

FINE, LEFT, FAILED = 0, 1, 2
_Flag = Parameter(negative="")


def migrate_command(
    path: Path,
    /,
    *,
    diff: Annotated[bool, _Flag] = False,
    write: Annotated[bool, _Flag] = False,
    check: Annotated[bool, _Flag] = False,
    undo_last: Annotated[bool, Parameter("--undo", negative="")] = False,
    allow_dirty: Annotated[bool, _Flag] = False,
    exclude: tuple[str, ...] = (),
) -> int:
    """Rewrite a code base from Agno to Wherry: imports, renamed and gone names, requirements, notebooks.

    Files with something that Wherry cannot run stay on Agno, with a marker that says so at import time.

    Args:
        path: Folder or file to migrate.
        diff: Show what would change; this is what happens without a flag.
        write: Change the files.
        check: Say only whether something is left to do.
        undo_last: Put back what the last `--write` changed; again, what the one before it changed.
        allow_dirty: Write although the git work tree has uncommitted changes.
        exclude: Patterns of relative paths to leave out.

    Returns:
        0 when all is done, 1 when something is left to do or blocked, 2 when a file could not be judged or written.

    Raises:
        ConfigurationError: The path does not exist, or flags that exclude each other were given.
    """
    if sum((diff, write, check, undo_last)) > 1:
        raise ConfigurationError("--diff, --write, --check and --undo exclude each other", hint="Give one of them.")
    if not path.exists():
        raise ConfigurationError(f"there is nothing at {str(path)!r}", hint="Name a folder or a Python file.")
    root = path if path.is_dir() else path.parent
    if undo_last:
        return _tell_undone(undo(root.resolve()))
    if write and not allow_dirty:
        refuse_dirty_tree(root)
    plan = make_plan(run_assessment(path, exclude))
    if write:
        return _tell_written(plan, write_plan(plan))
    if check:
        return _tell_check(plan)
    return _tell_diff(plan)


def _tell_diff(plan: Plan) -> int:
    for change in plan.changes:
        if change.changes:
            sys.stdout.write(_coloured(change.diff()) if sys.stdout.isatty() else change.diff())
    _summary(plan)
    return FAILED if _unsafe(plan) else FINE


def _tell_check(plan: Plan) -> int:
    for change in plan.changes:
        if change.changes or change.outcome != "untouched":
            print(f"{change.file.name}: {_why(change)}")
    _summary(plan)
    if any(change.changes for change in plan.of("migrated")):
        print(f"Apply it with: wherry migrate {plan.root} --write", file=sys.stderr)
    return FAILED if _unsafe(plan) else LEFT if _left(plan) else FINE


def _tell_written(plan: Plan, written: Written) -> int:
    for name in written.files:
        print(f"wrote {name}")
    for name, why in written.failed.items():
        print(f"could not write {name}: {why}")
    _summary(plan)
    if written.files:
        print(f"Take it back with: wherry migrate --undo {plan.root}")
    if written.failed or _unsafe(plan):
        return FAILED
    return LEFT if plan.of("blocked") or plan.of("held") else FINE


def _tell_undone(written: Written) -> int:
    for name in written.files:
        print(f"restored {name}")
    for name, why in written.failed.items():
        print(f"left alone {name}: {why}")
    if written.earlier and not written.failed:
        print(f"{counted(written.earlier, 'earlier migration')} can be taken back the same way")
    return FAILED if written.failed else FINE


def _left(plan: Plan) -> bool:
    return any(change.changes or change.outcome in {"blocked", "held"} for change in plan.changes)


def _unsafe(plan: Plan) -> bool:
    return bool(plan.of("failed") or plan.assessment.unjudged)


def _summary(plan: Plan) -> None:
    changed = sum(change.changes for change in plan.of("migrated"))
    print(
        f"{counted(changed, 'file')} to migrate, {len(plan.of('untouched'))} with nothing to do, "
        f"{len(plan.of('blocked'))} blocked, {len(plan.of('held'))} held back with them, "
        f"{len(plan.of('failed'))} failed, {len(plan.assessment.unjudged)} could not be judged",
        file=sys.stderr,
    )
    for change in (*plan.of("blocked"), *plan.of("held"), *plan.of("failed")):
        print(f"  {change.file.name}: {_why(change)}", file=sys.stderr)
    for one in plan.assessment.unjudged:
        print(f"  {one.file}: could not be judged: {one.reason}: {one.detail}", file=sys.stderr)
    if plan.of("blocked"):
        print(f"What blocks a file has a page each: {docs_url('features/')}", file=sys.stderr)


def _why(change: Change) -> str:
    reasons = ", ".join(change.reasons)
    texts = {
        "migrated": "would change",
        "blocked": f"stays on Agno, blocked by {reasons}",
        "held": f"stays on Agno with {reasons}",
        "failed": f"failed: {reasons}",
        "untouched": "nothing to do",
    }
    return texts[change.outcome]


def _coloured(diff: str) -> str:
    colours = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
    lines = diff.splitlines(keepends=True)
    return "".join(f"{colours[line[0]]}{line}\033[0m" if line[0] in colours else line for line in lines)
