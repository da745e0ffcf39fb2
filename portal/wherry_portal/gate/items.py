"""Items of checklists, judged: by the evidence that they name, the gate's own checks among it, or by a signature.

A check may ask for a whole checklist, and the items of that one for further checks. Called by `verdict`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.checklists import Automatic, Signed
from wherry_portal.checklists.links import dead_end
from wherry_portal.evidence import resolve
from wherry_portal.evidence.selectors import parse_selector
from wherry_portal.gate import project_checks, run_checks
from wherry_portal.gate.finding import ORDER, Finding, worst
from wherry_portal.gate.run_checks import some
from wherry_portal.gate.todo import EVIDENCE, TODO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wherry_portal.checklists import Checklist
    from wherry_portal.gate.context import Context


def performance(context: Context) -> Finding:
    """The performance checklist is closed."""
    return closed(context, context.list("performance"))


def docs(context: Context) -> Finding:
    """The documentation checklist is closed."""
    return closed(context, context.list("docs"))


def closed(context: Context, checklist: Checklist) -> Finding:
    """Whether every item of another checklist passes or is signed for this release."""
    if checklist.id in context.judging:
        return Finding("failed", f"checklist {checklist.id!r} asks for itself")
    context.judging.add(checklist.id)
    findings = {item.id: judge_item(context, checklist, item) for item in checklist.items}
    context.judging.discard(checklist.id)
    bad = {name: finding for name, finding in findings.items() if not finding.passed}
    if not bad:
        return Finding("passed", f"all {len(findings)} items are closed")
    status = min((finding.status for finding in bad.values()), key=ORDER.index)
    details = some(f"{finding.status}: {name}: {finding.shown}" for name, finding in bad.items())
    todo = tuple(dict.fromkeys(step for finding in bad.values() for step in finding.todo))
    return Finding(status, f"{len(bad)} of {len(findings)} items are open: {', '.join(bad)}", details, todo)


def judge_item(context: Context, checklist: Checklist, item: Automatic | Signed) -> Finding:
    """One item of any checklist: its evidence, or its signature."""
    if isinstance(item, Signed):
        return _signature(context, checklist, item)
    if item.command:
        return Finding("missing", f"the gate runs no commands; put the result of `{item.command}` into evidence")
    return worst([_evidence(context, text) for text in item.evidence])


def _evidence(context: Context, text: str) -> Finding:
    selector = parse_selector(text)
    if selector.kind != "gate":
        found = resolve(selector, context.results, context.currency)
        return Finding(found.status, f"{text}: {found.detail}", todo=() if found.status == "passed" else (EVIDENCE,))
    if selector.name not in CHECKS:
        return Finding("failed", f"there is no check {selector.name!r}; known: {', '.join(sorted(CHECKS))}")
    finding = CHECKS[selector.name](context)
    if finding.passed or finding.todo or selector.name not in TODO:
        return finding
    return replace(finding, todo=(TODO[selector.name],))


def _signature(context: Context, checklist: Checklist, item: Signed) -> Finding:
    signed = context.signoffs.signature(checklist.id, item.id)
    link = f"a link that shows it: {item.proof.rstrip('.')}"
    sign = f"`wherry gate sign {checklist.id} {item.id} --name NAME --link LINK`"
    todo = (f"The {item.role} signs, with {link}. {sign}.",)
    if signed is None:
        return Finding("missing", f"not signed ({item.role})", todo=todo)
    if signed.not_applicable:
        if not item.optional:
            return Finding("failed", f"{signed.name} says it does not apply, but it always does", todo=todo)
        return Finding("passed", f"does not apply ({signed.name}): {signed.not_applicable}")
    nowhere = dead_end(signed.link, context.root)
    if nowhere:
        return Finding("failed", nowhere, todo=todo)
    return Finding("passed", f"{signed.name} ({signed.role}), {signed.date}: {signed.link}")


CHECKS: Mapping[str, Callable[[Context], Finding]] = {
    "same-code": run_checks.same_code,
    "tests": run_checks.tests,
    "coverage": run_checks.coverage,
    "parity": run_checks.parity,
    "benchmarks": run_checks.benchmarks,
    "benchmarks-current": run_checks.benchmarks_current,
    "noise-floor": run_checks.noise_floor,
    "notebooks": run_checks.notebooks,
    "matrix": project_checks.matrix,
    "not-migrated": project_checks.not_migrated,
    "pilots": project_checks.pilots,
    "tickets": project_checks.tickets,
    "guidance": project_checks.guidance,
    "performance": performance,
    "docs": docs,
}
"""What ``gate:NAME`` in a checklist stands for."""
