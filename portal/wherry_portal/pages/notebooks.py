"""A page for each notebook with the outputs that it stores, and a page that lists them. Markdown without HTML.

`notebook_page` is a pure function of the notebook: what is shown is what was stored. Whether it has run as it is stored
is the index's to say. `build` calls `notebook_pages`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from wherry_portal.evidence import resolve
from wherry_portal.pages.text import kept, table
from wherry_portal.sources.complaint import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wherry_portal.evidence import Currency, Evidence, Results

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LINKED = re.compile(r"(\]\([\w./-]+)\.ipynb(?=[)#])")
_TITLE = re.compile(r"\A#[ ]+(.+)\n+")
_LANGUAGE = "python"
_WORDS = {"passed": "ran as stored", "failed": "failed", "missing": "has not run yet", "stale": "has to run again"}


def notebook_pages(folder: Path, results: Results, currency: Currency) -> dict[str, str]:
    """`notebooks/…`: a page and a copy to download for each notebook of a folder, and `notebooks/index.md`.

    Raises:
        SourceError: A file is no notebook.
    """
    pages: dict[str, str] = {}
    rows = []
    for path in sorted(folder.glob("*.ipynb")):
        text = path.read_text("utf-8")
        notebook = _read(path, text)
        pages[f"notebooks/{path.stem}.md"] = notebook_page(notebook, path.name)
        pages[f"notebooks/{path.name}"] = text
        title, lead = _opening(notebook)
        ran = _ran(resolve(f"notebook:{path.stem}", results, currency))
        rows.append((f"[{title}]({path.stem}.md)", lead.replace("|", "\\|"), ran))
    pages["notebooks/index.md"] = _index(rows)
    return pages


def notebook_page(notebook: dict[str, Any], name: str) -> str:
    """One notebook as Markdown.

    Args:
        notebook: In nbformat 4, as JSON.
        name: Its file name, for the download link.
    """
    title, _ = _opening(notebook)
    parts = [f"# {title}", f"[Download this notebook]({name}) and run it yourself: it needs no key."]
    for place, cell in enumerate(notebook["cells"]):
        source = _joined(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(_LINKED.sub(r"\1.md", source if place else _TITLE.sub("", source)))
        elif cell["cell_type"] == "code":
            parts += [_fence(source, _LANGUAGE), *_outputs(cell["outputs"])]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _outputs(outputs: list[dict[str, Any]]) -> Iterator[str]:
    """The outputs of a cell as text, neighbours of one kind together."""
    shown: list[tuple[str, str]] = []
    for output in outputs:
        label = "Log" if output.get("name") == "stderr" else "Output"
        text = _COLOURS.sub("", _text(output))
        if shown and shown[-1][0] == label:
            before = shown.pop()[1]
            text = f"{before}{text}" if before.endswith("\n") else f"{before}\n{text}"
        shown.append((label, text))
    for label, text in shown:
        if text.strip():
            yield _fence(text, f'text title="{label}"')


def _text(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return _joined(output["text"])
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    data = output["data"]
    return _joined(data["text/plain"]) if "text/plain" in data else f"({', '.join(sorted(data))}: open the notebook)"


def _fence(text: str, info: str) -> str:
    """A fenced block whose fence is longer than any run of backticks in it."""
    fence = "`" * max(3, max((len(run) + 1 for run in re.findall("`+", text)), default=0))
    return f"{fence}{info}\n{text.strip(chr(10))}\n{fence}"


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _opening(notebook: dict[str, Any]) -> tuple[str, str]:
    """The title, and the first sentence below it, both Markdown."""
    first = next((_joined(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"), "")
    title = _TITLE.match(first)
    rest = first[title.end() :] if title else first
    paragraph = " ".join(rest.partition("\n\n")[0].split())
    return (title[1].strip() if title else "Notebook"), re.split(r"(?<=[.!?]) ", paragraph, maxsplit=1)[0]


def _ran(evidence: Evidence) -> str:
    words = _WORDS[evidence.status]
    return kept(f"{words}, {evidence.date:%Y-%m-%d}") if evidence.date else words


def _index(rows: list[tuple[str, str, str]]) -> str:
    lead = (
        "Each is short, needs no key, and is shown with its outputs. Download one from its page, or open the folder "
        "`notebooks/` in Jupyter. `make test` runs them all and compares every output: the last column says what that "
        "found."
    )
    return f"# Notebooks\n\n{lead}\n\n{table(('Notebook', 'What it shows', 'Last run'), rows)}\n"


def _read(path: Path, text: str) -> dict[str, Any]:
    try:
        notebook = json.loads(text)
    except ValueError as error:
        raise unreadable(path, f"it is no JSON: {error}") from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        raise unreadable(path, "it is no notebook of nbformat 4")
    return notebook
