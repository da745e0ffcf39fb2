"""Child processes that record: started, fed, watched, restarted after a case that hangs or kills them.

The parent never imports a runtime. What a child does is `recording.child`.
"""

from __future__ import annotations

import json
import os
import selectors
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wherry.core.errors import WherryError
from wherry_portal.parity.environment import environment
from wherry_portal.parity.forks import kept, start
from wherry_portal.parity.recording.runtime import LOADED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wherry_portal.parity.forks import Forks

CASE_SECONDS = 40.0
START_SECONDS = 120.0
BATCH = 60

Recordings = dict[str, dict[str, Any]]
"""Recording by key of the entry: `{document, seconds}` or `{error, seconds}`."""


class ChildError(WherryError):
    """A recording process could not be started at all."""

    code = "parity_child"


@dataclass(frozen=True, slots=True)
class Job:
    """Cases to be recorded on one side.

    Attributes:
        side: Name of the side: `agno`, `again`, `wherry`.
        runtime: The runtime to record on.
        entries: `{key, way, recipe}` each.
    """

    side: str
    runtime: str
    entries: Sequence[Mapping[str, Any]]


def record_all(
    jobs: Iterable[Job], callables: Path, *, workers: int | None = None, on_done: Callable[[str], None] = lambda _: None
) -> dict[str, Recordings]:
    """Record every job, several child processes at a time.

    Args:
        jobs: What to record where.
        callables: Folder of the fixtures' callables.
        workers: Child processes at a time; by default one a core.
        on_done: Called with the key of every finished recording, from worker threads.

    Returns:
        Recordings by side.

    Raises:
        ChildError: When a child did not come up.
    """
    workers = workers or os.cpu_count() or 1
    batches = [(job, part) for job in jobs for part in _batches(job.entries, workers)]
    found: dict[str, Recordings] = {job.side: {} for job, _ in batches}
    with kept([job.runtime for job, _ in batches], LOADED) as forks, ThreadPoolExecutor(workers) as pool:

        def recorded(job: Job, entries: Sequence[Mapping[str, Any]]) -> tuple[str, Recordings]:
            return job.side, _record(job, entries, callables, on_done, forks.get(job.runtime))

        for side, recordings in pool.map(recorded, *zip(*batches, strict=True)):
            found[side].update(recordings)
    return found


def _batches(entries: Sequence[Mapping[str, Any]], workers: int) -> Iterator[Sequence[Mapping[str, Any]]]:
    parts = max(1, min(workers // 2, len(entries) // BATCH))
    size = -(-len(entries) // parts)
    yield from (entries[start : start + size] for start in range(0, len(entries), size))


def _record(
    job: Job,
    entries: Sequence[Mapping[str, Any]],
    callables: Path,
    on_done: Callable[[str], None],
    forks: Forks | None,
) -> Recordings:
    left, found = list(entries), Recordings()
    while left:
        with _Child(job.runtime, left, callables, forks) as child:
            for key, recording in child.recordings():
                found[key] = recording
                on_done(key)
            why = "" if any(entry["key"] in found for entry in left) else child.last_words()
        if why:
            raise ChildError(
                f"the {job.runtime} recording process ended before its first case: {why}",
                hint="Install the reference with `pip install 'wherry[parity]'`, or run `wherry doctor`.",
            )
        left = [entry for entry in left if entry["key"] not in found]
    return found


class _Child:
    """One recording process: its job on stdin, its recordings on a pipe, its complaints in a file."""

    def __init__(
        self, runtime: str, entries: Sequence[Mapping[str, Any]], callables: Path, forks: Forks | None
    ) -> None:
        self._reader, writer = os.pipe()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        job = {"runtime": runtime, "pipe": writer, "callables": str(callables), "entries": list(entries)}
        with tempfile.TemporaryFile() as given, Path(os.devnull).open("wb") as out:
            given.write(json.dumps(job).encode())
            given.seek(0)
            streams = [given.fileno(), out.fileno(), self._errors.fileno()]
            words = ["wherry_portal.parity.recording.child"]
            self._process = start(forks, words, streams, writer, environment(runtime), Path.cwd())
        os.close(writer)
        self._begun: str | None = None
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._reader)
        self._errors.close()

    def last_words(self) -> str:
        """The last line the process wrote to stderr."""
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"

    def recordings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every recording as it comes; a case that hangs or kills the process is an error of its own and the last."""
        for line in self._lines():
            message = json.loads(line)
            if "begin" in message:
                self._begun = message["begin"]
                continue
            key = message.pop("key")
            self._begun = None
            yield key, message
        if self._begun is not None:
            hung = not self._ended
            self._process.kill()
            why = f"gave no result within {CASE_SECONDS:.0f} s" if hung else f"ended the process: {self.last_words()}"
            yield self._begun, {"error": f"the run {why}", "seconds": CASE_SECONDS if hung else 0.0}

    def _lines(self) -> Iterator[bytes]:
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            while selector.select(CASE_SECONDS if self._begun else START_SECONDS):
                chunk = os.read(self._reader, 1 << 16)
                if not chunk:
                    self._ended = True
                    return
                *lines, buffer = (buffer + chunk).split(b"\n")
                yield from lines
