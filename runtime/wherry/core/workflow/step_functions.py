"""Ready-made functions for steps: take JSON or links out of a text, make CSV, a table or a file of it.

Each reads what the step before gave, else the workflow's input. A failure is content that begins with `Error: `, so
that a condition can branch on it, and passes through those that follow. Mirrors `agno.workflow.functions`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.media import File

ROWS = 50
_FAILED = "Error: "
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_NOT_RECORDS = f"{_FAILED}the step before gave no JSON array of objects"
_NOT_CSV = f"{_FAILED}the step before gave no CSV with a header and at least one row"


def text_of(step_input: StepInput) -> str:
    """What a function works on."""
    content = step_input.previous_step_content
    if content is None:
        return step_input.get_input_as_string() or ""
    if hasattr(content, "model_dump_json"):
        return str(content.model_dump_json(indent=2, exclude_none=True))
    if isinstance(content, (dict, list)):
        return json.dumps(content, indent=2, default=str, ensure_ascii=False)
    return str(content)


def largest_json(text: str) -> list[Any]:
    """The longest JSON object or array in a text, alone in a list; an empty list when there is none.

    The longest and not the first one: `[1]` in a text that cites something is JSON, too.
    """
    decoder, best, longest, after = json.JSONDecoder(), [], 0, 0
    for match in re.finditer(r"[\[{]", text):
        if match.start() < after:
            continue
        try:
            value, after = decoder.raw_decode(text, match.start())
        except json.JSONDecodeError:
            continue
        if after - match.start() > longest:
            best, longest = [value], after - match.start()
    return best


def extract_json(step_input: StepInput) -> str:
    """The longest JSON object or array in what came before, indented by two."""
    text = text_of(step_input)
    if text.startswith(_FAILED):
        return text
    found = largest_json(text)
    return json.dumps(found[0], indent=2, ensure_ascii=False) if found else f"{_FAILED}the step before gave no JSON"


def extract_urls(step_input: StepInput) -> str:
    """The web addresses in what came before, each once, one a line."""
    text = text_of(step_input)
    if text.startswith(_FAILED):
        return text
    links = dict.fromkeys(link.rstrip(".,;:!?`*") for link in _LINK.findall(text))
    return "\n".join(links) or f"{_FAILED}the step before gave no web address"


def records_of(text: str) -> list[dict[str, Any]]:
    """The JSON array of objects in a text, also as the only list inside an object; empty when there is none."""
    value = (largest_json(text) or [None])[0]
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        value = lists[0] if len(lists) == 1 else None
    good = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    return value if good and isinstance(value, list) else []


def in_cell(value: Any) -> str:
    """A value as text in a table; lists and objects as JSON."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def json_to_csv(step_input: StepInput) -> StepOutput:
    """A JSON array of objects as CSV: as content and as the file data.csv."""
    text = text_of(step_input)
    if text.startswith(_FAILED):
        return StepOutput(content=text)
    rows = records_of(text)
    if not rows:
        return StepOutput(content=_NOT_RECORDS)
    header = list(dict.fromkeys(key for row in rows for key in row))
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([header, *([in_cell(row.get(key)) for key in header] for row in rows)])
    data = written.getvalue()
    return StepOutput(content=data, files=[File(content=data.encode(), mime_type="text/csv", filename="data.csv")])


def as_row(cells: list[str]) -> str:
    """Cells as one line of a Markdown table."""
    clean = [cell.strip().replace("|", "\\|").replace("\r\n", "\n").replace("\n", "<br>") for cell in cells]
    return f"| {' | '.join(clean)} |"


def csv_to_markdown_table(step_input: StepInput) -> str:
    """CSV as a Markdown table of at most 50 rows; a last line tells how many more there are."""
    text = text_of(step_input)
    if text.startswith(_FAILED):
        return text
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error:
        return f"{_FAILED}the step before gave CSV that is broken or has a field that is too long"
    if len(rows) < 2:
        return _NOT_CSV
    header, *data = rows
    more = [f"... {len(data) - ROWS} more rows"] if len(data) > ROWS else []
    return "\n".join([as_row(header), as_row(["---"] * len(header)), *map(as_row, data[:ROWS]), *more])


def content_to_file(step_input: StepInput) -> StepOutput:
    """What came before, unchanged, with the file output.md that holds it."""
    text = text_of(step_input)
    if text.startswith(_FAILED):
        return StepOutput(content=text)
    if not text.strip():
        return StepOutput(content=f"{_FAILED}the step before gave no content to save")
    return StepOutput(
        content=text, files=[File(content=text.encode(), mime_type="text/markdown", filename="output.md")]
    )


async def aextract_json(step_input: StepInput) -> str:
    """`extract_json` for async code."""
    return extract_json(step_input)


async def aextract_urls(step_input: StepInput) -> str:
    """`extract_urls` for async code."""
    return extract_urls(step_input)


async def ajson_to_csv(step_input: StepInput) -> StepOutput:
    """`json_to_csv` for async code."""
    return json_to_csv(step_input)


async def acsv_to_markdown_table(step_input: StepInput) -> str:
    """`csv_to_markdown_table` for async code."""
    return csv_to_markdown_table(step_input)


async def acontent_to_file(step_input: StepInput) -> StepOutput:
    """`content_to_file` for async code."""
    return content_to_file(step_input)
