"""`wherry gate`: the yes or no for a release, signatures and waivers. Texts for people are here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from wherry import __version__
from wherry_portal.checklists import Signed, find_checklist, load_checklist
from wherry_portal.gate import report
from wherry_portal.gate.context import Context, load_context
from wherry_portal.gate.signoffs import SignedItem, Waiver, add_signature, add_waiver, signoffs_path
from wherry_portal.gate.verdict import judge
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.walk import find
from wherry_portal.sources import find_root, write_atomic

app = App(name="gate", help="Decide on a release, with the evidence of each item.", result_action="return_value")


@app.command
def release(
    *,
    release: str = __version__,
    format_: Annotated[Literal["table", "json", "markdown"], Parameter("--format")] = "table",
    output: Path | None = None,
    details: Annotated[bool, Parameter(negative="")] = False,
    write_guidance: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Go through the release checklist; what is missing or stale counts as no.

    Args:
        release: The version that is to be released.
        format_: table, json or markdown.
        output: File to write; by default the answer is printed.
        details: Name what is behind each open item.
        write_guidance: First bring the tuning guidance in checklists/performance.yaml up to date with the benchmarks.

    Returns:
        0 when the release may go ahead, else 1.
    """
    context = load_context(find_root(), release=release)
    if write_guidance:
        _guidance(context)
    verdict = judge(context)
    if format_ == "json":
        made = json.dumps(report.data(verdict), indent=2, ensure_ascii=False)
    elif format_ == "markdown":
        made = report.markdown(verdict)
    else:
        made = report.text(verdict, details=details)
    if output is None:
        print(made)
    else:
        write_atomic(output, made + "\n")
        print(f"{output}: {'may go ahead' if verdict.passed else 'may not go ahead'}")
    return 0 if verdict.passed else 1


@app.command
def sign(
    checklist: str,
    item: str,
    /,
    *,
    name: str,
    link: str = "",
    role: str = "",
    date: str = "",
    comment: str = "",
    not_applicable: str = "",
    release: str = __version__,
) -> int:
    """Sign an item of a checklist for a release.

    Args:
        checklist: Id of the checklist: release, docs or performance.
        item: The item's id.
        name: Who signs.
        link: Address, or file of this repository, that shows it; there is no credit without one.
        role: In which role; by default the one that the checklist names.
        date: Day of the signature; by default today.
        comment: Anything a reader should know.
        not_applicable: Why an optional item does not apply, in a sentence.
        release: The version it is signed for.
    """
    root, today = find_root(), datetime.now(UTC).date()
    found = find(load_checklist(_named(checklist, root)), item)
    if not isinstance(found, Signed):
        raise PilotError(f"item {item!r} is decided by evidence, not by a signature", hint="Run `wherry gate release`.")
    if not_applicable and not found.optional:
        raise PilotError(f"item {item!r} always applies", hint="Sign it with --link.")
    signed = SignedItem(
        checklist,
        item,
        role or found.role,
        name,
        date or today.isoformat(),
        "" if not_applicable else link,
        comment,
        not_applicable,
    )
    add_signature(root, release, signed, today)
    print(f"Signed: {checklist} {item} for {release}, in {signoffs_path(root, release).relative_to(root)}")
    return 0


@app.command
def waive(check: str, /, *, reason: str, owner: str, expires: str, link: str = "", release: str = __version__) -> int:
    """Let a release go ahead although an item is open, until a day.

    A file that cannot be read is covered by no waiver.

    Args:
        check: Id of the item in checklists/release.yaml.
        reason: Why it may go ahead, in a sentence.
        owner: Who answers for it.
        expires: Last day on which the waiver holds, such as 2026-12-31.
        link: Address of the decision.
        release: The version it is waived for.
    """
    root, today = find_root(), datetime.now(UTC).date()
    find(load_checklist(find_checklist("release", root)), check)
    add_waiver(root, release, Waiver(check, reason, owner, expires, today.isoformat(), link))
    print(f"Waived: {check} for {release} until {expires}, in {signoffs_path(root, release).relative_to(root)}")
    return 0


def _named(checklist: str, root: Path) -> Path:
    known = ("release", "docs", "performance")
    if checklist not in known:
        raise PilotError(f"checklist {checklist!r} is not signed for a release", hint=f"One of {', '.join(known)}.")
    return find_checklist(checklist, root)


def _guidance(context: Context) -> None:
    from wherry_portal.checklists.guidance import write_guidance

    file = context.results.get("bench")
    path = context.root / "checklists" / "performance.yaml"
    if file is None or not path.is_file():
        raise PilotError(
            "there is nothing to write guidance from or into",
            hint="It takes results/bench.json and checklists/performance.yaml.",
        )
    count = write_guidance(path, file)
    print(f"Guidance: {count} ratios are more than 10 % off.")
