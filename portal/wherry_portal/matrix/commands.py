"""`wherry matrix`: query the rows, hold them against the reference, write the compact form, measure drift.

Only reading arguments and printing live here; each subcommand is a few calls into its neighbours.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from wherry.core.errors import ConfigurationError, docs_url
from wherry_portal.matrix.model import LABELS, Area, Feature, Status, SupportMatrix
from wherry_portal.matrix.source import load_matrix
from wherry_portal.matrix.surface import DATA, Surface, surface
from wherry_portal.matrix.symbols import SymbolIndex
from wherry_portal.sources import write_atomic
from wherry_portal.sources.counted import counted

app = App(
    name="matrix",
    help="Ask the support matrix what is available, limited, planned or not migrated.",
    result_action="return_value",
)

Format = Literal["text", "json", "csv"]


@app.command(name="list")
def list_rows(
    *,
    status: Status | None = None,
    area: Area | None = None,
    output_format: Annotated[Format, Parameter("--format")] = "text",
) -> int:
    """List the rows.

    Args:
        status: Only rows with this status.
        area: Only rows of this area.
        output_format: `text`, `json` or `csv`.
    """
    matrix = load_matrix()
    rows = [row for row in matrix.features if status in {None, row.status} and area in {None, row.area}]
    return _print_rows(rows, matrix, output_format)


@app.command
def show(name: str) -> int:
    """Show one row: by its id, or by a symbol of Agno such as `agno.agent.Agent(learning)`.

    Args:
        name: Id of a row, or a symbol of Agno.

    Returns:
        0, or 1 when neither the matrix nor Agno knows the name.
    """
    matrix = load_matrix()
    row = matrix.get(name)
    if row is None:
        if unknown := _unknown_parameter(name, surface()):
            print(unknown)
            return 1
        row = SymbolIndex(matrix, surface()).feature_for(name)
    if row is None:
        print(f"neither a row nor a name of Agno {matrix.version}: {name!r}{_nearest(name, matrix)}")
        return 1
    print(describe(row))
    return 0


@app.command
def search(text: str, *, output_format: Annotated[Format, Parameter("--format")] = "text") -> int:
    """List the rows whose id, title, texts or symbols contain every word of a text.

    Args:
        text: Words to look for, in any order and case.
        output_format: `text`, `json` or `csv`.

    Returns:
        0, or 1 when nothing was found.
    """
    matrix = load_matrix()
    words = text.lower().split()
    rows = [row for row in matrix.features if all(word in _haystack(row) for word in words)]
    _print_rows(rows, matrix, output_format)
    return 0 if rows else 1


@app.command
def check() -> int:
    """Check the matrix: its schema, every symbol of Agno classified, no row without a symbol, the compact form fresh.

    Returns:
        0, or 1 when there is a complaint.
    """
    from wherry_portal.matrix.compact import compact_path, compile_matrix
    from wherry_portal.matrix.coverage import complaints

    matrix = load_matrix()
    index = SymbolIndex(matrix, surface(matrix.version))
    found = [str(complaint) for complaint in complaints(matrix, index)]
    if not found and compact_path().read_text("utf-8") != compile_matrix(matrix, index):
        found.append(f"{compact_path()}:1: is older than {matrix.path}; run `wherry matrix compile`")
    for line in found:
        print(line)
    counts = ", ".join(f"{_count(matrix, status)} {label}" for status, label in LABELS.items())
    print(
        f"{len(matrix.features)} rows ({counts}) over {len(index.surface.definitions())} names of Agno {matrix.version}"
    )
    return 1 if found else 0


@app.command
def signatures() -> int:
    """Look at the installed Wherry for what the rows list: names, parameters and methods that are missing.

    Returns:
        0, or 1 when something is missing.
    """
    from wherry_portal.matrix.signatures import find_gaps

    matrix = load_matrix()
    gaps = find_gaps(SymbolIndex(matrix, surface(matrix.version)), matrix.features)
    for gap in gaps:
        print(gap)
    print(f"{len(gaps)} gaps in {len({gap.row for gap in gaps})} rows")
    return 1 if gaps else 0


@app.command(name="compile")
def compile_compact() -> int:
    """Write the compact form that the runtime reads; nothing while `wherry matrix check` has a complaint of a row.

    Returns:
        0, or 1 when there is a complaint.
    """
    from wherry_portal.matrix.compact import compact_path, compile_matrix
    from wherry_portal.matrix.coverage import complaints

    matrix = load_matrix()
    index = SymbolIndex(matrix, surface(matrix.version))
    found = [str(complaint) for complaint in complaints(matrix, index)]
    if found:
        print("\n".join([*found, f"{compact_path()} is left as it was: mend these first"]))
        return 1
    text = compile_matrix(matrix, index)
    write_atomic(compact_path(), text)
    print(f"{compact_path()}: {len(matrix.features)} rows, {len(text)} bytes")
    return 0


@app.command
def inventory(source: str | None = None, *, output: Path | None = None) -> int:
    """Read the public names of an Agno release, without importing it, into a data file.

    Args:
        source: A wheel, a folder that holds an `agno` package, or nothing for the installed one.
        output: File to write; by default the one this installation reads.
    """
    from wherry_portal.matrix.inventory import read_inventory, write_inventory

    facts = read_inventory(source)
    target = output or DATA / f"agno-{facts['version']}.json.gz"
    size = write_inventory(facts, target)
    print(f"{target}: {len(facts['modules'])} modules, {len(facts['classes'])} classes, {size} bytes")
    return 0


@app.command
def history(*wheels: Path) -> int:
    """Write down which names earlier releases had and the pinned one has not.

    Args:
        wheels: Wheels of earlier releases, oldest first.
    """
    from wherry_portal.matrix.history import compute_history, write_history
    from wherry_portal.matrix.inventory import read_inventory
    from wherry_portal.matrix.surface import Surface

    if not wheels:
        raise ConfigurationError("no wheel was named", hint="Name the wheels of earlier releases, oldest first.")
    facts = compute_history((Surface(read_inventory(str(wheel))) for wheel in wheels), surface())
    print(f"{len(facts['gone'])} names are gone since {facts['versions'][0]}; {write_history(facts)} bytes")
    return 0


@app.command
def drift(*, to: str, output_format: Annotated[Literal["text", "json"], Parameter("--format")] = "text") -> int:
    """Say what another release of Agno adds, drops and changes, and which rows that touches.

    Args:
        to: A wheel, a folder that holds an `agno` package, or the installed version (also: `installed`).
        output_format: `text` or `json`.

    Returns:
        0 when nothing changed, else 1.
    """
    from wherry_portal.matrix.drift import compare, report
    from wherry_portal.matrix.inventory import read_inventory
    from wherry_portal.matrix.surface import Surface

    matrix = load_matrix()
    found = compare(SymbolIndex(matrix, surface(matrix.version)), Surface(read_inventory(to)))
    print(json.dumps(asdict(found), indent=2) if output_format == "json" else report(found))
    return 0 if found.is_empty else 1


def describe(row: Feature) -> str:
    """A row as a person reads it in a terminal."""
    lines = [f"{row.id}: {row.title}", f"  status      {LABELS[row.status]}"]
    pairs = (
        ("since", row.since),
        ("planned", row.planned),
        ("served by", row.served_by if row.keeps_agno else ""),
        ("why", row.reason),
        ("limits", row.limits),
        ("instead", row.fallback),
    )
    lines += [f"  {name:<11} {text}" for name, text in pairs if text]
    lines += [f"  differs     {text}" for text in row.differences]
    lines += [f"  symbol      {text}" for text in row.symbols]
    lines += [f"  evidence    {text}" for text in row.evidence]
    return "\n".join([*lines, f"  page        {docs_url(row.page)}"])


def _count(matrix: SupportMatrix, status: Status) -> int:
    return sum(row.status == status for row in matrix.features)


def _haystack(row: Feature) -> str:
    texts = (row.id, row.title, row.reason, row.limits, row.fallback, *row.differences, *row.symbols)
    return " ".join(texts).lower()


def _unknown_parameter(name: str, known: Surface) -> str:
    """What to say of a parameter that Agno's own object does not take; empty of everything else.

    A pattern such as `agno.agent.*` has a row for whatever stands below it, misspelt or not.
    """
    from difflib import get_close_matches

    path, _, parameter = name.removesuffix(")").partition("(")
    found = known.resolve(path) if parameter else None
    # Not known is what a class takes whose constructor it has from another package, such as an Enum.
    signature = known.callable(found.path) if found else None
    if signature is None or signature.open or parameter in signature.keywords:
        return ""
    near = get_close_matches(parameter, signature.keywords, n=1)
    meant = f"; did you mean {f'{path}({near[0]})'!r}?" if near else f"; `wherry matrix show {path}` shows its row"
    return f"{path} of Agno {known.version} takes no {parameter!r}{meant}"


def _nearest(name: str, matrix: SupportMatrix) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [row.id for row in matrix.features], n=1)
    return f"; did you mean {near[0]!r}?" if near else "; try `wherry matrix search`"


def _print_rows(rows: list[Feature], matrix: SupportMatrix, output_format: Format) -> int:
    if output_format == "json":
        print(json.dumps({"reference": f"agno {matrix.version}", "features": [_record(row) for row in rows]}, indent=2))
    elif output_format == "csv":
        _print_csv(rows)
    else:
        wide = max((len(row.id) for row in rows), default=0)
        for row in rows:
            print(f"{row.id:<{wide}}  {LABELS[row.status]:<12}  {row.title}")
        print(f"{len(rows)} of {counted(len(matrix.features), 'row')}")
    return 0


def _record(row: Feature) -> dict[str, object]:
    return {key: value for key, value in asdict(row).items() if value and key != "line"}


def _print_csv(rows: list[Feature]) -> None:
    import csv
    import sys

    columns = ("id", "title", "area", "status", "since", "planned", "served_by", "reason", "limits", "fallback")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(row, column) for column in columns] for row in rows)
