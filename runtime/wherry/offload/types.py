"""What a store of tool results answers; mirrors `agno.offload.types`."""

from __future__ import annotations

from dataclasses import dataclass

NEVER_OFFLOADED_TOOLS = ("read_result", "search_result")
"""The tools that read results back. What they say is short by itself, and they are free of the limit of tool calls."""


@dataclass
class ResultRef:
    """A result that is kept.

    Attributes:
        result_id: By which it is read back.
        path: Of its text, in the namespace of its session.
        tool_name: Whose result it is.
        size_bytes: Of the text.
        line_count: Of the text.
        content_type: `json` or `text`.
        created_at: Seconds since 1970.
    """

    result_id: str
    path: str
    tool_name: str
    size_bytes: int
    line_count: int
    content_type: str
    created_at: int


@dataclass
class ResultPage:
    """A part of a result.

    Attributes:
        text: The part.
        start_line: The line it begins in, from 1.
        end_line: The line it ends in.
        line_count: Lines of the whole result.
        truncated: The page ended before what was asked for did.
        next_start_line: Where the next page begins; None when this one ends the result.
        next_start_char: At which character of that line, when this page ended inside it.
    """

    text: str
    start_line: int
    end_line: int
    line_count: int
    truncated: bool
    next_start_line: int | None
    next_start_char: int = 0


@dataclass
class ResultMatch:
    """A place in a result that a pattern fits.

    Attributes:
        line_number: Of the line it begins in, from 1.
        line: The line, or 500 characters of it around the place; with context a block of numbered lines.
        char_offset: Where in its line it begins, from 0.
        more: The search ended here, and there may be more.
    """

    line_number: int
    line: str
    char_offset: int = 0
    more: bool = False


__all__ = ["NEVER_OFFLOADED_TOOLS", "ResultMatch", "ResultPage", "ResultRef"]
