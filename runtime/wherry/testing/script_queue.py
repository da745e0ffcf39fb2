"""Which reply a request gets: conditional replies first, the others in order, and a refusal that shows the difference.

`ScriptQueue` is used from the server's loop thread only; `server` reads its counters under the same lock.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import orjson

from wherry.testing.errors import ScriptError
from wherry.testing.script import ERROR_STATUS, Reply, ReplyFunction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.testing.request import RecordedRequest


UNSCRIPTED = ("embeddings", "moderations")
"""Dialects that take no reply in order: only one whose `when` fits, else the server answers by itself."""


class ScriptQueue:
    """The replies of one script and how many times each was used."""

    def __init__(self, replies: Iterable[Any]) -> None:
        self.entries: list[Reply | ReplyFunction] = []
        self.used: list[int] = []
        self._cursor = 0
        self._conditional: list[int] = []
        self.extend(replies)

    def extend(self, replies: Iterable[Any]) -> None:
        """Append replies (texts, mappings, `Reply` objects or functions of the request)."""
        for value in replies:
            entry = value if callable(value) else Reply.read(value, f"replies[{len(self.entries)}]")
            if isinstance(entry, Reply) and entry.when is not None:
                if entry.expect is not None:
                    raise ScriptError(
                        f"replies[{len(self.entries)}]",
                        "`when` picks a request, `expect` checks the next one: give one",
                    )
                self._conditional.append(len(self.entries))
            self.entries.append(entry)
            self.used.append(0)

    def take(self, request: RecordedRequest) -> Reply | None:
        """The reply for this request (its position goes to `request.reply`), or None when the script refuses it."""
        for position in self._conditional:
            entry = self.entries[position]
            if (
                isinstance(entry, Reply)
                and entry.when is not None
                and self._left(position)
                and not entry.when.complaints(request)
            ):
                return self._use(position, request)
        in_order = self._next_in_order()
        if in_order is None or request.dialect in UNSCRIPTED:
            return None
        entry = self.entries[in_order]
        if isinstance(entry, Reply) and entry.expect is not None and entry.expect.complaints(request):
            return None
        return self._use(in_order, request)

    def refusal(self, request: RecordedRequest) -> str:
        """Why `take` refused this request: what was expected, what came, and the difference."""
        lines = [f"replay: no reply of the script fits request {request.n} ({request.method} {request.path})"]
        position = self._next_in_order()
        entry = self.entries[position] if position is not None else None
        if isinstance(entry, Reply) and entry.expect is not None:
            lines.append(f"expected by replies[{position}]:")
            lines += [f"  - {line}" for line in entry.expect.complaints(request)]
            if entry.expect.body is not None:
                lines += _difference(entry.expect.body, request.body)
        elif position is None:
            ordered = len(self.entries) - len(self._conditional)
            lines.append(f"expected: nothing more; all {ordered} replies that go in order were used")
        for k in self._conditional:
            candidate = self.entries[k]
            if isinstance(candidate, Reply) and candidate.when is not None:
                state = (
                    "; ".join(candidate.when.complaints(request))
                    if self._left(k)
                    else f"used {self.used[k]} of {candidate.times} times"
                )
                lines.append(f"replies[{k}] (when): {state}")
        lines.append("got:")
        lines += [f"  {role}: {text[:300]}" for role, text in request.turns[-4:]] or [f"  {request.body!r:.300}"]
        lines.append("Next: add a reply for it, give a reply `times: forever`, or correct what the code asks.")
        return "\n".join(lines)

    def unused(self) -> list[str]:
        """One line for every reply that was never, or not often enough, asked for (`forever` replies never count)."""
        found = []
        for position, entry in enumerate(self.entries):
            if isinstance(entry, Reply) and entry.times is not None and self.used[position] < entry.times:
                found.append(
                    f"replies[{position}] used {self.used[position]} of {entry.times} times: {_headline(entry)}"
                )
        return found

    def _use(self, position: int, request: RecordedRequest) -> Reply:
        self.used[position] += 1
        request.reply = position
        entry = self.entries[position]
        return entry if isinstance(entry, Reply) else Reply.read(entry(request), f"replies[{position}]()")

    def _left(self, position: int) -> bool:
        entry = self.entries[position]
        return not isinstance(entry, Reply) or entry.times is None or self.used[position] < entry.times

    def _next_in_order(self) -> int | None:
        while self._cursor < len(self.entries):
            entry = self.entries[self._cursor]
            if not (isinstance(entry, Reply) and entry.when is not None) and self._left(self._cursor):
                return self._cursor
            self._cursor += 1
        return None


def _headline(reply: Reply) -> str:
    if reply.tool_calls:
        return "tool calls " + ", ".join(call.name for call in reply.tool_calls)
    if reply.status >= ERROR_STATUS:
        return f"status {reply.status}"
    return repr((reply.content or "")[:60])


def _difference(wanted: Any, got: Any) -> list[str]:
    def lines(value: Any) -> list[str]:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=str).decode().splitlines()

    return list(difflib.unified_diff(lines(wanted), lines(got), "expected", "got", lineterm="", n=2))[:80]
