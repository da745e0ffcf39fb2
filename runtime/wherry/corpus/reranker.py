"""The base of rerankers: they reorder what a vector store found. Mirrors `agno.knowledge.reranker.base`.

Rerankers of Agno's own work by their methods. A pydantic model as in Agno, in a module that is imported when used.
"""

from __future__ import annotations

import asyncio
from inspect import signature

from pydantic import BaseModel, ConfigDict, Field

from wherry.corpus.document import Document  # noqa: TC001 - pydantic reads the annotations


class Reranker(BaseModel):
    """Base of rerankers; one of one's own implements `rerank`.

    Attributes:
        candidate_multiplier: Documents fetched for each one that is wanted.
        max_candidates: Documents fetched at most.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, populate_by_name=True)

    candidate_multiplier: int = Field(default=3, ge=1)
    max_candidates: int = Field(default=100, ge=1)

    def search_limit(self, max_results: int) -> int:
        """How many documents the vector store should find, for so many that are wanted."""
        return max(min(max_results * self.candidate_multiplier, self.max_candidates), max_results)

    def rerank(self, query: str, documents: list[Document], limit: int | None = None) -> list[Document]:
        """The documents in a better order; `limit` of them are kept."""
        raise NotImplementedError(f"{type(self).__name__} does not implement rerank()")

    def accepts_limit(self) -> bool:
        """Whether `rerank` takes a `limit`."""
        return "limit" in signature(self.rerank).parameters

    async def arerank(self, query: str, documents: list[Document], limit: int | None = None) -> list[Document]:
        """`rerank` in a thread."""
        given = {"limit": limit} if self.accepts_limit() else {}
        return await asyncio.to_thread(self.rerank, query, documents, **given)
