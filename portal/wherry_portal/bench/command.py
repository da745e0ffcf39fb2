"""`wherry bench`: measure, print ratios with their intervals, write `results/bench.json`."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.alike import ENOUGH, USUAL, compared, recorded
from wherry_portal.bench.alike import verdict as judged_alike
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.measure import Measured, measure
from wherry_portal.bench.scenarios import Scenario, load_scenarios
from wherry_portal.bench.statistics import differs
from wherry_portal.bench.stub import rate
from wherry_portal.bench.verdicts import OUT_OF_REACH, limit_of
from wherry_portal.evidence.resolve import bound_text, within
from wherry_portal.evidence.stamp import header, write_results
from wherry_portal.sources import find_root
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping


def bench_command(
    *names: str,
    rounds: int | None = None,
    write: bool = True,
    count: bool = False,
    renew: bool = False,
    where: bool = False,
    against: Path | None = None,
    alike: int | None = None,
) -> int:
    """Measure what runs cost on Wherry, as ratios to Agno.

    Args:
        names: Scenarios of benchmarks/scenarios.yaml; all when none is named.
        rounds: Processes of each side, one after the other; by default what the file says.
        write: Write results/bench.json when every scenario was measured, and the tuning guidance of
            checklists/performance.yaml; with `alike` from 20 on, and no names, results/alike.json.
        count: Count the instructions of the hot paths instead, which no load disturbs.
        renew: With `count`: make what was counted the budget.
        where: Say instead where the processor time of a run goes: HTTP client, encoding, loop, tools, events, store.
        against: Measure nothing; say which budgets this earlier results file judges otherwise than results/bench.json,
            and without names write it to results/bench-against.json.
        alike: Measure Wherry against itself so many times instead, and say how often the two are called different.

    Returns:
        0, 1 when a ratio or a count is outside its budget, two runs judge one of the specification's differently or
        more than one in twenty comparisons with itself calls Wherry different, 2 when a scenario could not be measured.
    """
    asked = {"--against": against is not None, "--count": count, "--where": where, "--alike": alike is not None}
    refuse_odd([option for option, is_asked in asked.items() if is_asked], names, rounds, renew=renew)
    root = find_root()
    source = root / "benchmarks" / "scenarios.yaml"
    if not source.is_file():
        raise ConfigurationError(
            f"there are no benchmarks in {str(source.parent)!r}",
            hint="Its scenarios.yaml belongs to a checkout of Wherry: run it in one.",
        )
    if against is not None:
        only = [one.id for one in choose(load_scenarios(source)[1], names)] if names else []
        return against_command(against, root / "results" / "bench.json", only, root if write and not names else None)
    if count:
        return count_command(source, renew=renew)
    if where:
        return where_command(source, names)
    usual, scenarios = load_scenarios(source)
    if alike is not None:
        return alike_command(
            choose(scenarios, names or USUAL), alike, rounds or usual, root if write and not names else None
        )
    chosen = choose(scenarios, names)
    head = header(" ".join(["wherry bench", *names]), root=root, reference=True)
    served = rate()
    told = "the scripted model serves {requests_per_s:,.0f} replies or {tokens_per_s:,.0f} tokens a second"
    progress(told.format(**served))
    entries, noise = measure_all(chosen, lambda scenario: rounds or scenario.rounds or usual)
    alarms = {"comparisons": len(noise), "alarms": sum(map(differs, noise.values()))}
    print("Wherry against itself: {comparisons} comparisons, {alarms} call the two different".format(**alarms))
    if write and len(chosen) == len(scenarios):
        body = {"machine": machine(), "model": served, "noise": noise, "false_alarms": alarms, "scenarios": entries}
        write_results(root / "results" / "bench.json", head, body)
        print("written: results/bench.json")
        advise(root, scenarios)
    return verdict(entries)


def refuse_odd(asked: list[str], names: tuple[str, ...], rounds: int | None, *, renew: bool) -> None:
    """Refuse options that say nothing together, before minutes are spent on a part of them.

    Args:
        asked: Options that ask for something else than a measurement beside Agno.
        names: Scenarios named.
        rounds: Rounds asked for, or None.
        renew: Whether the counts are to become budgets.

    Raises:
        ConfigurationError: One of them would be ignored, or there is nothing to measure.
    """
    if rounds is not None and rounds < 1:
        raise ConfigurationError(f"--rounds {rounds!r} measures nothing", hint="Ask for 1 or more; 6 tell something.")
    if len(asked) > 1:
        raise ConfigurationError(f"{' and '.join(asked)} do different things", hint="Give one of them at a time.")
    if renew and asked != ["--count"]:
        raise ConfigurationError("--renew without --count has nothing to renew", hint="`wherry bench --count --renew`.")
    if asked == ["--count"] and names:
        raise ConfigurationError(
            f"--count takes no names, and was given {', '.join(map(repr, names))}",
            hint="It counts the paths of benchmarks/budgets.yaml, all of them: `wherry bench --count`.",
        )
    if rounds is not None and asked and asked != ["--alike"]:
        raise ConfigurationError(
            f"--rounds {rounds!r} means nothing to {asked[0]}", hint="Leave it out; only measurements have rounds."
        )


def measure_all(chosen: list[Scenario], rounds: Callable[[Scenario], int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure scenarios and print them as they are done.

    Returns:
        Their entries in the results, and the ratios of Wherry to itself.
    """
    entries: dict[str, Any] = {}
    noise: dict[str, Any] = {}
    done: dict[str, Measured] = {}
    for scenario in chosen:
        try:
            measured = done[scenario.id] = measure(scenario, rounds(scenario), progress)
        except BenchError as error:
            entries[scenario.id] = {"title": scenario.title, "ratios": {}, "error": error.message}
            print(f"{scenario.id}: {error}", file=sys.stderr)
            continue
        entry = entries[scenario.id] = measured.entry()
        if scenario.grows_from in done:
            entry["growth"] = {"from": scenario.grows_from, **measured.grown(done[scenario.grows_from])}
        noise |= measured.noise()
        for line in lines(scenario.id, entry):
            print(line, flush=True)
    return entries, noise


def alike_command(chosen: list[Scenario], times: int, rounds: int, root: Path | None = None) -> int:
    """Say how often equal sides are called different; enough measurements become `results/alike.json` below a root."""
    head, begun = header(f"wherry bench --alike {times} --rounds {rounds}", root=root), perf_counter()
    found = list(compared(chosen, times, rounds, progress))
    said, few = judged_alike(found)
    print("\n".join(said))
    if root is not None and times >= ENOUGH and found:
        body = {"machine": machine(), **recorded(found, times, rounds, perf_counter() - begun)}
        write_results(root / "results" / "alike.json", head, body)
        print("written: results/alike.json")
    return 0 if few else 1


def where_command(source: Path, names: tuple[str, ...]) -> int:
    """Say where the processor time of runs goes, layer by layer.

    Raises:
        ConfigurationError: A scenario makes no runs.
    """
    from wherry_portal.bench.layers import layers_of, told

    _, scenarios = load_scenarios(source)
    chosen = choose(scenarios, names or ("tool-1", "sqlite-1", "stream-fast"))
    for scenario in chosen:
        if scenario.kind in _WITHOUT_RUNS:
            raise ConfigurationError(
                f"{scenario.id!r} makes no runs, so that no layer of a run can be named",
                hint=f"`wherry bench {scenario.id}` measures it; --where takes scenarios that run something.",
            )
    for scenario in chosen:
        for line in told(layers_of(scenario, progress)):
            print(line, flush=True)
    return 0


def against_command(earlier: Path, now: Path, names: Collection[str] = (), root: Path | None = None) -> int:
    """Compare the verdicts of two recorded runs, on the scenarios named or on all; below a root, record it.

    Raises:
        ConfigurationError: A file is not there, or the two cannot be compared.
        SourceError: A file is no results file of the benchmarks.
    """
    from wherry_portal.bench.again import judged, told
    from wherry_portal.bench.again import recorded as both_recorded
    from wherry_portal.evidence.results import load_file

    for path in (earlier, now):
        if not path.is_file():
            raise ConfigurationError(f"there is no file {str(path)!r}", hint="`wherry bench` records a run.")
    files = load_file(earlier, "bench"), load_file(now, "bench")
    found = judged(*files, names)
    for line in told(found, *files, names):
        print(line)
    if root is not None:
        head = header(f"wherry bench --against {earlier.name}", root=root, reference=files[1].stamp.versions["agno"])
        write_results(root / "results" / "bench-against.json", head, both_recorded(found, *files))
        print("written: results/bench-against.json")
    return 0 if all(one.same for one in found if one.kind == "budget") else 1


def count_command(source: Path, *, renew: bool) -> int:
    """Count the hot paths, and say which grew.

    Args:
        source: benchmarks/scenarios.yaml.
        renew: Make what was counted the budget.

    Returns:
        0, or 1 when a path takes more than its budget.
    """
    from wherry_portal.bench.counting import counted

    found, grown = counted(source, write=renew)
    for name, one in found.items():
        print(f"{name:16} {one.steps:7} instructions  {one.calls:6} calls of C  a run")
        for line in one.top[:4]:
            print(f"{'':16} {line}")
    for fault in grown:
        print(fault, file=sys.stderr)
    return 1 if grown else 0


def advise(root: Path, scenarios: list[Scenario]) -> None:
    """Write what to try into checklists/performance.yaml for each ratio that misses its budget by more than 10 %."""
    from wherry_portal.bench.counting import count
    from wherry_portal.checklists.guidance import entries, write_guidance
    from wherry_portal.evidence.results import load_results

    checklist, file = root / "checklists" / "performance.yaml", load_results(root / "results").get("bench")
    if file is None or not checklist.is_file():
        return
    missed = {entry["scenario"] for entry in entries(file)}
    spots = {one.id: list(count(one).top) for one in scenarios if one.id in missed and one.kind not in _NO_RUN}
    guidance = counted(write_guidance(checklist, file, spots), "entry", "entries")
    print(f"written: checklists/performance.yaml, {guidance} of guidance")


_WITHOUT_RUNS = frozenset({"import", "construct"})
_NO_RUN = _WITHOUT_RUNS | {"serve"}


def choose(scenarios: list[Scenario], names: tuple[str, ...]) -> list[Scenario]:
    """The scenarios of these names, or all.

    Raises:
        ConfigurationError: There is no scenario of a name.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"there is no scenario {name!r}", hint=f"There are: {', '.join(known)}.")
    return [known[name] for name in names] or scenarios


def verdict(entries: dict[str, Any]) -> int:
    """The exit status that entries deserve."""
    if any("error" in entry for entry in entries.values()):
        return 2
    bounded = [one for entry in entries.values() for one in entry["ratios"].values() if "budget" in one]
    return 0 if all(within(one, one["budget"]) for one in bounded) else 1


def lines(name: str, entry: dict[str, Any]) -> Iterator[str]:
    """A scenario as text: one line a ratio."""
    for metric, one in entry["ratios"].items():
        sides = "  ".join(
            f"{side} {values[metric]:.4g}" for side, values in entry["measured"].items() if metric in values
        )
        bound = f"  budget {bound_text(one['budget'])}" if "budget" in one else ""
        mark = "" if "budget" not in one or within(one, one["budget"]) else "  OUTSIDE"
        yield f"{name:15} {metric:15} {interval(one)}  {sides}{bound}{mark}{own(one, limit_of(entry, metric))}"
    for metric, one in entry.get("by_hand", {}).items():
        yield f"{name:15} {metric:15} {interval(one)}  divided by the same by hand{own(one)}"
    growth = entry.get("growth", {})
    for metric in growth.keys() - {"from"}:
        yield f"{name:15} {metric:15} {interval(growth[metric])}  from {growth['from']}"


def interval(one: Mapping[str, Any]) -> str:
    """A ratio with its interval."""
    return f"{one['ratio']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


def own(one: Mapping[str, Any], limit: Mapping[str, Any] | None = None) -> str:
    """A budget of our own and its verdict; of one out of reach also where the requests alone are."""
    if "own_budget" not in one:
        return ""
    told = f"; by hand {interval(limit)}" if limit is not None and one["own_verdict"] == OUT_OF_REACH else ""
    return f"  our own {bound_text(one['own_budget'])} {one['own_verdict']}{told}"


def machine() -> dict[str, Any]:
    """What explains a duration."""
    return {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()}


def progress(line: str) -> None:
    """Say how far it is, on stderr."""
    print(line, file=sys.stderr, flush=True)
