"""Embeddings, moderations and all that is no conversation: answered without the script unless a reply asks for them.

Every function has the shape of a `Dialect` and takes what it needs of it.
"""

from __future__ import annotations

import base64
import re
import zlib
from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.testing.request import RecordedRequest
    from wherry.testing.script import Reply

DIMENSIONS = 1536
"""Length of an embedding when the request does not say."""

_CATEGORIES = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence")


def embeddings(_reply: Reply, request: RecordedRequest, _stamp: str) -> dict[str, Any]:
    """One deterministic vector for each input text: texts that share words are near each other."""
    body = request.body if isinstance(request.body, dict) else {}
    given = body.get("input")
    texts = given if isinstance(given, list) and given and isinstance(given[0], (str, list)) else [given]
    size = body.get("dimensions") or DIMENSIONS
    vectors = [embedding_of(str(text), size) for text in texts]
    encode = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": k, "embedding": _packed(vector) if encode else vector}
        for k, vector in enumerate(vectors)
    ]
    tokens = sum(len(str(text).split()) for text in texts)
    return {
        "object": "list",
        "data": data,
        "model": request.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def embedding_of(text: str, size: int) -> list[float]:
    """A unit vector of `size` numbers: a hashed bag of the words in the text."""
    vector = [0.0] * size
    for word in re.findall(r"\w+", text.lower()) or [""]:
        vector[zlib.crc32(word.encode()) % size] += 1.0
    length = sum(x * x for x in vector) ** 0.5
    return [x / length for x in vector]


def moderations(reply: Reply, request: RecordedRequest, stamp: str) -> dict[str, Any]:
    """A moderation result that flags nothing, or the categories named in `reply.content`."""
    flagged = set((reply.content or "").replace(",", " ").split())
    given = request.body.get("input") if isinstance(request.body, dict) else None
    result = {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in _CATEGORIES},
        "category_scores": {name: 0.99 if name in flagged else 0.01 for name in _CATEGORIES},
        "category_applied_input_types": {name: ["text"] for name in _CATEGORIES},
    }
    results = [result] * (len(given) if isinstance(given, list) and given and isinstance(given[0], str) else 1)
    return {"id": reply.id or f"modr-{stamp}", "model": request.model or "omni-moderation-latest", "results": results}


def plain(reply: Reply, _request: RecordedRequest, _stamp: str) -> dict[str, Any]:
    """The content of a reply for a path that is no model API."""
    return {"content": reply.content, **reply.extra}


def no_stream(_reply: Reply, _request: RecordedRequest, _stamp: str) -> Iterator[bytes]:
    """These APIs do not stream."""
    yield from ()


def _packed(vector: list[float]) -> str:
    return base64.b64encode(array("f", vector).tobytes()).decode()
