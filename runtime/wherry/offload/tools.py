"""The tools by which a model reads offloaded results, and what it is told about them; mirrors `agno.offload.tools`.

A result is read in its own session only. Called by `own_tools`, and by whoever builds a run of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Optional

from wherry.core.tools.function import Function
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.offload.matching import SEARCH_MAX_MATCHES
from wherry.offload.paging import READ_MAX_CHARS

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.offload.types import ResultMatch, ResultPage

OFFLOAD_INSTRUCTION = (
    "Of a long tool result you see the beginning and the end only, in a result tag that has an id. "
    "What is left out may matter: before you answer from such a result, find the place with search_result and read "
    "it with read_result, by its line and start_char and with a small max_chars rather than the whole."
)


class Reader:
    """What the tools do.

    Args:
        owner: An agent or team; its `result_store` is looked at when a tool is called.
        context: The run's; results of other sessions and users are not read.
        waits: How it waits.
    """

    def __init__(self, owner: Any, context: Any, waits: Waits) -> None:
        self.owner, self.context, self.waits = owner, context, waits

    async def store_for(self, result_id: str) -> Any:
        """The store, when this run may read the result from it; what is wrong as a text otherwise."""
        store = self.owner._result_store  # noqa: SLF001 - our own object
        if store is None:
            return "Error: no results are kept apart here."
        row = await self.waits.wire(store.get_row, store.aget_row, result_id)
        if row is None:
            return f"Error: unknown result id {result_id!r}; the id stands in the <result> tag."
        if str(row["session_id"]) != str(self.context.session_id):
            return f"Error: result {result_id} is from a different session and cannot be read here."
        users = row["user_id"], self.context.user_id
        if None not in users and str(users[0]) != str(users[1]):
            return f"Error: result {result_id} is of a different user and cannot be read here."
        return store

    async def read(self, result_id: str, *where: Any) -> str:
        """A page, or what went wrong."""
        try:
            store = await self.store_for(result_id)
            if isinstance(store, str):
                return store
            page = await self.waits.wire(store.read, store.aread, result_id, *where)
        except Exception as error:  # noqa: BLE001 - the model is told, whatever a database raises
            return f"Error: {result_id} could not be read: {error}"
        return page_text(result_id, page)

    async def search(self, result_id: str, pattern: str, context_lines: int) -> str:
        """The matches, or what went wrong."""
        try:
            store = await self.store_for(result_id)
            if isinstance(store, str):
                return store
            found = await self.waits.wire(store.search, store.asearch, result_id, pattern, context_lines)
        except re.error as error:
            return f"Error: invalid regular expression {pattern!r}: {error}"
        except Exception as error:  # noqa: BLE001 - as above
            return f"Error: {result_id} could not be searched: {error}"
        return matches_text(result_id, found)


def page_text(result_id: str, page: ResultPage) -> str:
    """A page as the model reads it."""
    told = f"{result_id}, lines {page.start_line}-{page.end_line} of {page.line_count}."
    if page.next_start_line is not None:
        at = f", start_char={page.next_start_char}" if page.next_start_char else ""
        told += f" It goes on at start_line={page.next_start_line}{at}."
    return f"{told}\n{page.text}"


def matches_text(result_id: str, found: list[ResultMatch]) -> str:
    """Matches as the model reads them."""
    if not found:
        return f"Nothing in {result_id} fits the pattern."
    if found[-1].more or len(found) >= SEARCH_MAX_MATCHES:
        told = [f"First {len(found)} matches in {result_id}; there may be more, a narrower pattern shows others:"]
    else:
        told = [f"{len(found)} match(es) in {result_id}:"]
    for match in found:
        number, at = match.line_number, f"(char {match.char_offset})"
        if "\n" in match.line:
            told.append(f"match at line {number} {at}:\n{match.line}")
        elif match.line.startswith("...") or match.line.endswith("..."):
            told.append(f"{number} {at}: {match.line}")
        else:
            told.append(f"{number}: {match.line}")
    return "\n".join(told)


def get_read_result_function(owner: Any, run_context: Any, async_mode: bool = False) -> Function:
    """The tool `read_result`.

    Args:
        owner: An agent or team.
        run_context: Of the run.
        async_mode: Make a coroutine of it.
    """
    reader = Reader(owner, run_context, LOOPING if async_mode else BLOCKING)

    def read_result(
        result_id: str,
        start_line: int = 1,
        end_line: Optional[int] = None,  # noqa: UP045 - tells the model no null, as in Agno
        start_char: int = 0,
        max_chars: int = READ_MAX_CHARS,
    ) -> str:
        """Read a part of a long tool result, at most 400 lines and 16000 characters at a time.

        The answer says where the result goes on.

        Args:
            result_id: The id in the result's tag.
            start_line: The line to begin with, counted from 1.
            end_line: The last line to read; the end of the result when not given.
            start_char: Where in the first line to begin, counted from 0.
            max_chars: How much to read, 1 to 16000 characters.
        """
        return finish(reader.read(result_id, start_line, end_line, start_char, max_chars))

    async def aread_result(
        result_id: str,
        start_line: int = 1,
        end_line: Optional[int] = None,  # noqa: UP045 - as above
        start_char: int = 0,
        max_chars: int = READ_MAX_CHARS,
    ) -> str:
        return await reader.read(result_id, start_line, end_line, start_char, max_chars)

    aread_result.__doc__ = read_result.__doc__
    return Function.from_callable(aread_result if async_mode else read_result, name="read_result")


def get_search_result_function(owner: Any, run_context: Any, async_mode: bool = False) -> Function:
    """The tool `search_result`; see `get_read_result_function`."""
    reader = Reader(owner, run_context, LOOPING if async_mode else BLOCKING)

    def search_result(result_id: str, pattern: str, context_lines: int = 0) -> str:
        """Find places in a long tool result, at most 20 of them.

        Of a long line the answer shows the part around the place, and at which character it is: read on from there
        with read_result.

        Args:
            result_id: The id in the result's tag.
            pattern: A regular expression in Python's form.
            context_lines: How many lines to show before and after each place, at most 20.
        """
        return finish(reader.search(result_id, pattern, context_lines))

    async def asearch_result(result_id: str, pattern: str, context_lines: int = 0) -> str:
        return await reader.search(result_id, pattern, context_lines)

    asearch_result.__doc__ = search_result.__doc__
    return Function.from_callable(asearch_result if async_mode else search_result, name="search_result")


__all__ = ["OFFLOAD_INSTRUCTION", "get_read_result_function", "get_search_result_function"]
