"""The APIs the replay server speaks: path → dialect, dialect → how a `Reply` is written, whole or as a stream.

A dialect is three pure functions over a `Reply`; adding an API is one module and one line in `DIALECTS`.
Called by `wherry.testing.server`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.testing.dialects import chat_completions, gemini, messages, others, responses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry.testing.request import RecordedRequest
    from wherry.testing.script import Reply


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one API words an answer.

    Attributes:
        whole: The JSON body of a plain answer. Takes the reply, the request and the stamp that numbers ids.
        stream: The server-sent events of a streamed answer, one frame (bytes) each.
        failure: The JSON body of an error with this status and message.
    """

    whole: Callable[[Reply, RecordedRequest, str], dict[str, Any]]
    stream: Callable[[Reply, RecordedRequest, str], Iterator[bytes]]
    failure: Callable[[int, str], dict[str, Any]]


DIALECTS: dict[str, Dialect] = {
    "chat": Dialect(chat_completions.whole, chat_completions.stream, chat_completions.failure),
    "responses": Dialect(responses.whole, responses.stream, chat_completions.failure),
    "messages": Dialect(messages.whole, messages.stream, messages.failure),
    "gemini": Dialect(gemini.whole, gemini.stream, gemini.failure),
    "embeddings": Dialect(others.embeddings, others.no_stream, chat_completions.failure),
    "moderations": Dialect(others.moderations, others.no_stream, chat_completions.failure),
    "other": Dialect(others.plain, others.no_stream, chat_completions.failure),
}

_ENDINGS = (
    ("/chat/completions", "chat"),
    ("/responses", "responses"),
    ("/messages", "messages"),
    ("/embeddings", "embeddings"),
    ("/moderations", "moderations"),
)


def dialect_of(path: str) -> str:
    """The dialect a request path belongs to, by its ending; `other` when none."""
    for ending, name in _ENDINGS:
        if path.endswith(ending):
            return name
    if path.endswith((":generateContent", ":streamGenerateContent")):
        return "gemini"
    return "other"
