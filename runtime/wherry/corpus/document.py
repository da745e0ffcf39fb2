"""A piece of text that can be found: what readers make, chunkers cut, embedders number and vector stores keep."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from wherry.core.errors import ConfigurationError


@dataclass
class Document:
    """A text with its origin; mirrors `agno.knowledge.document.Document`.

    Attributes:
        content: The text.
        id: Identity within its source; a vector store derives the key of its row from it.
        name: What it is called, usually the file's or the content's name.
        meta_data: What filters see and the model is told.
        embedder: Makes the embedding when none is named.
        embedding: The vector; None until it is embedded.
        usage: Token counts of the embedding request.
        reranking_score: Set by a reranker.
        content_id: The content it was cut from.
        content_origin: Where that came from.
        size: Bytes of the text.
    """

    content: str
    id: str | None = None
    name: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    embedder: Any = None
    embedding: list[float] | None = None
    usage: dict[str, Any] | None = None
    reranking_score: float | None = None
    content_id: str | None = None
    content_origin: str | None = None
    size: int | None = None

    def embed(self, embedder: Any = None) -> None:
        """Fill `embedding` and `usage`.

        Raises:
            ConfigurationError: Neither the call nor the document names an embedder.
        """
        self.embedding, self.usage = self._embedder(embedder).get_embedding_and_usage(self.content)

    async def async_embed(self, embedder: Any = None) -> None:
        """`embed` on the event loop."""
        self.embedding, self.usage = await self._embedder(embedder).async_get_embedding_and_usage(self.content)

    def _embedder(self, embedder: Any) -> Any:
        chosen = embedder or self.embedder
        if chosen is None:
            raise ConfigurationError("No embedder provided", hint="Pass one, for example OpenAIEmbedder().")
        return chosen

    def to_dict(self) -> dict[str, Any]:
        """What a model is told: name (when there is one), metadata, text."""
        told = {"name": self.name, "meta_data": self.meta_data, "content": self.content}
        return {key: value for key, value in told.items() if value is not None or key == "content"}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Document:
        """From the fields by name."""
        return cls(**document)

    @classmethod
    def from_json(cls, document: str) -> Document:
        """From a JSON object of the fields."""
        return cls(**json.loads(document))
