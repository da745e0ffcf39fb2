"""Cells of a notebook that name Agno behind a magic whose text is not read: said aloud, never counted as fine.

For example::

    %%writefile requirements.txt                       what another file will hold
    %%writefile -a agent.py                            a part that is no Python by itself
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Finding, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.notebook import Notebook

RULE = "unread-cell"


def check_cells(name: str, notebook: Notebook) -> Iterator[Finding]:
    """See the module."""
    for cell, line, magic in notebook.unread():
        yield Finding(
            rule=RULE,
            file=name,
            span=Span(line, 1, line, len(magic) + 1),
            symbol="agno",
            verdict="unjudged",
            level="warning",
            what=f"names Agno in a cell that is not read: {magic}",
            why="It cannot be judged: what the cell holds is not this notebook's Python.",
            todo="Look at it yourself, or keep what it writes in a file of its own and assess that.",
            page="guide/assess/#rules",
            minutes=10,
            cell=cell.number,
        )
