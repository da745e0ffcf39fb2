"""`wherry ledger`: prints the ledger of a code base, for people as Markdown and for programs as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from wherry_portal.assess.command import run_assessment
from wherry_portal.ledger.proofs import find_results, read_proof
from wherry_portal.ledger.rows import MEANING, OPEN, STATES, make_ledger
from wherry_portal.matrix.source import load_matrix
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from wherry_portal.ledger.rows import Row

Format = Literal["markdown", "json"]
READY, NOT_READY = 0, 1
_PLACES = 5


def ledger_command(
    path: Path,
    /,
    *,
    parity: tuple[Path, ...] = (),
    output_format: Annotated[Format, Parameter("--format")] = "markdown",
    output: Path | None = None,
    exclude: tuple[str, ...] = (),
) -> int:
    """List every behaviour of Agno that a code base depends on, with what is proven about it.

    The rows are filled from the findings of `wherry assess` and from results of `wherry parity script`. Cutting over
    needs no row that is unverified or blocked.

    Args:
        path: The code base, still on Agno.
        parity: Results files of `wherry parity script` on its scripts; by default every `*.parity.json` below the path.
        output_format: `markdown` or `json`.
        output: File to write to; by default it is printed.
        exclude: Patterns of relative paths to leave out.

    Returns:
        0 when every row is closed, 1 when one is unverified or blocked.
    """
    assessment = run_assessment(path, exclude)
    proofs = [read_proof(file, assessment.root) for file in parity or find_results(assessment.root)]
    rows = make_ledger(assessment, proofs, load_matrix())
    text = as_json(rows) if output_format == "json" else as_markdown(rows)
    if output is not None:
        output.write_text(text, "utf-8")
        print(f"{output}: {counted(len(rows), 'row')}, {_open(rows)} open")
    else:
        print(text, end="")
    return NOT_READY if _open(rows) else READY


def _open(rows: list[Row]) -> int:
    return sum(row.state in OPEN for row in rows)


def as_json(rows: list[Row]) -> str:
    """The ledger for programs."""
    counts = Counter(row.state for row in rows)
    data = {
        "schema": 1,
        "ready": not _open(rows),
        "states": {state: counts[state] for state in STATES},
        "rows": [asdict(row) for row in rows],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def as_markdown(rows: list[Row]) -> str:
    """The ledger for people: the counts with what they mean, then a table, the open rows first."""
    counts = Counter(row.state for row in rows)
    left = counted(_open(rows), "row is", "rows are")
    ready = f"{left} open." if _open(rows) else "Nothing is open: the code base can cut over."
    lines = ["# Ledger of behaviours", "", ready, "", "| state | rows | meaning |", "|--|--|--|"]
    lines += [f"| {state} | {counts[state]} | {MEANING[state]} |" for state in STATES]
    lines += ["", "| behaviour | state | rests on | next | used in |", "|--|--|--|--|--|"]
    for row in rows:
        places = ", ".join(row.places[:_PLACES]) + (
            f" and {len(row.places) - _PLACES} more" if row.places[_PLACES:] else ""
        )
        name = f"`{row.id}`" if row.title == row.id else f"{row.title} (`{row.id}`)"
        cells = (name, row.state, row.why, row.todo, places)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
