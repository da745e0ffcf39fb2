"""The panel of live events on the quickstart page: where it stands, and the recorded stream for who has no portal.

The page says what was recorded; `assets/live.js` draws it, and on a portal that is served asks for a run of its own.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wherry_portal.evidence.results import ResultFile

MARK = "<!-- live -->"
_PIECES = ("RunContent", "TeamRunContent")


def with_panel(page: str, recorded: ResultFile | None) -> str:
    """The quickstart page with its mark replaced; without a recorded stream the panel says nothing until it is run.

    Args:
        page: The hand-written page.
        recorded: `results/stream.json`, or None.
    """
    return page.replace(MARK, "\n\n".join(_panel(recorded)))


def _panel(recorded: ResultFile | None) -> Iterator[str]:
    lines = recorded.data["lines"] if recorded else []
    data = json.dumps(lines, ensure_ascii=True).replace("<", "\\u003c")
    yield (
        '<section class="live" aria-label="The canonical fixture, as a stream of events" hidden>'
        f'<script type="application/json">{data}</script></section>'
    )
    if recorded is None:
        return
    rows = "".join(f"<li>{row}</li>" for row in _rows(lines))
    yield folded("The recorded stream in words", f"<ol>{rows}</ol>\n\n{stamped(recorded)}")


def _rows(lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for line in lines:
        if "case" in line:
            yield f"<strong>{escape(line['kind'])}</strong>: {escape(line['asked'])}"
        elif line.get("text") and line["event"] not in _PIECES:
            yield f"{line['ms']} ms <code>{escape(line['event'])}</code> {escape(line['who'])}: {escape(line['text'])}"
