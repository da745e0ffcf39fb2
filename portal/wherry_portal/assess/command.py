"""`wherry assess`: runs the assessment with a progress line, writes the report, decides the exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from wherry.core.errors import ConfigurationError
from wherry_portal.assess.check import Assessment, assess
from wherry_portal.assess.finding import LEVELS
from wherry_portal.assess.formats import Format, render
from wherry_portal.assess.report import Report, make_report, read_baseline, write_baseline
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable

FINE, FOUND, NOT_CHECKED = 0, 1, 2
FailOn = Literal["error", "warning", "note", "never"]


def assess_command(
    path: Path,
    /,
    *,
    output_format: Annotated[Format, Parameter("--format")] = "text",
    output: Path | None = None,
    fail_on: FailOn = "error",
    baseline: Path | None = None,
    write_baseline_to: Annotated[Path | None, Parameter("--write-baseline")] = None,
    exclude: tuple[str, ...] = (),
    everything: Annotated[bool, Parameter("--all", negative="")] = False,
) -> int:
    """Say what a code base uses of Agno, what of it Wherry has, and what is to be done.

    Nothing is imported or run. Files that cannot be judged are results of their own.

    Args:
        path: Folder or file to assess.
        output_format: `text`, `json`, `sarif`, `markdown` or `html`.
        output: File to write the report to; by default it is printed.
        fail_on: Gravest level that may be found without exit status 1.
        baseline: File of known findings; they are left out.
        write_baseline_to: Write all findings to this file as known, and exit with 0.
        exclude: Patterns of relative paths to leave out, such as `legacy/*`.
        everything: List also what `wherry migrate` does.

    Returns:
        0 when nothing at or above `fail_on` was found, 1 when something was, 2 when a file could not be judged.

    Raises:
        ConfigurationError: The path does not exist, or holds nothing to assess.
    """
    result = run_assessment(path, exclude)
    if not result.looked_at:  # a wrong folder in CI, or too wide an --exclude, must not pass for code without findings
        raise ConfigurationError(
            f"there is nothing to assess in {str(path)!r}: no Python file, notebook or list of requirements",
            hint="Name the folder of your code; `--exclude` and .gitignore leave files out.",
        )
    if write_baseline_to is not None:
        number = write_baseline(write_baseline_to, result)
        print(f"{write_baseline_to}: {counted(number, 'finding is', 'findings are')} known now")
        return FINE
    report = make_report(result, read_baseline(baseline) if baseline else None)
    show(report, output_format, output, everything=everything)
    ended = status(report, fail_on)
    if output is None and output_format == "text":
        print(verdict(report, fail_on, ended))
    return ended


def run_assessment(path: Path, exclude: tuple[str, ...] = ()) -> Assessment:
    """Assess with a progress line on a terminal.

    Raises:
        ConfigurationError: The path does not exist.
    """
    if not path.exists():
        raise ConfigurationError(f"there is nothing at {str(path)!r}", hint="Name a folder or a Python file.")
    if not sys.stderr.isatty():
        return assess(path, exclude=exclude)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Assessing", total=None)
        return assess(path, exclude=exclude, progress=_advance(progress, task))


def _advance(progress: object, task: object) -> Callable[[int, int], None]:
    def advance(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)  # type: ignore[attr-defined]

    return advance


def show(report: Report, output_format: Format, output: Path | None, *, everything: bool) -> None:
    """Write the report to a file, or print it: with colours when it is text for a terminal."""
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(render(report, output_format, everything=everything), "utf-8")
        print(f"{output}: {counted(len(report.findings), 'finding')}, {counted(report.headline.blockers, 'blocker')}")
    elif output_format == "text":
        from rich.console import Console

        from wherry_portal.assess.formats.text import draw

        draw(report, Console(highlight=False), everything=everything)
    else:
        print(render(report, output_format, everything=everything), end="")


def status(report: Report, fail_on: FailOn) -> int:
    """The exit status of a report."""
    worst = report.worst()
    if fail_on != "never" and worst is not None and LEVELS.index(worst) <= LEVELS.index(fail_on):
        return FOUND
    return NOT_CHECKED if report.assessment.unjudged else FINE


def verdict(report: Report, fail_on: FailOn, ended: int) -> str:
    """The exit status in words: what stands below the findings, and in the log of a pilot."""
    if ended == NOT_CHECKED:
        return f"Not all could be judged: {counted(len(report.assessment.unjudged), 'file')}. Exit status {ended}."
    if fail_on == "never":
        return f"Exit status {ended}, whatever was found."
    grave = LEVELS[: LEVELS.index(fail_on) + 1]
    number = sum(one.level in grave for one, _ in report.findings)
    named = " or ".join(grave)
    return f"{counted(number, 'finding') if number else 'No finding'} of level {named}. Exit status {ended}."
