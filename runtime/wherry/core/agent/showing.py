"""Printing what a run gave: an output, or a stream of events as it comes. Mirrors `agno.utils.pprint`."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from time import perf_counter
from typing import Any

from wherry.core.agent.boxes import styled, text_of


def lines(content: Any, *, markdown: bool) -> Any:
    """Content as rich draws it."""
    if not isinstance(content, str) and content is not None:
        from rich.json import JSON

        return JSON(text_of(content))
    if markdown:
        from rich.markdown import Markdown

        return Markdown(content or "")
    return styled(content or "")


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


def is_answer(item: Any) -> bool:
    """Whether an item of a stream is a piece of the answer, or the whole of it, and not a word about a call."""
    name = getattr(item, "event", None)
    return not isinstance(name, str) or name.endswith("RunContent") or name in ("WorkflowCompleted", "StepOutput")


class Shown:
    """What has come of a stream so far: as Agno does, the contents of all its events, one after the other."""

    def __init__(self, *, once: bool = False) -> None:
        self.once = once
        self.text = ""
        self.whole: Any = None

    def take(self, item: Any) -> bool:
        """Add an item; False when there is nothing to draw."""
        content, answer = getattr(item, "content", None), is_answer(item)
        if content is None or not (answer or (isinstance(content, str) and not self.once)):
            return False
        if not isinstance(content, str):
            self.whole = content
        elif self.once and not (getattr(item, "event", None) or "").endswith("RunContent"):
            self.text = content
        else:
            self.text += content
        return True

    @property
    def content(self) -> Any:
        """What is drawn."""
        return self.whole if self.whole is not None else self.text


def pprint_run_response(
    run_response: Any, markdown: bool = False, show_time: bool = False, *, once: bool = False
) -> None:
    """Print an output, or each piece of a stream as it comes.

    Args:
        run_response: The output, or a stream of events.
        markdown: Whether texts are Markdown.
        show_time: Whether a stream's box shows how long it took.
        once: Draw of a stream only the answer. Agno adds up what all its events say, so that an answer may come twice.
    """
    from rich.live import Live

    begin = perf_counter()
    if hasattr(run_response, "content") or not isinstance(run_response, Iterable):
        from rich.console import Console

        Console().print(table(run_response.content, markdown=markdown, seconds=None))
        return
    shown = Shown(once=once)
    with Live() as live:
        for item in run_response:
            if shown.take(item):
                seconds = perf_counter() - begin if show_time else None
                live.update(table(shown.content, markdown=markdown, seconds=seconds))


async def apprint_run_response(
    run_response: Any, markdown: bool = False, show_time: bool = False, *, once: bool = False
) -> None:
    """`pprint_run_response` for async streams."""
    from rich.live import Live

    if not isinstance(run_response, AsyncIterable):
        pprint_run_response(run_response, markdown, show_time, once=once)
        return
    begin, shown = perf_counter(), Shown(once=once)
    with Live() as live:
        async for item in run_response:
            if shown.take(item):
                seconds = perf_counter() - begin if show_time else None
                live.update(table(shown.content, markdown=markdown, seconds=seconds))
