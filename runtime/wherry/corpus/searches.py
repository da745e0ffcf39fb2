"""The three kinds of search of a store by their own names, as Agno's `PgVector` has them. Mixed into `SqlVectors`."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.corpus.vectors import SearchType

if TYPE_CHECKING:
    from typing import Self

    from wherry.corpus.document import Document


class SearchesByKind:
    """Searches whose kind is in their name; `search` goes by `search_type`."""

    search_type: SearchType
    reranker: Any

    def search(self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None) -> list[Document]:
        """The store's own search."""
        raise NotImplementedError

    def vector_search(
        self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None
    ) -> list[Document]:
        """`search` by meaning, whatever `search_type` says."""
        return self._of_kind(SearchType.vector).search(query, limit, filters, user_id)

    def keyword_search(
        self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None
    ) -> list[Document]:
        """`search` by words, whatever `search_type` says; nothing is embedded and nothing reordered."""
        made = self._of_kind(SearchType.keyword)
        made.reranker = None
        return made.search(query, limit, filters, user_id)

    def hybrid_search(
        self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None
    ) -> list[Document]:
        """`search` by both, whatever `search_type` says."""
        return self._of_kind(SearchType.hybrid).search(query, limit, filters, user_id)

    def _of_kind(self, kind: SearchType) -> Self:
        """This store, searching in another way over the same connections."""
        made = copy(self)
        made.search_type = kind
        return made
