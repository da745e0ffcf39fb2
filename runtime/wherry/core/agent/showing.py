"""Printing what a run gave: an output, or a stream of events as it comes. Mirrors `agno.utils.pprint`."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from time import perf_counter
from typing import Any

from wherry.core.agent.printing import text_of


def lines(content: Any, *, markdown: bool) -> Any:
    """Content as rich draws it."""
    if not isinstance(content, str) and content is not None:
        from rich.json import JSON

        return JSON(text_of(content))
    if markdown:
        from rich.markdown import Markdown

        return Markdown(content or "")
    from rich.text import Text

    return Text(content or "")


def table(content: Any, *, markdown: bool, seconds: float | None) -> Any:
    """Content in a box, with the time it took when that is wanted."""
    from rich.box import ROUNDED
    from rich.table import Table

    made = Table(box=ROUNDED, border_style="blue", show_header=False)
    if seconds is not None:
        made.show_header = True
        made.add_column("Response")
        made.add_column(f"({seconds:.1f}s)")
    made.add_row(lines(content, markdown=markdown))
    return made


def has_output(item: Any) -> bool:
    """Whether an item is an output or carries content."""
    return getattr(item, "content", None) is not None


class Shown:
    """What has come of a stream so far."""

    def __init__(self) -> None:
        self.text = ""
        self.whole: Any = None

    def take(self, item: Any) -> bool:
        """Add an item; False when there is nothing to draw."""
        name = getattr(item, "event", None)
        if (
            isinstance(name, str)
            and not name.endswith("RunContent")
            and name not in ("WorkflowCompleted", "StepOutput")
        ):
            return False
        if not has_output(item):
            return False
        if isinstance(item.content, str) and name is not None and name.endswith("RunContent"):
            self.text += item.content
        else:
            self.whole = item.content
        return True

    @property
    def content(self) -> Any:
        """What is drawn."""
        return self.whole if self.whole is not None else self.text


def pprint_run_response(run_response: Any, markdown: bool = False, show_time: bool = False) -> None:
    """Print an output, or each piece of a stream as it comes."""
    from rich.live import Live

    begin = perf_counter()
    if hasattr(run_response, "content") or not isinstance(run_response, Iterable):
        from rich.console import Console

        Console().print(table(run_response.content, markdown=markdown, seconds=None))
        return
    shown = Shown()
    with Live() as live:
        for item in run_response:
            if shown.take(item):
                seconds = perf_counter() - begin if show_time else None
                live.update(table(shown.content, markdown=markdown, seconds=seconds))


async def apprint_run_response(run_response: Any, markdown: bool = False, show_time: bool = False) -> None:
    """`pprint_run_response` for async streams."""
    from rich.live import Live

    if not isinstance(run_response, AsyncIterable):
        pprint_run_response(run_response, markdown, show_time)
        return
    begin, shown = perf_counter(), Shown()
    with Live() as live:
        async for item in run_response:
            if shown.take(item):
                seconds = perf_counter() - begin if show_time else None
                live.update(table(shown.content, markdown=markdown, seconds=seconds))
