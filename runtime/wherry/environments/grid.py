"""Results as text: a glyph an attempt, a block an attempt, and the grid that grows in a terminal while attempts run.

Called by `results` and `rollouts`. The form is Agno's, so that logs of both runtimes can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wherry.environments.attempts import AttemptResult
    from wherry.environments.results import EnvironmentRunResult, TaskResult

PASSED, FAILED, UNSCORED = "█", "░", "▲"
_REASON, _ANSWER, _INPUT = 200, 110, 90


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the grid.

    Attributes:
        id: The task.
        glyphs: One for each attempt.
        passed: Attempts that passed.
        scored: Attempts with a score.
        tags: What is said at the end of the line.
    """

    id: str
    glyphs: str
    passed: int
    scored: int
    tags: tuple[str, ...] = ()

    def line(self, width: int, k: int) -> str:
        """The line; ids and glyphs are as wide as these."""
        rate = f"{self.passed / self.scored:.2f}" if self.scored else "-"
        cells = (f"  {self.id:<{width}}", f"{self.glyphs:<{k}}", f"{self.passed}/{self.scored}", rate, *self.tags)
        return "   ".join(cells)


def glyph(attempt: AttemptResult | None) -> str:
    """The sign of an attempt; a blank for one that is not there yet."""
    if attempt is None:
        return " "
    return UNSCORED if attempt.score is None else PASSED if attempt.score.passed else FAILED


def row_of(name: str, attempts: Sequence[AttemptResult | None], *, zone: bool = False) -> Row:
    """The line of a task."""
    there = [attempt for attempt in attempts if attempt is not None]
    scores = [attempt.score for attempt in there if attempt.score is not None]
    missing = len(there) - len(scores)
    tags = (("learning zone",) if zone else ()) + ((f"{missing} unscored",) if missing else ())
    return Row(name, "".join(glyph(one) for one in attempts), sum(score.passed for score in scores), len(scores), tags)


def lines_of(rows: Sequence[Row], k: int) -> list[str]:
    """All lines, in columns."""
    width = max((len(row.id) for row in rows), default=2)
    return [row.line(width, k) for row in rows]


def title(name: str, k: int) -> str:
    """How the first line begins."""
    return f"{name}{' ' * 17}k={k}"


def grid_of(result: EnvironmentRunResult) -> str:
    """A whole result."""
    attempts = [attempt for one in result.task_results for attempt in one.attempts]
    head = f"{title(result.env_name, result.k)} · {len(attempts)} attempts · {round(result.duration_seconds)}s"
    costs = [cost for attempt in attempts if (cost := _cost(attempt)) is not None]
    if costs:
        head += f" · ${sum(costs):.4f}"
    rows = [row_of(str(one.task.id), one.attempts, zone=one.in_learning_zone) for one in result.task_results]
    lines = [head, *lines_of(rows, result.k)]
    if result.stopped_early:
        lines.append(f"  stopped early: {result.stopped_early}")
    first = next((attempt.error for attempt in attempts if attempt.error), None)
    if first and result.n_unscored:
        lines.append(f"  first error: {first}")
    return "\n".join(lines)


def _cost(attempt: AttemptResult) -> float | None:
    metrics = attempt.run.metrics if attempt.run is not None else None
    return getattr(metrics, "cost", None)


def report_of(results: Sequence[TaskResult], only: str, most: int | None) -> str:
    """A block for each attempt that did not pass, or for each.

    Raises:
        ValueError: `only` is neither ``failed`` nor ``all``.
    """
    if only not in ("failed", "all"):
        raise ValueError(f"only must be 'failed' or 'all', got {only!r}")
    blocks = []
    for result in results:
        numbered = list(enumerate(result.attempts, start=1))
        if only == "failed":
            numbered = [(number, one) for number, one in numbered if one.score is None or not one.score.passed]
        shown = numbered if most is None else numbered[:most]
        if not shown:
            continue
        lines = [f"task {result.task.id}: {_clipped(result.task.input, _INPUT)}"]
        lines += [line for number, attempt in shown for line in _block(attempt, number)]
        if len(numbered) > len(shown):
            lines.append(f"  ... {len(numbered) - len(shown)} more (raise attempts= to see them)")
        blocks.append("\n".join(lines))
    if blocks:
        return "\n\n".join(blocks)
    total = sum(len(result.attempts) for result in results)
    return f'all {total} attempts passed; nothing to report. print_report(only="all") shows every attempt.'


def verdict_of(attempt: AttemptResult) -> str:
    """A score in one word."""
    return "unscored" if attempt.score is None else "PASS" if attempt.score.passed else "FAIL"


def _block(attempt: AttemptResult, number: int) -> Iterator[str]:
    value = "-" if attempt.score is None else f"{attempt.score.value:.2f}"
    yield (
        f"  attempt {number}: {verdict_of(attempt)}   value={value}   stop={attempt.stop_reason.value}"
        f"   {attempt.duration_seconds:.1f}s" + ("   tool-call limit hit" if attempt.tool_call_limit_hit else "")
    )
    if attempt.error:
        yield f"    error: {_clipped(attempt.error, _REASON)}"
    if attempt.score is not None and attempt.score.reason:
        yield f"    reason: {_clipped(attempt.score.reason, _REASON)}"
    if attempt.run is None:
        yield "    (no run captured)"
        return
    for call in attempt.run.tools or ():
        yield f"    tool: {call.tool_name}({call.tool_args}) -> {'error' if call.tool_call_error else 'ok'}"
    if attempt.run.content is not None:
        yield f"    answer: {_clipped(attempt.run.content, _ANSWER)}"
    metrics = attempt.run.metrics
    if metrics is not None:
        cost = _cost(attempt)
        priced = "" if cost is None else f" cost=${cost:.4f}"
        yield f"    tokens: in={metrics.input_tokens} out={metrics.output_tokens}{priced}"


def _clipped(text: Any, most: int) -> str:
    flat = " ".join(str(text).split())
    return flat if len(flat) <= most else f"{flat[: most - 3]}..."


class LiveGrid:
    """The grid while attempts run, drawn by rich; used in a terminal only."""

    def __init__(self, console: Any, name: str, k: int, ids: Sequence[str]) -> None:
        from rich.live import Live

        self._name = name
        self._k = k
        self._places: dict[str, list[AttemptResult | None]] = {one: [None] * k for one in ids}
        self._live = Live(console=console, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.__enter__()
        self._draw()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(*error)  # type: ignore[arg-type]

    def add(self, task: int, attempt: int, result: AttemptResult) -> None:
        """Show an attempt that has ended."""
        list(self._places.values())[task][attempt] = result
        self._draw()

    def _draw(self) -> None:
        from rich.text import Text

        rows = [row_of(name, attempts) for name, attempts in self._places.items()]
        done = sum(one is not None for attempts in self._places.values() for one in attempts)
        head = f"{title(self._name, self._k)} · {done}/{len(self._places) * self._k} attempts"
        self._live.update(Text("\n".join([head, *lines_of(rows, self._k)])))
