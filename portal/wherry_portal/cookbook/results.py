"""`results/cookbook.json`: what happened when the examples were run; written while they run, read by the pages.

Shares are over everything that ran on Agno; what could not be run stays in the file with its cause.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.cookbook.stamp import code_stamp
from wherry_portal.cookbook.verify import Outcome, Verdict, as_records, from_records
from wherry_portal.evidence.stamp import header, write_results

if TYPE_CHECKING:
    from pathlib import Path

EVERY = 20
OUTCOMES: tuple[Outcome, ...] = ("equal", "different", "failed_on_wherry", "blocked", "failed_on_both", "not_runnable")
RAN_ON_AGNO: tuple[Outcome, ...] = ("equal", "different", "failed_on_wherry", "blocked")
"""Outcomes of examples that Agno could run here: what a share of equal ones is taken of."""


class Writer:
    """Keeps the verdicts of a run and writes them every so often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Verdict] = {}
        if path.is_file():
            data = json.loads(path.read_text("utf-8"))
            self.known = from_records(data["examples"])
            for verdict in self.known.values():  # what this run leaves alone keeps saying when and on what it ran
                verdict.date, verdict.commit = verdict.date or data["date"], verdict.commit or data["commit"]
        self.all = dict(self.known)
        self._head = {**header("wherry cookbook verify", reference=True), "code": code_stamp()}
        self._unwritten = 0

    def add(self, verdict: Verdict, done: int, total: int) -> None:
        """Keep a verdict and show it."""
        fresh = self.known.get(verdict.path) != verdict
        self.all[verdict.path] = verdict
        if fresh:
            cause = f": {verdict.cause}" if verdict.cause else ""
            print(f"[{done}/{total}] {verdict.outcome} {verdict.path}{cause}", file=sys.stderr, flush=True)
            self._unwritten += 1
        if self._unwritten >= EVERY:
            self.write()

    def write(self) -> None:
        """Write everything that is known."""
        write_results(self.path, self._head, {"examples": as_records(list(self.all.values()))})
        self._unwritten = 0

    @property
    def older(self) -> int:
        """Verdicts of earlier runs, on other code: none when the file is of one run."""
        return sum(bool(verdict.date) for verdict in self.all.values())

    @property
    def worse(self) -> int:
        """Examples that run on Agno and do not give the same on Wherry, blocked ones aside."""
        return sum(verdict.outcome in {"different", "failed_on_wherry"} for verdict in self.all.values())

    def summary(self) -> str:
        """Counts, and the share of equal ones among those that ran on Agno."""
        counts = Counter(verdict.outcome for verdict in self.all.values())
        ran = sum(counts[name] for name in RAN_ON_AGNO)
        lines = [f"{counts[name]:>5}  {name.replace('_', ' ')}" for name in OUTCOMES]
        share = f"{counts['equal'] / ran:.1%}" if ran else "-"
        lines.append(f"{ran} ran on Agno; equal on Wherry: {share}")
        if self.older:
            lines.append(
                f"{self.older} of {len(self.all)} verdicts are of earlier runs; leave out --only to renew them"
            )
        return "\n".join(lines)
