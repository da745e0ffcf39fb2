"""What a person sees of a parity run: progress, a table of fixtures, the findings, the verdict. Drawn with rich."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wherry_portal.parity.findings import Finding, gather
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import Console

    from wherry_portal.parity.intentional import Expectations
    from wherry_portal.parity.run import FixtureResult

COLOURS = {"passed": "green", "failed": "red", "error": "magenta"}
# Columns of the table, and the name under which a case counts what stands in them.
COUNTS = {
    "compared": "compared",
    "equal": "equal",
    "noise": "noise",
    "intentional": "intentional",
    "different": "difference",
}


@contextmanager
def progress(total: int, label: str) -> Iterator[Callable[[str], None]]:
    """A bar on stderr for that many recordings; nothing when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda key: bar.update(task, advance=1, description=f"{label} {key[-48:]}")


def show(
    results: Sequence[FixtureResult], console: Console, *, findings: int, cases: bool, mutated: bool = False
) -> None:
    """The table and the findings.

    Args:
        results: What ran.
        console: Where to.
        findings: How many findings to print.
        cases: A row for every case instead of one for every fixture.
        mutated: Whether replies were changed. What differs is not counted then, so that no column says it.
    """
    console.print(_table(results, {} if mutated else COUNTS, cases=cases))
    for result in results:
        for case in result.cases:
            for way in case.ways:
                for line in [way.error] if way.error else way.broken:
                    console.print(f"[red]✗[/] {case.case.key}[dim]\\[{way.way}][/] {_safe(line)}", highlight=False)
    found = gather(results)
    for finding in found[:findings]:
        _show_finding(finding, console)
    if len(found) > findings:
        console.print(f"… and {len(found) - findings} more; `--findings {len(found)}` shows them all.")


def rate(results: Sequence[FixtureResult]) -> float:
    """Parity in percent: (equal + intentional) of all but noise; a case without a comparison counts as different."""
    cases = [case for result in results for case in result.cases]
    compared = sum(case.count("compared") - case.count("noise") or 1 for case in cases)
    good = sum(case.count("equal") + case.count("intentional") for case in cases)
    return 100 * good / compared if compared else 0.0


def verdict(results: Sequence[FixtureResult], expectations: Expectations, *, whole: bool) -> tuple[bool, list[str]]:
    """Whether the run passed, and the lines that say so."""
    cases = [case for result in results for case in result.cases]
    failed = [case.case.key for case in cases if case.outcome != "passed"]
    runs, compared = sum(len(case.ways) for case in cases), sum(case.count("compared") for case in cases)
    agreed = f"{len(cases) - len(failed)} of {counted(len(cases), 'case')} agree in {counted(runs, 'run')}"
    lines = [f"{agreed}; {counted(compared, 'value')} compared, parity {rate(results):.2f} %."]
    if failed:
        do = counted(len(failed), "case does", "cases do")
        lines.append(f"{do} not: {', '.join(failed[:12])}{' …' if len(failed) > 12 else ''}")
    unneeded = expectations.unneeded() if whole else []
    lines += [
        f"the listed difference {rule.id!r} no longer occurs: remove it from parity/intentional.yaml"
        for rule in unneeded
    ]
    return not failed and not unneeded and bool(cases), lines


def mutated_verdict(results: Sequence[FixtureResult]) -> tuple[bool, list[str]]:
    """Whether every case noticed that its replies were changed, and the lines that say so."""
    cases = [case for result in results for case in result.cases]
    named = {outcome: [case.case.key for case in cases if case.outcome == outcome] for outcome in ("failed", "error")}
    noticed = len(cases) - sum(map(len, named.values()))
    # What differs is the change and its effect: it is looked for, not counted, and has no rate of parity.
    lines = [f"{noticed} of {counted(len(cases), 'case')} noticed the changed reply; each has to."]
    for outcome, said in (("failed", "proves nothing until it does"), ("error", "could not be run")):
        if keys := named[outcome]:
            lines.append(f"{said}: {', '.join(keys[:12])}{' …' if len(keys) > 12 else ''}")
    return noticed == len(cases) > 0, lines


def _table(results: Sequence[FixtureResult], columns: Mapping[str, str], *, cases: bool) -> object:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("fixture", "cases", "runs", *columns, "outcome"):
        table.add_column(name, justify="left" if name in {"fixture", "outcome"} else "right")
    for result in results:
        rows = [(case.case.key, [case], case.outcome) for case in result.cases] if cases else []
        for name, judged, outcome in rows or [(result.fixture.id, result.cases, result.outcome)]:
            numbers = [sum(case.count(kind) for case in judged) for kind in columns.values()]
            runs = sum(len(case.ways) for case in judged)
            colour = COLOURS[outcome]
            shown = [str(number) if number else "·" for number in (len(judged), runs, *numbers)]
            table.add_row(name, *shown, f"[{colour}]{outcome}[/]")
    return table


def _show_finding(finding: Finding, console: Console) -> None:
    where = ", ".join(finding.cases[:2])
    runs = counted(len(finding.cases), "run")
    console.print(f"[bold]{_safe(finding.path)}[/]  in {runs}: {_safe(where)}", highlight=False)
    console.print(f"    [dim]agno  [/] {_safe(finding.agno)}", highlight=False)
    console.print(f"    [dim]wherry[/] {_safe(finding.wherry)}", highlight=False)


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)
