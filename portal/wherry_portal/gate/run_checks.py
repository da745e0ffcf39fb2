"""Checks of what runs have shown: tests, coverage, parity, benchmarks, notebooks, and whether it was this code."""

from __future__ import annotations

import math
import subprocess
from typing import TYPE_CHECKING

from wherry_portal.bench.statistics import by_chance, differs, leaves_out_one
from wherry_portal.evidence.resolve import bound_text, case_fault, resolve, within
from wherry_portal.gate.finding import Finding
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from wherry_portal.evidence.results import ResultFile
    from wherry_portal.gate.context import Context

CODE = ("runtime", "portal", "pyproject.toml")
"""What results depend on: a change here makes them results of other code."""
MEASURED = ("tests", "parity", "notebooks", "bench", "coverage")
SHOWN_NAMES = 20


def missing(context: Context, name: str) -> Finding:
    """What to say of a results file that is not there or cannot be used."""
    problem = context.results.problems.get(name)
    if problem:
        return Finding(
            "missing",
            f"the {name} results cannot be used: {problem.complaints[0]}",
            tuple(map(str, problem.complaints)),
        )
    return Finding("missing", f"there is no {name} result")


def some(names: Iterable[str]) -> tuple[str, ...]:
    """The first names of a long list, and how many more there are."""
    found = list(names)
    more = [f"… and {len(found) - SHOWN_NAMES} more"] if len(found) > SHOWN_NAMES else []
    return (*found[:SHOWN_NAMES], *more)


def same_code(context: Context) -> Finding:
    """The results were made with the code that is to be released."""
    files = [file for name in MEASURED if (file := context.results.get(name))]
    if not files:
        return Finding("missing", "there are no results")
    faults = [f"{file.path.name}: the work tree had changes that no commit holds" for file in files if file.dirty]
    if _git(context.root, "status", "--porcelain", "--untracked-files=no", "--", *CODE) != "":
        faults.append("the code here has changes that no commit holds, or this is no checkout")
    commits: dict[str, set[str]] = {}
    for file in files:
        for stamp in (file.stamp, *(entry.stamp for entry in file.entries.values())):
            commits.setdefault(stamp.commit, set()).add(file.path.name)
    for commit, names in commits.items():
        changed = _git(context.root, "diff", "--name-only", commit, "HEAD", "--", *CODE)
        where = ", ".join(sorted(names))
        if changed is None:
            faults.append(f"{where}: commit {commit[:10]} is not in this checkout")
        elif changed:
            number = counted(len(changed.splitlines()), "file")
            faults.append(f"{where}: {number} of code changed since commit {commit[:10]}")
    if faults:
        return Finding("stale", faults[0], tuple(faults))
    return Finding(
        "passed", f"{len(files)} results files, code unchanged since {', '.join(sorted(c[:10] for c in commits))}"
    )


def tests(context: Context) -> Finding:
    """Every test passes; what was skipped says why."""
    file = context.results.get("tests")
    if file is None:
        return missing(context, "tests")
    by_outcome: dict[str, list[str]] = {}
    for name, entry in file.entries.items():
        by_outcome.setdefault(entry.outcome, []).append(name)
    bad = [f"{outcome}: {name}" for outcome in ("failed", "error", "xpassed") for name in by_outcome.get(outcome, ())]
    mute = [
        f"{outcome} without a reason: {name}"
        for outcome in ("skipped", "xfailed")
        for name in by_outcome.get(outcome, ())
        if not file.entries[name].data.get("reason", "").strip()
    ]
    counts = ", ".join(f"{len(names)} {outcome}" for outcome, names in sorted(by_outcome.items()))
    if bad or mute:
        return Finding("failed", counts, some(bad + mute))
    if not by_outcome.get("passed"):
        return Finding("missing", "no test has passed")
    return _current(context, file, counts)


def coverage(context: Context) -> Finding:
    """Coverage reaches the bar."""
    file = context.results.get("coverage")
    if file is None:
        return missing(context, "coverage")
    percent, bar = file.data["percent"], context.checklist.thresholds.coverage_percent
    own = context.checklist.thresholds.coverage_own_percent
    shown = f"{percent:.1f} % of {file.data['statements']} statements; the bar is {bar:g} %"
    details = tuple(f"{name}: {value:.1f} %" for name, value in file.data.get("packages", {}).items())
    if percent < bar:
        return Finding("failed", shown, details)
    shown += f", our own {own:g} % {'is met' if percent >= own else 'is not met'}"
    return _current(context, file, shown, details)


def parity(context: Context) -> Finding:
    """Enough values agree with Agno, nothing is unexplained, and no fixture was left out."""
    file = context.results.get("parity")
    if file is None:
        return missing(context, "parity")
    agreed = compared = meant = 0
    faults: list[str] = []
    for name, entry in file.entries.items():
        if entry.outcome != "passed":
            faults.append(f"{name}: {entry.data.get('error', entry.outcome)}")
        for case_name, case in entry.data["cases"].items():
            agreed += case["equal"] + case["intentional"]
            meant += case["intentional"]
            compared += (case["compared"] - case["noise"]) if case["outcome"] != "error" else 1
            if fault := case_fault(case):
                faults.append(f"{name}/{case_name}: {fault}")
    left_out = sorted(_fixtures(context.root) - set(file.entries))
    rate = math.floor(10_000 * agreed / compared) / 100 if compared else 0.0  # rounded down: 100 % means all
    bar = context.checklist.thresholds.parity_percent
    told = f" ({meant:,} by a listed difference)" if meant else ""
    shown = f"{rate:.2f} % of {compared:,} values in {len(file.entries)} fixtures agree{told}; the bar is {bar:g} %"
    if faults or rate < bar:
        return Finding("failed", f"{shown}; {len(faults)} faults", some(faults))
    if left_out:
        return Finding("missing", f"{counted(len(left_out), 'fixture')} without a result", some(left_out))
    return _current(context, file, shown, reference=True)


def benchmarks(context: Context) -> Finding:
    """Every budgeted ratio lies inside its budget, with its whole interval."""
    file = context.results.get("bench")
    if file is None:
        return missing(context, "bench")
    inside, faults, own = 0, [], 0
    for scenario, metric, ratio in ratios(file):
        if "budget" not in ratio:
            continue
        text = f"{scenario} {metric}: {ratio['ratio']:.3g} [{ratio['low']:.3g}, {ratio['high']:.3g}]"
        if within(ratio, ratio["budget"]):
            inside += 1
            own += "own_budget" not in ratio or within(ratio, ratio["own_budget"])
        else:
            faults.append(f"{text}, budget {bound_text(ratio['budget'])}")
    faults += [f"{name}: {entry.data['error']}" for name, entry in file.entries.items() if "error" in entry.data]
    if faults:
        return Finding("failed", f"{len(faults)} off, {inside} ratios inside their budget", some(faults))
    if not inside:
        return Finding("missing", "no ratio has a budget")
    unheld = list(_unheld(context.root, file))
    if unheld:
        return Finding("missing", f"{len(unheld)} budgets were not held against a result", some(unheld))
    return _current(context, file, f"{inside} ratios inside their budget, {own} inside our own", reference=True)


def _unheld(root: Path, file: ResultFile) -> Iterable[str]:
    """Budgets of ``benchmarks/budgets.yaml`` that no result was judged by."""
    from wherry_portal.sources import load

    path = root / "benchmarks" / "budgets.yaml"
    measured = {(scenario, metric): ratio for scenario, metric, ratio in ratios(file)}
    for scenario, metrics in (load(path).data["ratios"] if path.is_file() else {}).items():
        for metric, wanted in metrics.items():
            ratio = measured.get((scenario, metric))
            if ratio is None:
                yield f"{scenario} {metric}: not measured"
            elif ratio.get("budget") != wanted.get("budget"):
                yield f"{scenario} {metric}: judged by {ratio.get('budget')}, not by {wanted.get('budget')}"


def benchmarks_current(context: Context) -> Finding:
    """Every scenario was measured, on the versions at hand and not too long ago."""
    file = context.results.get("bench")
    if file is None:
        return missing(context, "bench")
    broken = [f"{name}: {entry.data['error']}" for name, entry in file.entries.items() if "error" in entry.data]
    if broken:
        return Finding("failed", f"{len(broken)} scenarios could not be measured", some(broken))
    if not file.entries:
        return Finding("missing", "no scenario was measured")
    return _current(context, file, f"{len(file.entries)} scenarios", reference=True)


def noise_floor(context: Context) -> Finding:
    """A run of Wherry against itself found no more differences than chance makes, and no large one.

    One in twenty intervals of 95 % leaves 1 out although both sides are the same, so that of several dozen all of them
    hold it only now and then. What is asked instead: every ratio with a budget has its comparison, no more of them
    leave 1 out than chance explains, and none lies whole more than a tenth from 1. Metrics of one scenario move
    together, so that the bound is met less often than by chance alone: the check errs on the strict side.
    """
    file = context.results.get("bench")
    if file is None:
        return missing(context, "bench")
    noise: Mapping[str, Any] = file.data.get("noise", {})
    if not noise:
        return Finding("missing", "Wherry was not measured against itself")
    off = {name: one for name, one in noise.items() if leaves_out_one(one)}
    told = some(f"{name}: [{one['low']:.3g}, {one['high']:.3g}]" for name, one in off.items())
    alarms = [name for name, one in off.items() if differs(one)]
    if alarms:
        return Finding("failed", f"{len(alarms)} of {len(noise)} call Wherry different from itself", told)
    most = by_chance(len(noise))
    if len(off) > most:
        return Finding(
            "failed", f"{len(off)} of {len(noise)} intervals leave out 1, and chance explains {most} at most", told
        )
    bare = [name for name in _needs_noise(file) if name not in noise]
    if bare:
        return Finding("missing", f"{len(bare)} ratios with a budget were not compared with Wherry itself", some(bare))
    shown = f"{len(noise)} comparisons of Wherry with itself: {len(off)} leave out 1, chance explains {most}"
    return _current(context, file, shown, told)


def _needs_noise(file: ResultFile) -> Iterable[str]:
    """The ratios whose budget is about a comparison of two sides."""
    for scenario, metric, ratio in ratios(file):
        if "budget" in ratio and ratio.get("against") not in {"absolute", "wherry"}:
            yield f"{scenario} {metric}"


def notebooks(context: Context) -> Finding:
    """Every notebook has run as it is stored, and stores nothing that hides a fault."""
    from wherry_portal.evidence.notebooks import faults_of

    files = sorted((context.root / "notebooks").glob("*.ipynb"))
    if not files:
        return Finding("missing", "there is no notebook")
    judged = [resolve(f"notebook:{path.stem}", context.results, context.currency) for path in files]
    bad = [one for one in judged if one.status != "passed"]
    faults = [str(fault) for path in files for fault in faults_of(path)]
    if faults:
        return Finding("failed", f"{len(faults)} faults in stored notebooks", some(faults))
    if bad:
        worst = min(bad, key=lambda one: ("failed", "missing", "stale").index(one.status))
        return Finding(
            worst.status,
            f"{len(bad)} of {len(files)}: {worst.detail}",
            some(f"{one.selector}: {one.detail}" for one in bad),
        )
    return Finding("passed", f"{len(files)} notebooks run as stored")


def ratios(file: ResultFile) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """Scenario, metric and ratio of a benchmark file."""
    for scenario, entry in file.entries.items():
        for metric, ratio in entry.data["ratios"].items():
            yield scenario, metric, ratio


def _current(
    context: Context, file: ResultFile, shown: str, details: tuple[str, ...] = (), *, reference: bool = False
) -> Finding:
    """Passed, unless the file or one of its entries is stale."""
    stamps = {"": file.stamp} | {name: entry.stamp for name, entry in file.entries.items()}
    objections = [
        f"{name}: {objection}" if name else objection
        for name, stamp in stamps.items()
        if (objection := context.currency.objection(stamp, needs_reference=reference))
    ]
    if objections:
        return Finding("stale", objections[0], some(objections))
    return Finding("passed", f"{shown} ({file.stamp.date:%Y-%m-%d})", details)


def _fixtures(root: Path) -> set[str]:
    """Ids of the fixtures that are there."""
    from wherry_portal.sources import SourceError, load

    found = set()
    for path in sorted((root / "fixtures").rglob("*.yaml")):
        try:
            data = load(path).data
        except SourceError:
            found.add(path.relative_to(root).as_posix())  # cannot be read, so it cannot have run
            continue
        if isinstance(data, dict) and "fixture_id" in data:
            found.add(str(data["fixture_id"]))
    return found


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
