"""Turning texts into vectors: the base of embedders.

Mirrors `agno.knowledge.embedder.base`. Embedders of other libraries work by their four `get_embedding` methods.
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from wherry.core.errors_services import EmbeddingError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Embedder:
    """Base of embedders; mirrors `agno.knowledge.embedder.base.Embedder`.

    Attributes:
        dimensions: Numbers in a vector.
        enable_batch: Send many texts in one request when documents are inserted.
        batch_size: Texts in a request.
    """

    dimensions: int | None = 1536
    enable_batch: bool = False
    batch_size: int = 100

    def get_embedding(self, text: str) -> list[float]:
        """A text's vector."""
        raise NotImplementedError(f"{type(self).__name__} does not implement get_embedding()")

    def get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        """A text's vector, and the token counts of the request when there are any."""
        raise NotImplementedError(f"{type(self).__name__} does not implement get_embedding_and_usage()")

    async def async_get_embedding(self, text: str) -> list[float]:
        """`get_embedding` on the event loop."""
        raise NotImplementedError(f"{type(self).__name__} does not implement async_get_embedding()")

    async def async_get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        """`get_embedding_and_usage` on the event loop."""
        raise NotImplementedError(f"{type(self).__name__} does not implement async_get_embedding_and_usage()")


def raise_embedding_error(error: Exception, model_id: str | None = None, provider: str | None = None) -> NoReturn:
    """Raise any failure of an embedder as an `EmbeddingError` that keeps the HTTP status.

    Raises:
        EmbeddingError: Always.
    """
    if isinstance(error, EmbeddingError):
        raise error
    status = getattr(error, "status_code", None)
    raise EmbeddingError(
        f"Failed to generate embedding: {error}",
        status_code=status if isinstance(status, int) else None,
        model_id=model_id,
        provider=provider,
    ) from error


@dataclass
class HashingEmbedder(Embedder):
    """Vectors from the words of a text, made on this machine: for tests, examples and the first hour.

    It needs no key, no network and no model, and gives the same vector everywhere. Texts are near each other when they
    share words or parts of words; synonyms are not. Use an embedding model when meaning counts.

    Attributes:
        id: Name shown where a model's id is shown.
        dimensions: Numbers in a vector.
    """

    id: str = "hashing"
    dimensions: int | None = 512

    def get_embedding(self, text: str) -> list[float]:
        """The text's vector, of length 1."""
        size = self.dimensions or 512
        vector = [0.0] * size
        for feature, weight in _features(text):
            number = zlib.crc32(feature.encode())
            vector[number % size] += weight if number & 0x80000000 else -weight
        length = math.sqrt(sum(value * value for value in vector))
        if not length:
            vector[0] = length = 1.0
        return [value / length for value in vector]

    def get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        """The vector; there is no usage."""
        return self.get_embedding(text), None

    async def async_get_embedding(self, text: str) -> list[float]:
        """`get_embedding`, in place."""
        return self.get_embedding(text)

    async def async_get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        """`get_embedding_and_usage`, in place."""
        return self.get_embedding(text), None


# Words that say nothing about what a text is about.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by did do does for from had has have how i in is it its me of on or our so that the "
        "their they this to was we were what when where which who why will with you your",
    )
)


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Words, how they begin, and their parts of four letters, so that inflected words meet."""
    for word in re.findall(r"\w+", text.lower()):
        if word in _COMMON:
            continue
        yield word, 0.7
        if len(word) >= 4:
            yield f"^{word[:4]}", 0.8
            for start in range(1, len(word) - 3):
                yield f"#{word[start : start + 4]}", 0.15
