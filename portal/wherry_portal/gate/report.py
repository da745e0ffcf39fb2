"""The views of a verdict: a table for the terminal, Markdown for a release page, plain data for JSON and the site."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wherry.core.errors import docs_url
from wherry_portal.evidence.stamp import now_text
from wherry_portal.pilot.report import columns
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from wherry_portal.gate.verdict import Verdict

MARKS = {"passed": "✓", "failed": "✗", "missing": "✗", "stale": "✗", "waived": "!"}


def data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data."""
    return {
        "schema": 1,
        "release": verdict.release,
        "date": now_text(verdict.date),
        "reference": verdict.reference,
        "passed": verdict.passed,
        "lines": [
            {
                "id": line.id,
                "text": line.text,
                "role": line.role,
                "status": line.status,
                "shown": line.shown,
                "details": list(line.details),
                "todo": list(line.todo),
                **({"waiver": asdict(line.waiver)} if line.waiver else {}),
            }
            for line in verdict.lines
        ],
        "not_migrated": [
            {"id": name, "status": status, "fallback": fallback} for name, status, fallback in verdict.not_migrated
        ],
    }


def text(verdict: Verdict, *, details: bool = False) -> str:
    """The verdict as a table for a terminal."""
    rows = [("", "item", "status", "what shows it")]
    rows += [(MARKS[line.status], line.id, line.status, line.shown) for line in verdict.lines]
    lines = [_headline(verdict), "", *columns(rows, width=160)]
    for line in verdict.lines if details else ():
        if line.open and line.details:
            lines += ["", f"{line.id}:", *(f"  {detail}" for detail in line.details)]
    opened = [line for line in verdict.lines if line.open and line.todo]
    lines += ["", "What to do:"] if opened else []
    for line in opened:
        lines += [f"  {line.id} ({line.role})", *(f"    {step}" for step in line.todo)]
        lines += [f"    Item: {docs_url(f'checklists/release/#{line.id}')}"]
    return "\n".join([*lines, "", _closing(verdict)])


def markdown(verdict: Verdict) -> str:
    """The verdict as a page."""
    lines = [
        f"# Release {verdict.release}",
        "",
        _headline(verdict),
        "",
        "| | item | status | what shows it |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {MARKS[line.status]} | {_cell(line.text)} | {line.status.replace('_', ' ')} | {_cell(line.shown)} |"
        for line in verdict.lines
    ]
    for line in verdict.lines:
        if line.open and (line.details or line.todo):
            todo = [f"- To do ({line.role}): {step}" for step in line.todo]
            lines += ["", f"## {line.text}", "", *todo, *(f"- {detail}" for detail in line.details)]
    count = counted(len(verdict.not_migrated), "feature")
    lines += [
        "",
        "## Known not migrated",
        "",
        f"<details><summary>{count}, each with what to use instead</summary>",
        "",
    ]
    lines += [f"- `{name}` ({status.replace('_', ' ')}): {fallback}" for name, status, fallback in verdict.not_migrated]
    return "\n".join([*lines, "", "</details>", "", f"_Made by `wherry gate release` at {now_text(verdict.date)}._"])


def _headline(verdict: Verdict) -> str:
    answer = "may go ahead" if verdict.passed else "may not go ahead"
    return f"Wherry {verdict.release} against Agno {verdict.reference}, {verdict.date:%Y-%m-%d %H:%M} UTC: {answer}."


def _closing(verdict: Verdict) -> str:
    opened = [line.id for line in verdict.lines if line.open]
    waived = [line.id for line in verdict.lines if line.status == "waived"]
    counts = f"{len(verdict.lines) - len(opened) - len(waived)} passed, {len(waived)} waived, {len(opened)} open"
    gaps = f"; {len(verdict.not_migrated)} features are known not to be migrated"
    return counts + gaps + (f". Open: {', '.join(opened)}." if opened else ".")


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
