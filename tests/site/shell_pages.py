"""The shell snippets of the hand-written pages, as commands: which there are, and how each is run in a test.

A command runs as it stands on its page unless a table here says otherwise, and why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

QUICKSTART = "tests/site/test_quickstart.py::test_from_nothing_to_an_agent_with_a_session_takes_minutes"
ELSEWHERE = {
    "make portal": QUICKSTART,
    ". .venv/bin/activate": QUICKSTART,
    "python -m wherry.testing --port 7070 &": QUICKSTART,
    "wherry bench --where tool-1": "tests/portal/bench/test_bench.py::test_where_a_run_goes_is_told_by_layer",
    "wherry bench --count": "tests/portal/bench/test_counting.py::test_no_hot_path_takes_more_than_its_budget",
    "make test": ".ci/run",  # whatever runs this test has been started by it
}
"""Commands that run, but not here: where."""

SMALLER = {
    "wherry parity run": (
        "wherry parity run fixtures/us1_basic_coordination.yaml --no-write",
        "the whole takes a quarter of an hour",
    ),
    "pip install": ("install", "into an environment of its own, from a wheel of this checkout: it is on no index yet"),
    "WHERRY_KILLS=100": ("WHERRY_KILLS=2", "each kill takes seconds"),
    "WHERRY_KILLS=200": ("WHERRY_KILLS=2", "each kill takes seconds"),
    "wherry bench import": ("wherry bench import --rounds 1", "its ratios are nobody's evidence here"),
}
"""Commands that run on less than a person would give them: the beginning, what takes its place, why."""


@dataclass(frozen=True)
class Skip:
    """A command that no test runs: why, and until when that may stay so."""

    reason: str
    until: date


SKIPPED: dict[str, Skip] = {}


@dataclass(frozen=True)
class Snippet:
    """One block: its page below the root, its number there, its commands in order."""

    page: str
    number: int
    commands: tuple[str, ...]

    @property
    def name(self) -> str:
        """As pytest shows it."""
        return f"{self.page}:{self.number}"


def commands_of(block: str) -> tuple[str, ...]:
    """Commands of a block: comments are left out, lines that end in a backslash go on."""
    lines = re.sub(r"\\\n\s*", "", block).splitlines()
    return tuple(found for line in lines if (found := re.sub(r"(^|\s+)#\s.*$", "", line).strip()))


def snippets() -> list[Snippet]:
    """All blocks of all pages."""
    return [
        Snippet(path.relative_to(ROOT).as_posix(), number, commands_of(block))
        for path in PAGES
        for number, block in enumerate(BLOCK.findall(path.read_text("utf-8")), 1)
    ]
