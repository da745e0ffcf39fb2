"""Beside each page of the built site its Markdown, and `llms.txt` that lists them: for programs that read text."""

from __future__ import annotations

import re
from html import unescape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wherry_portal.pages.spelled import spelled

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = "Wherry carries teams that run Agno agents, teams and workflows over to a compact runtime, with evidence."
MANY = ("features", "errors")
"""Folders of hundreds of pages alike: `llms.txt` names their index and how their addresses are made."""


def write_twins(pages: Path, site: Path) -> int:
    """Write each page's Markdown to `index.md` in the folder of its address, and `llms.txt`.

    Args:
        pages: What MkDocs read.
        site: What it built.

    Returns:
        How many pages got one.
    """
    count = 0
    for path in sorted(pages.rglob("*.md")):
        target = site / twin(PurePosixPath(path.relative_to(pages)))
        if target.parent.is_dir():
            target.write_text(spelled(path.read_text("utf-8")), "utf-8")
            count += 1
    (site / "llms.txt").write_text(llms(pages), "utf-8")
    return count


def twin(page: PurePosixPath) -> PurePosixPath:
    """Where the Markdown of a page lies: `guide/assess.md` is read at `guide/assess/` and copied to its `index.md`."""
    return page if page.stem == "index" else page.with_suffix("") / "index.md"


def llms(pages: Path) -> str:
    """`llms.txt`: the pages by name, each with the address of its Markdown."""
    lines = ["# Wherry", "", f"> {ABOUT}", "", "## Pages", ""]
    for path in sorted(pages.rglob("*.md")):
        page = PurePosixPath(path.relative_to(pages))
        if page.parts[0] not in MANY:
            lines.append(f"- [{_title(path)}]({twin(page)})")
    lines += ["", "## Features and errors", ""]
    lines += ["- A feature of Agno: `features/<id>/index.md`; ids are in [support-matrix.json](support-matrix.json)"]
    lines += ["- An error: `errors/<code>/index.md`; the last line of the error's message is the address of its page"]
    return "\n".join(lines) + "\n"


def _title(path: Path) -> str:
    found = re.search(r"^# (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return unescape(found[1].strip()) if found else path.stem
