"""What Agno makes of the samples: run in a process of its own, which imports Agno; prints JSON.

`samples("wherry")` runs the same code on Wherry, so that both do exactly the same.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import sys
import types
from datetime import date, datetime

package = ["agno"]

TEXTS = {
    "empty": "",
    "short": "A wherry.",
    "words": "one two three four five six seven eight nine ten " * 12,
    "solid": "x" * 300,
    "sentences": "The wherry sails. " * 30 + "Does it? It does! " * 10,
    "paragraphs": "\n\n".join(f"Paragraph {n}: {'text ' * n}" for n in range(1, 25)),
    "mixed": ("short\n\n" + "A sentence is here. " * 20 + "\n\n" + "tail\n\n\n" + "end  of\t\tit\n") * 3,
    "lines": "\n".join(f"line {n}" for n in range(60)),
    "table": "name, age\nada, 3\n\n  bob ,   4  \ncy, 5",
}
CONTENTS = [
    {"name": "n"},
    {"name": "n", "description": "d", "metadata": {"b": 1, "a": [2]}},
    {"path": "/x/y.txt"},
    {"path": "/x/y.txt", "name": "n", "user_id": "ada"},
    {"url": "https://example.com/a.pdf", "description": "d"},
    {"topics": ["t1", "t2"]},
    {"user_id": "", "url": "u"},
]
FILES = [
    {"content": "text", "type": "Text"},
    {"content": b"bytes", "type": "application/pdf", "filename": "f.pdf"},
    {"content": "text", "size": 4},
    {"content": "text"},
    {"content": b"text"},
]
ROWS = "\n".join(f'r{n},"a, {n}","two\nlines"' for n in range(25))
JSON = '[{"a": 1}, {"b": "ä"}, 3]'


def load(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"{package[0]}.{module}"), name)


def told(documents):
    return [[d.content, d.id, d.name, d.meta_data] for d in documents]


def chunks():
    document = load("knowledge.document.Document")
    strategies = {
        "fixed": load("knowledge.chunking.fixed.FixedSizeChunking"),
        "recursive": load("knowledge.chunking.recursive.RecursiveChunking"),
        "document": load("knowledge.chunking.document.DocumentChunking"),
    }
    for name, text in TEXTS.items():
        for kind, strategy in strategies.items():
            for size, overlap in ((5000, 0), (50, 0), (50, 7), (120, 12)):
                made = strategy(chunk_size=size, overlap=overlap)
                yield f"{kind} {size}/{overlap} {name}", told(made.chunk(document(text, id="d", meta_data={"k": 1})))
        row = load("knowledge.chunking.row.RowChunking")
        for skip, clean in ((False, True), (True, False)):
            made = row(skip_header=skip, clean_rows=clean).chunk(document(text, name="t", meta_data={"start_row": 1}))
            yield f"row {skip} {name}", told(made)
    yield "no name", told(strategies["fixed"](10).chunk(document("some words here")))


def hashes():
    content, file = load("knowledge.content.Content"), load("knowledge.content.FileData")
    knowledge = load("knowledge.knowledge.Knowledge")()
    for given in CONTENTS:
        yield f"hash {given}", knowledge._build_content_hash(content(**given))
    for given in FILES:
        yield f"file {given}", knowledge._build_content_hash(content(file_data=file(**given)))


def readers():
    csv, jsons = load("knowledge.reader.csv_reader.CSVReader"), load("knowledge.reader.json_reader.JSONReader")
    plain = load("knowledge.reader.text_reader.TextReader")
    for name, make, text in (("csv", csv, ROWS), ("json", jsons, JSON), ("text", plain, TEXTS["words"])):
        for chunk in (True, False):
            for way in ("read", "async_read"):
                found = getattr(make(chunk=chunk), way)(io.BytesIO(text.encode()), name="given")
                found = asyncio.run(found) if way == "async_read" else found
                yield f"{name} {chunk} {way}", [[d.content, d.name, d.meta_data] for d in found]


def letter():
    """A Word document with a heading, empty and broken lines, and a table."""
    from docx import Document

    made, held = Document(), io.BytesIO()
    made.add_heading("Of wherries", 1)
    for text in ("A wherry is a light boat.", "", "Two\nlines", "word " * 400, "word " * 900):
        made.add_paragraph(text)
    table = made.add_table(rows=2, cols=2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {number}"
    made.save(held)
    return held


def book():
    """A workbook with kinds of values, gaps, a formula without a saved value, an empty sheet and a second one."""
    from openpyxl import Workbook

    made, held = Workbook(), io.BytesIO()
    first = made.active
    first.title = "Boats"
    rows = (
        ("name", "length", "built", "swift"), ("wherry", 7.0, datetime.fromisoformat("2026-01-02T03:04"), True), (),
        ("a\r\nb\nc", 2.5, date(2026, 1, 2), None), (None, None, "late"), ("  wide   gap ", "=1+1"),
    )  # fmt: skip
    for row in rows:
        first.append(row)
    made.create_sheet("Empty")
    made.create_sheet("Crew").append(["Ada", 36])
    made.save(held)
    return held


def office():
    docx, excel = load("knowledge.reader.docx_reader.DocxReader"), load("knowledge.reader.excel_reader.ExcelReader")
    cases = [("docx", docx, letter, {"chunk": chunk, "chunk_size": 1000}, "a.docx") for chunk in (True, False)]
    filters = (None, [], [1], ["crew", 2], ["nobody"])
    cases += [("xlsx", excel, book, {"chunk": c, "sheets": f}, "b.xlsx") for c in (True, False) for f in filters]
    for kind, make, build, given, name in cases:
        for way in ("read", "async_read"):
            found = getattr(make(**given), way)(build(), name=name)
            found = asyncio.run(found) if way == "async_read" else found
            yield f"{kind} {given} {way}", [[d.content, d.name, d.meta_data] for d in found]
    for kind, make, text in (("docx", docx, b"no zip"), ("xlsx", excel, b"no zip")):
        yield f"{kind} broken", make().read(io.BytesIO(text), name=f"a.{kind}")
    for kind, make in (("docx", docx), ("xlsx", excel)):
        yield f"{kind} strategies", [strategy.value for strategy in make.get_supported_chunking_strategies()]


def pdfs():
    flowing, numbers = (
        (load("corpus.pdf.flowing"), load("corpus.pdf.without_numbers"))
        if package[0] == "wherry"
        else (load("knowledge.reader.pdf_reader._sanitize_pdf_text"), _numbers)
    )
    pages = (
        ["1 first", "2 second", "3 third"], ["first 0", "second 1"], ["a", "b"], ["7 a", "8 b"], ["2 facts"],
        ["1 a", "b", "c", "d"], ["25 x", "3 y", "4 z"], [],
    )  # fmt: skip
    for page in pages:
        yield f"pages {page}", numbers(list(page), "<start page {page_nr}>", "<end page {page_nr}>")
    for text in ("a\n \nb", "a\nb\n\nc   d\t\te", "  x \n y\n\n\nz "):
        yield f"flow {text!r}", flowing(text)


def _numbers(pages, start, end):
    clean = load("knowledge.reader.pdf_reader._clean_page_numbers")
    return clean(pages, page_start_numbering_format=start, page_end_numbering_format=end)


def samples(of):
    """What a package makes of all samples, by name, as JSON values."""
    package[0] = of
    found = {}
    for part in (chunks, hashes, readers, office, pdfs):
        found.update(part())
    return json.loads(json.dumps(found))


if __name__ == "__main__":
    # Agno's CSV reader imports this package and uses it for paths only; the samples are streams.
    sys.modules.setdefault("aiofiles", types.ModuleType("aiofiles"))
    sys.stdout.write(json.dumps(samples("agno")) + "\n")
