"""A parity run: fixtures in, judged comparisons out. Agno twice, Wherry once; mutated, Wherry twice.

No printing (`report`), no command line (`command`). Results go to `results/parity_results.json` through `results`.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.assertions import failures
from wherry_portal.parity.children import Job, Recordings, record_all
from wherry_portal.parity.compare import Comparison, compare
from wherry_portal.parity.mutate import mutated
from wherry_portal.parity.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wherry_portal.parity.fixture import Case, Fixture
    from wherry_portal.parity.intentional import Expectations


@dataclass(slots=True)
class WayResult:
    """One case in one way.

    Attributes:
        way: run, stream, …
        comparison: What was compared; None when nothing could be.
        error: Why nothing could be compared.
        broken: Assertions that do not hold, and replies nobody asked for.
    """

    way: str
    comparison: Comparison | None = None
    error: str = ""
    broken: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """`passed`, `failed` or `error`."""
        if self.comparison is None:
            return "error" if self.error else "failed" if self.broken else "passed"
        return "failed" if self.comparison.differences or self.broken else "passed"


@dataclass(slots=True)
class CaseResult:
    """One case in all its ways."""

    case: Case
    ways: list[WayResult] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """The worst of its ways."""
        found = {way.outcome for way in self.ways}
        return "error" if "error" in found else "failed" if "failed" in found else "passed"

    def count(self, severity: str) -> int:
        """Values of a severity, over all ways; `compared` and `equal` as well."""
        comparisons = [way.comparison for way in self.ways if way.comparison]
        if severity in {"compared", "equal"}:
            return sum(getattr(comparison, severity) for comparison in comparisons)
        return sum(comparison.count(severity) for comparison in comparisons)


@dataclass(slots=True)
class FixtureResult:
    """One fixture with its cases."""

    fixture: Fixture
    cases: list[CaseResult] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """The worst of its cases."""
        found = {case.outcome for case in self.cases}
        return "error" if "error" in found else "failed" if "failed" in found else "passed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do.

    Attributes:
        fixtures: The fixtures.
        callables: Folder of their callables.
        only: Texts; a case is run when its key (`fixture/case[way]`) contains one of them. Empty: all.
        candidate: The runtime to judge; `agno` compares the reference with itself.
        mutate: Whether the candidate gets a changed script, in the first way of each case.
        workers: Child processes at a time.
        cache: Folder of reference recordings to use again; None records anew.
    """

    fixtures: Sequence[Fixture]
    callables: Path
    only: tuple[str, ...] = ()
    candidate: str = "wherry"
    mutate: bool = False
    workers: int | None = None
    cache: Path | None = None

    def entries(self) -> list[dict[str, Any]]:
        """`{key, way, recipe}` of every case and way."""
        return [
            {"key": key, "way": way, "recipe": case.recipe}
            for fixture in self.fixtures
            for case in fixture.cases
            for way in (case.ways[:1] if self.mutate else case.ways)
            if self._wanted(key := entry_key(case, way))
        ]

    def _wanted(self, key: str) -> bool:
        return not self.only or any(text in key for text in self.only)


def entry_key(case: Case, way: str) -> str:
    """`fixture/case[way]`."""
    return f"{case.key}[{way}]"


def run_parity(
    plan: Plan, expectations: Expectations, on_done: Callable[[str], None] = lambda _: None
) -> list[FixtureResult]:
    """Record all sides and judge every case.

    Raises:
        ChildError: When a side could not be recorded at all.
    """
    entries = plan.entries()
    changed = [{**entry, "recipe": mutated(entry["recipe"])} for entry in entries] if plan.mutate else entries
    kept = _kept(plan, entries)
    missing = [entry for entry in entries if entry["key"] not in kept]
    jobs = [Job("agno", "agno", missing), Job("again", "agno", missing), Job("wherry", plan.candidate, changed)]
    sides = record_all([job for job in jobs if job.entries], plan.callables, workers=plan.workers, on_done=on_done)
    _keep(plan, missing, sides)
    for key, (one, again) in kept.items():
        sides.setdefault("agno", {})[key], sides.setdefault("again", {})[key] = one, again
    return [result for fixture in plan.fixtures if (result := _fixture(fixture, plan, sides, expectations)).cases]


def run_quick(plan: Plan, on_done: Callable[[str], None] = lambda _: None) -> list[FixtureResult]:
    """Record the candidate alone and check the assertions; nothing is compared."""
    sides = record_all(
        [Job("wherry", plan.candidate, plan.entries())], plan.callables, workers=plan.workers, on_done=on_done
    )
    results = []
    for fixture in plan.fixtures:
        result = FixtureResult(fixture)
        for case in fixture.cases:
            found = CaseResult(case)
            for way in case.ways:
                recording = sides["wherry"].get(entry_key(case, way))
                if recording is not None:
                    found.ways.append(_alone(case, way, recording))
                    found.seconds += recording["seconds"]
            result.cases.append(found)
        results.append(result)
    return results


def _alone(case: Case, way: str, recording: Mapping[str, Any]) -> WayResult:
    if "error" in recording:
        return WayResult(way, error=recording["error"])
    document = recording["document"]
    return WayResult(way, broken=[*failures(case.assertions, document, way), *_unfit(document)])


def _fixture(
    fixture: Fixture, plan: Plan, sides: Mapping[str, Recordings], expectations: Expectations
) -> FixtureResult:
    result = FixtureResult(fixture)
    for case in fixture.cases:
        found = CaseResult(case)
        for way in case.ways:
            key = entry_key(case, way)
            recordings = [sides.get(side, {}).get(key) for side in ("agno", "again", "wherry")]
            if all(recordings):
                found.ways.append(_way(case, way, recordings, expectations, mutate=plan.mutate))
                found.seconds += sum(recording["seconds"] for recording in recordings if recording)
        if found.ways:
            result.cases.append(found)
    return result


def _way(case: Case, way: str, recordings: Sequence[Any], expectations: Expectations, *, mutate: bool) -> WayResult:
    for side, recording in zip(("Agno", "Agno, second run", "Wherry"), recordings, strict=True):
        if "error" in recording:
            return WayResult(way, error=f"{side}: {recording['error']}")
    documents = [recording["document"] for recording in recordings]
    one, again, other = (normalise(document, case.unordered) for document in documents)
    comparison = expectations.judge(compare(one, again, other), one, case.recipe, case.key)
    if mutate:
        # A reply that nobody asked for is named with its text: that is the change itself, not its effect.
        noticed = any(found.path[0] != "unused" for found in comparison.differences)
        return WayResult(way, broken=[] if noticed else ["a changed reply made no difference: this case cannot fail"])
    broken = [f"on Agno: {line}" for line in (*failures(case.assertions, documents[0], way), *_unfit(documents[0]))]
    broken += [f"on Wherry: {line}" for line in (*failures(case.assertions, documents[2], way), *_unfit(documents[2]))]
    return WayResult(way, comparison, broken=broken)


def _unfit(document: Mapping[str, Any]) -> list[str]:
    return [*(text.splitlines()[0] for text in document["refused"]), *document["unused"]]


def _kept(plan: Plan, entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Any, Any]]:
    if plan.cache is None:
        return {}
    found = {}
    for entry in entries:
        path = _cache_file(plan.cache, plan, entry)
        if path.is_file():
            one, again = json.loads(path.read_bytes())
            found[entry["key"]] = (one, again)
    return found


def _keep(plan: Plan, entries: Iterable[Mapping[str, Any]], sides: Mapping[str, Recordings]) -> None:
    if plan.cache is None:
        return
    plan.cache.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        pair = [sides[side][entry["key"]] for side in ("agno", "again")]
        if not any("error" in recording for recording in pair):
            _cache_file(plan.cache, plan, entry).write_text(json.dumps(pair))


def _cache_file(folder: Path, plan: Plan, entry: Mapping[str, Any]) -> Path:
    digest = hashlib.sha256(_surroundings(plan.callables))
    digest.update(json.dumps(entry, sort_keys=True).encode())
    return folder / f"{digest.hexdigest()[:32]}.json"


@functools.cache
def _surroundings(callables: Path) -> bytes:
    """What a recording of the reference depends on beside its entry: versions, callables and the recorder itself."""
    from importlib.metadata import version

    digest = hashlib.sha256(f"{version('agno')} {version('openai')}".encode())
    recording = Path(__file__).with_name("recording")
    for path in sorted([*recording.glob("*.py"), *callables.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.digest()
