"""Cassettes: what a script asked a model and what it was told, without credentials; and their player.

The shape is `contracts/cassette.schema.json`. A player is a reply function of the replay server.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.errors import WherryError
from wherry.testing import RecordedRequest, Reply
from wherry.testing.dialects import dialect_of
from wherry.testing.request import REMOVED
from wherry_portal.sources import check, load, write_atomic
from wherry_portal.sources.complaint import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SCHEMA = "cassette.schema.json"
_SECRET_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SECRET_TEXTS = re.compile(r"\b(?:sk|pk|rk|ghp|gho|xox[abp]|AIza)[-_][A-Za-z0-9_-]{16,}|Bearer [A-Za-z0-9._-]{8,}")
_SHORTEST_SECRET = 8
_VOLATILE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\b[0-9a-f]{32}\b"
)


class CassetteError(WherryError):
    """A request that the cassette has no answer for."""

    code = "cassette"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer.

    Attributes:
        method: HTTP method.
        path: Path of the request.
        body: Its JSON body.
        status: HTTP status of the answer.
        content_type: Content type of the answer.
        answer: The JSON body, or the text when it is not JSON; None for a stream.
        frames: The server-sent events of a stream, each with its blank line.
        timing: Seconds before each frame.
    """

    method: str
    path: str
    body: Any
    status: int = 200
    content_type: str = "application/json"
    answer: Any = None
    frames: tuple[str, ...] = ()
    timing: tuple[float, ...] = ()

    @property
    def request(self) -> RecordedRequest:
        """The request in the words of the replay server."""
        return RecordedRequest(0, self.method, self.path, "", {}, self.body, dialect_of(self.path))

    def reply(self, *, timed: bool) -> Reply:
        """The recorded answer, word for word."""
        raw = list(self.frames) if self.answer is None else self.answer
        if self.status >= 400 and isinstance(self.answer, dict):
            return Reply(status=self.status, error=self.answer)
        timing = self.timing if timed else ()
        return Reply(raw=raw, status=self.status, content_type=self.content_type, timing=timing)


def write_cassette(
    path: Path, head: Mapping[str, Any], exchanges: Iterable[Exchange], secrets: Iterable[str] = ()
) -> None:
    """Write a cassette; credentials of the environment and whatever looks like one are replaced.

    Args:
        path: The file.
        head: What made it: `date`, `command`, `versions`, `upstream`, `created`.
        exchanges: In order of the requests.
        secrets: Further texts to be removed.
    """
    data = {"schema": 1, **head, "exchanges": [_as_data(exchange) for exchange in exchanges]}
    text = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    write_atomic(path, without_secrets(text, secrets) + "\n")


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """A text with every credential replaced by `[removed]`."""
    known = {
        value for name, value in os.environ.items() if _SECRET_NAMES.search(name) and len(value) >= _SHORTEST_SECRET
    }
    for secret in sorted({*known, *secrets}, key=len, reverse=True):
        text = text.replace(secret, REMOVED)
    return _SECRET_TEXTS.sub(REMOVED, text)


@dataclass(frozen=True, slots=True)
class Cassette:
    """A cassette as it was read.

    Attributes:
        exchanges: In the order of the requests.
        created: SQLite files (relative to the working folder) that the recorded run made; a replay starts without them.
    """

    exchanges: tuple[Exchange, ...]
    created: tuple[str, ...] = ()


def read_cassette(path: Path) -> Cassette:
    """Read a cassette.

    Raises:
        SourceError: With file, line and field.
    """
    source = load(path)
    complaints = check(source, SCHEMA)
    if complaints:
        raise SourceError(complaints, hint="Cassettes are made by `wherry record`.")
    exchanges = tuple(_from_data(entry) for entry in source.data["exchanges"])
    return Cassette(exchanges, tuple(source.data.get("created", ())))


@dataclass
class Player:
    """Answers requests out of a cassette: by the same conversation, else by the same words, else the next of its API.

    Of several, as when branches of a `Parallel` ask about one input, the one whose instructions are most alike.

    Attributes:
        exchanges: The cassette.
        timed: Whether streams keep their recorded timing.
        loose: Requests that were answered in order because no recorded conversation was the same.
        strange: What was asked in words that no exchange holds, whatever answer it was given.
        unanswered: What was asked when no answer of its API was left.
    """

    exchanges: tuple[Exchange, ...]
    timed: bool = False
    loose: list[int] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    def __call__(self, request: RecordedRequest) -> Reply:
        """The recorded answer for a request.

        Raises:
            CassetteError: No exchange of this API is left.
        """
        left = [k for k in range(len(self.exchanges)) if k not in self._used and self._fits(k, request)]
        wanted = conversation(request)
        same = [k for k in left if conversation(self.exchanges[k].request) == wanted]
        if not left:
            self.unanswered.append(question(request))
            raise CassetteError(
                f"the cassette has no answer left for {request.method} {request.path} ({request.model!r})",
                hint="Record it again with `wherry record`.",
            )
        if not same:
            self.loose.append(request.n)
            if all(words(exchange.request) != words(request) for exchange in self.exchanges):
                self.strange.append(question(request))
        # An answer that this side passed over, as after a cancel, is not given to what is asked later, unless it is to
        # the same words: requests side by side arrive in either order, and a tool may have answered otherwise.
        later = [k for k in left if k > max(self._used, default=-1)]
        asked = [k for k in (*later, *left) if words(self.exchanges[k].request) == words(request)]
        fitting = same or asked or (later or left)[:1]
        chosen = max(fitting, key=lambda k: likeness(request, self.exchanges[k].request))
        self._used.add(chosen)
        return self.exchanges[chosen].reply(timed=self.timed)

    def unused(self) -> list[str]:
        """One line for every exchange that nobody asked for."""
        left = [exchange for k, exchange in enumerate(self.exchanges) if k not in self._used]
        return [f"{exchange.method} {exchange.path} was not asked for again" for exchange in left]

    def _fits(self, position: int, request: RecordedRequest) -> bool:
        recorded = self.exchanges[position].request
        return (recorded.dialect, recorded.stream) == (request.dialect, request.stream)


def conversation(request: RecordedRequest) -> tuple[Any, ...]:
    """What users, tools and the model said in a request, and its tools' names; no framework's words, ids or times.

    The tools tell apart what is asked at the same time about the same words: an answer, and what to remember of it.
    """
    turns = [(role, _VOLATILE.sub("", text)) for role, text in request.turns if role != "system"]
    tools = tuple(sorted(request.tool_names))
    return request.dialect, request.model, request.stream, tools, tuple(turns) or orjson.dumps(request.body)


def likeness(one: RecordedRequest, other: RecordedRequest) -> float:
    """How much two requests share of what they tell the model besides: 1 for the same words, 0 for none of them."""
    left, right = (
        Counter(word for role, text in request.turns if role == "system" for word in text.split())
        for request in (one, other)
    )
    return 2 * (left & right).total() / ((left.total() + right.total()) or 2)


def words(request: RecordedRequest) -> tuple[str, ...] | bytes:
    """What was asked, whatever tools answered since: what the user said, no ids or times; without turns, the body."""
    said = tuple(_VOLATILE.sub("", text) for role, text in request.turns if role == "user")
    return said or orjson.dumps(request.body)


def question(request: RecordedRequest) -> str:
    """The last words of `words`, for people."""
    said = words(request)
    return said.decode() if isinstance(said, bytes) else said[-1]


def _as_data(exchange: Exchange) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": exchange.status, "content_type": exchange.content_type}
    if exchange.answer is None:
        answer.update(frames=list(exchange.frames), timing=[round(seconds, 4) for seconds in exchange.timing])
    else:
        answer["body"] = exchange.answer
    return {"request": {"method": exchange.method, "path": exchange.path, "body": exchange.body}, "response": answer}


def _from_data(entry: Mapping[str, Any]) -> Exchange:
    asked, told = entry["request"], entry["response"]
    return Exchange(
        method=asked["method"],
        path=asked["path"],
        body=asked.get("body"),
        status=told["status"],
        content_type=told["content_type"],
        answer=told.get("body"),
        frames=tuple(told.get("frames", ())),
        timing=tuple(told.get("timing", ())),
    )
