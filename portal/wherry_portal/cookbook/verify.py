"""Runs the examples on Agno and, migrated, on Wherry against a deterministic model, and says which gave the same.

Parallel and resumable: a result is kept while the example, the migrated text and the runtimes stay the same. What could
not be run is in the result with its cause, so that hiding it cannot raise a share.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

from wherry_portal.assess.check import assess
from wherry_portal.cookbook.beside import files_beside
from wherry_portal.cookbook.outputs import difference, masked, same, shares, unordered
from wherry_portal.cookbook.postgres import open_postgres, served_version
from wherry_portal.cookbook.preflight import needed_packages
from wherry_portal.cookbook.running import Reference, Runner
from wherry_portal.cookbook.stamp import code_stamp
from wherry_portal.migrate.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wherry_portal.migrate.plan import Change

MOST_RUNS = 5
"""How often the reference is run at most to learn the orders in which it tells what happens side by side."""
LATE = "did not end in time"
LOCAL = "localhost:"
"""How the runner names a server on this machine that is not there."""
Outcome = Literal["equal", "different", "failed_on_wherry", "failed_on_both", "not_runnable", "blocked"]


@dataclass(slots=True)
class Verdict:
    """What happened to one example.

    Attributes:
        path: Path in the cookbook.
        outcome: ``equal``; ``different``; ``failed_on_wherry`` only; ``failed_on_both`` with the same error;
            ``not_runnable`` on Agno here; ``blocked``: it runs on Agno, and something in it is not migrated.
        cause: Why, in one line; empty when equal.
        silent: Whether nothing was printed, so that only the exit status was compared.
        key: What the result depends on.
        date: When, if an earlier run than the file's last one gave it.
        commit: Of which commit, then.
    """

    path: str
    outcome: Outcome
    cause: str = ""
    silent: bool = False
    key: str = ""
    date: str = field(default="", compare=False)
    commit: str = field(default="", compare=False)


@dataclass(slots=True)
class Sides:
    """The two ways an example is run.

    Attributes:
        original: Folder with the cookbook as it is.
        migrated: Folder with the cookbook migrated.
        changes: Name -> what the migration did.
    """

    original: Path
    migrated: Path
    changes: dict[str, Change] = field(default_factory=dict)


_NEEDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"No module named|pip install|not installed"), "a package"),
    (re.compile(r"(?i)connection refused|could not connect|connection to server|connect call failed"), "a server"),
    (re.compile(r"(?i)api[_ ]?key|token|credential|environment variable|not set"), "a key"),
    (re.compile(r"FileNotFoundError|No such file"), "a file"),
)
"""What the last words of a script that failed on Agno say it needs."""
_KEY = re.compile(
    r"(?i)\w+_(?:KEY|TOKEN|PROJECT_ID|ENDPOINT)[`'\"]? (?:is )?not set"
    r"|missing credentials|authentication not configured"
    r"|environment variable should be set|no api[ _]key was provided|api_key must be set"
)
"""What a runtime answers instead of a model of which there is no key."""
_UNGUARDED = re.compile(r"error sending request for url \(https?://([\w.-]+)")
"""What a client says that does not come by Python's sockets, of a host that it could not reach."""
_LOOP = re.compile(r"Event loop is closed|different (?:event )?loop")
"""What the reference logs, and answers nothing, when a script begins a second event loop with the same model."""
_FRAME = re.compile(r"[\s┃│║]+")


def verify(
    checkout: Path,
    known: dict[str, Verdict],
    *,
    memory: Path | None = None,
    wanted: Callable[[str], bool] = lambda _: True,
    workers: int | None = None,
    progress: Callable[[Verdict, int, int], None] = lambda _verdict, _done, _total: None,
) -> list[Verdict]:
    """Run every example that uses Agno.

    Args:
        checkout: The cookbook's own folder.
        known: Verdicts of an earlier run by path; those that still hold are not run again.
        wanted: Which paths to run.
        memory: Folder where results of the reference are kept from run to run.
        workers: Scripts at a time; by default one a core.
        progress: Called with every verdict, from worker threads.
    """
    with ExitStack() as stack:
        sides, environment = stack.enter_context(_sides(checkout)), stack.enter_context(_model())
        names = fair_order((name for name in sides.changes if name.endswith(".py") and wanted(name)), known)
        unable = needed_packages({name: sides.original / name for name in names}, environment)
        postgres = served_version()
        stamp = code_stamp() + postgres
        runners: SimpleQueue[tuple[Reference, Runner]] = SimpleQueue()
        number = workers or os.cpu_count() or 1
        for _ in range(number):
            runners.put(stack.enter_context(_pair(environment, memory, postgres)))
        done: list[Verdict] = []

        def one(name: str) -> Verdict:
            key = _key(sides, name, stamp)
            if name in unable:
                return Verdict(name, "not_runnable", unable[name], key=key)
            if name in known and known[name].key == key:
                return replace(known[name], date="", commit="")  # what it depends on is as it was
            pair = runners.get()
            try:
                verdict = compare(sides, name, *pair)
            finally:
                runners.put(pair)
            verdict.key = key
            return verdict

        with ThreadPoolExecutor(number) as pool:
            for verdict in pool.map(one, names):
                done.append(verdict)
                progress(verdict, len(done), len(names))
    return done


def fair_order(names: Iterable[str], known: Mapping[str, Verdict]) -> list[str]:
    """Names in an order of chance, the same each time: what is done when a run is interrupted is a sample of all.

    Those without a verdict come first, then those with the oldest: what is run in portions comes round, whatever
    changes in between.
    """
    dates = {name: verdict.date for name, verdict in known.items()}
    return sorted(names, key=lambda name: (dates.get(name, ""), hashlib.sha256(name.encode()).digest()))


def compare(sides: Sides, name: str, agno: Reference, wherry: Runner) -> Verdict:
    """Run one example on both sides and judge it."""
    change = sides.changes[name]
    reference = agno.run(sides.original, name)
    reason = _not_runnable(reference)
    if change.outcome in {"blocked", "held", "failed"}:
        if reason:
            return Verdict(name, "not_runnable", reason)
        return Verdict(name, "blocked", ", ".join(change.reasons))
    if reason:
        return _failing(sides, name, reference, reason, wherry)
    ours = wherry.run(sides.migrated / name)
    needed = _needs_key(ours)  # the reference, streaming, only logs it
    if needed:
        return Verdict(name, "not_runnable", needed)
    if ours["exit"] != 0:
        return Verdict(name, "failed_on_wherry", LATE if ours["exit"] is None else _last_line(ours))
    first, other = masked(reference["output"]), masked(ours["output"])
    if first == other:
        return Verdict(name, "equal", silent=not first)
    if _as_reference(sides, name, agno, first, other):
        return Verdict(name, "equal")
    broken = next((line for line in reference.get("logged", ()) if _LOOP.search(line)), "")
    if broken:
        return Verdict(name, "not_runnable", f"fails: {broken}")
    return Verdict(name, "different", difference(first, other))


def _as_reference(sides: Sides, name: str, agno: Reference, first: list[str], other: list[str]) -> bool:
    """Whether an output is one that the reference gives: run again, and more often while only the order differs."""
    for nth in range(2, MOST_RUNS + 1):
        again = masked(agno.run(sides.original, name, nth)["output"])
        if same(first, again, other) and shares(first, again, other):
            return True
        if unordered(first) != unordered(other):
            return False
    return False


def _failing(sides: Sides, name: str, reference: dict[str, Any], reason: str, wherry: Runner) -> Verdict:
    """An example that fails on Agno without wanting anything from outside may have to fail on Wherry too."""
    if reference["outside"] or reference["exit"] is None or "needs" in reason:
        return Verdict(name, "not_runnable", reason)
    ours = wherry.run(sides.migrated / name)
    if ours["exit"] not in {0, None} and _kind(ours) == _kind(reference):
        return Verdict(name, "failed_on_both", reason)
    return Verdict(name, "not_runnable", reason)


def _not_runnable(result: dict[str, Any]) -> str:
    """Why a script could not be run on Agno here; empty when it could."""
    servers = [name for name in result["outside"] if name.startswith(LOCAL)]
    if servers:
        return f"needs a server: {', '.join(servers[:3])}"
    if result["outside"]:
        return f"needs the network: {', '.join(result['outside'][:3])}"
    unreached = _UNGUARDED.search(_FRAME.sub(" ", result["output"]))
    if unreached:
        return f"needs the network: {unreached[1]}"
    if result["exit"] is None:
        return LATE
    if result["exit"] == 0:
        return _needs_key(result)
    line = _last_line(result)
    for pattern, need in _NEEDS:
        found = pattern.search(line) or (pattern.search(result["error"]) if need == "a server" else None)
        if found:
            return f"needs {need}: {line}"
    return f"fails: {line}"


def _needs_key(result: dict[str, Any]) -> str:
    """Which key a runtime asks for instead of asking a model; empty when it does not."""
    key = _KEY.search(_FRAME.sub(" ", result["output"]))
    return f"needs a key: {key[0]}" if key else ""


def _kind(result: dict[str, Any]) -> str:
    """Name of the exception that ended a script."""
    return _last_line(result).partition(":")[0].rpartition(".")[2]


def _last_line(result: dict[str, Any]) -> str:
    lines = [line.strip() for line in result["error"].splitlines() if line.strip()]
    return lines[-1][:200] if lines else f"exit status {result['exit']}"


@contextmanager
def _pair(environment: dict[str, str], memory: Path | None, postgres: str) -> Iterator[tuple[Reference, Runner]]:
    """What runs one example after the other on both sides, each finding the same empty database."""
    with open_postgres(postgres) as server:
        agno, wherry = Runner("agno", environment, server), Runner("wherry", environment, server)
        try:
            yield Reference(agno, memory), wherry
        finally:
            agno.close()
            wherry.close()


@contextmanager
def _sides(checkout: Path) -> Iterator[Sides]:
    """Both folders, made anew: one as it is, one migrated."""
    found = assess(checkout)
    plan = make_plan(found, found.leaning())
    with tempfile.TemporaryDirectory(prefix="wherry-cookbook-") as folder:
        original, migrated = Path(folder) / "original", Path(folder) / "migrated"
        ignore = shutil.ignore_patterns("*.md", "*.png", "*.mp4", "*.ipynb")
        shutil.copytree(checkout, original, ignore=ignore)
        shutil.copytree(checkout, migrated, ignore=ignore)
        for change in plan.changes:
            if change.changes:
                (migrated / change.file.name).write_bytes(change.after)
        yield Sides(original, migrated, {change.file.name: change for change in plan.changes})


@contextmanager
def _model() -> Iterator[dict[str, str]]:
    """A deterministic model on loopback, and the environment that leads scripts to it."""
    from wherry.testing import ReplayServer
    from wherry.testing.deterministic import deterministic_reply

    with ReplayServer(fallback=deterministic_reply) as server:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        yield kept | {
            "AGNO_TELEMETRY": "false",
            "ANTHROPIC_API_KEY": "stub",
            "ANTHROPIC_BASE_URL": server.url,
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "NO_PROXY": "*",
            "OPENAI_API_KEY": "stub",
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONWARNINGS": "ignore",
            "TERM": "dumb",
            "TZ": "UTC",
        }


def _key(sides: Sides, name: str, stamp: str) -> str:
    digest = hashlib.sha256(stamp.encode())
    for root in (sides.original, sides.migrated):
        for path in (name, *files_beside(root, name)):
            digest.update((root / path).read_bytes())
    return digest.hexdigest()[:20]


def as_records(verdicts: list[Verdict]) -> dict[str, dict[str, Any]]:
    """Verdicts as the results file holds them, by path."""
    return {
        verdict.path: {key: value for key, value in asdict(verdict).items() if value and key != "path"}
        for verdict in sorted(verdicts, key=lambda verdict: verdict.path)
    }


def from_records(records: dict[str, dict[str, Any]]) -> dict[str, Verdict]:
    """Verdicts of a results file, by path."""
    return {path: Verdict(path, **record) for path, record in records.items()}
