"""What a vector store is: its methods, kinds of search, distances and scores. Mirrors `agno.vectordb`.

Stores of other libraries need not derive from `VectorDb`: a knowledge base asks for methods by name. Those that do not
know owners (no `user_id` parameter) work as long as nothing is asked for a single owner; see `owners`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.corpus.content import id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wherry.corpus.document import Document


class SearchType(str, Enum):
    """How documents are found: by meaning, by words, or by both."""

    vector = "vector"
    keyword = "keyword"
    hybrid = "hybrid"


class Distance(str, Enum):
    """How far apart two vectors are."""

    cosine = "cosine"
    l2 = "l2"
    max_inner_product = "max_inner_product"


def normalize_cosine(distance: float) -> float:
    """A similarity from 0 to 1 of a cosine distance from 0 to 2."""
    return max(0.0, min(1.0, 1.0 - distance)) if math.isfinite(distance) else 0.0


def normalize_l2(distance: float) -> float:
    """A similarity from 0 to 1 of a Euclidean distance."""
    return 1.0 / (1.0 + distance) if math.isfinite(distance) else 0.0


def normalize_max_inner_product(inner_product: float) -> float:
    """A similarity from 0 to 1 of an inner product of unit vectors."""
    if math.isnan(inner_product):
        return 0.0
    return max(0.0, min(1.0, (inner_product + 1.0) / 2.0))


def normalize_score(distance: float, metric: Distance) -> float:
    """A similarity from 0 to 1 of a distance in a metric.

    Raises:
        ConfigurationError: (a ValueError) the metric is unknown.
    """
    known = {
        Distance.cosine: normalize_cosine,
        Distance.l2: normalize_l2,
        Distance.max_inner_product: normalize_max_inner_product,
    }
    return _of_metric(known, metric)(distance)


def score_to_cosine_distance(similarity: float) -> float:
    """The cosine distance of a similarity."""
    return 1.0 - similarity


def score_to_l2_distance(similarity: float) -> float:
    """The Euclidean distance of a similarity.

    Raises:
        ConfigurationError: (a ValueError) the similarity is not above 0.
    """
    if similarity <= 0:
        raise ConfigurationError("similarity must be > 0 for L2 distance conversion", hint=f"It is {similarity!r}.")
    return 1.0 / similarity - 1.0


def score_to_max_inner_product(similarity: float) -> float:
    """The inner product of a similarity."""
    return 2.0 * similarity - 1.0


def score_to_distance_threshold(similarity: float, metric: Distance) -> float:
    """The distance in a metric that a similarity stands for.

    Raises:
        ConfigurationError: (a ValueError) the metric is unknown.
    """
    known = {
        Distance.cosine: score_to_cosine_distance,
        Distance.l2: score_to_l2_distance,
        Distance.max_inner_product: score_to_max_inner_product,
    }
    return _of_metric(known, metric)(similarity)


def _of_metric(known: Mapping[Distance, Callable[[float], float]], metric: Any) -> Callable[[float], float]:
    try:
        return known[metric]
    except KeyError as error:
        raise ConfigurationError(
            f"Unknown distance metric: {metric}", hint=f"One of {[item.value for item in Distance]}."
        ) from error


class VectorDb(ABC):
    """Base of vector stores; mirrors `agno.vectordb.base.VectorDb`.

    `user_id` is the owner of documents: a search finds the owner's and everybody's (None: all), a write stores for the
    owner (None: for everybody), a deletion takes the owner's only (None: all).

    Args:
        id: Identity; by default made from the name.
        name: What it is called; by default the class's name.
        description: What it holds.
        similarity_threshold: Documents below this similarity (0 to 1) are not found.

    Raises:
        ConfigurationError: (a ValueError) the threshold is not between 0 and 1.
    """

    reranker: Any = None

    def __init__(
        self,
        *,
        id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        similarity_threshold: float | None = None,
    ) -> None:
        if similarity_threshold is not None and not 0.0 <= similarity_threshold <= 1.0:
            raise ConfigurationError(
                f"similarity_threshold must be between 0.0 and 1.0, not {similarity_threshold!r}.",
                hint="0.3 is a place to start.",
            )
        self.name = name or type(self).__name__
        self.description = description
        self.similarity_threshold = similarity_threshold
        self.id = id or id_of(self.name)

    @abstractmethod
    def create(self) -> None:
        """Make what the store needs, unless it is there."""

    @abstractmethod
    async def async_create(self) -> None:
        """`create` on the event loop."""

    @abstractmethod
    def name_exists(self, name: str) -> bool:
        """Whether a document of this name is stored."""

    @abstractmethod
    def async_name_exists(self, name: str) -> Any:
        """`name_exists` on the event loop."""

    @abstractmethod
    def id_exists(self, id: str) -> bool:
        """Whether a document of this id is stored."""

    @abstractmethod
    def content_hash_exists(self, content_hash: str, user_id: str | None = None) -> bool:
        """Whether an owner's documents of this content are stored."""

    @abstractmethod
    def insert(
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        user_id: str | None = None,
    ) -> None:
        """Embed and store documents; `filters` joins their metadata."""

    @abstractmethod
    async def async_insert(
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        user_id: str | None = None,
    ) -> None:
        """`insert` on the event loop."""

    def upsert_available(self) -> bool:
        """Whether `upsert` works."""
        return False

    @abstractmethod
    def upsert(
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        user_id: str | None = None,
    ) -> None:
        """Embed documents and store them in the place of those of the same content."""

    @abstractmethod
    async def async_upsert(
        self,
        content_hash: str,
        documents: list[Document],
        filters: dict[str, Any] | None = None,
        user_id: str | None = None,
    ) -> None:
        """`upsert` on the event loop."""

    @abstractmethod
    def search(self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None) -> list[Document]:
        """The best documents for a query, the best one first."""

    @abstractmethod
    async def async_search(
        self, query: str, limit: int = 5, filters: Any = None, user_id: str | None = None
    ) -> list[Document]:
        """`search` on the event loop."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the store's tables."""

    @abstractmethod
    async def async_drop(self) -> None:
        """`drop` on the event loop."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether what `create` makes is there."""

    @abstractmethod
    async def async_exists(self) -> bool:
        """`exists` on the event loop."""

    def optimize(self) -> None:
        """Build or rebuild indexes; a store that has none has nothing to do."""
        raise NotImplementedError(f"{type(self).__name__} has no indexes to build")

    @abstractmethod
    def delete(self) -> bool:
        """Remove all documents."""

    @abstractmethod
    def delete_by_id(self, id: str) -> bool:
        """Remove the document of this id."""

    @abstractmethod
    def delete_by_name(self, name: str) -> bool:
        """Remove the documents of this name."""

    @abstractmethod
    def delete_by_metadata(self, metadata: dict[str, Any]) -> bool:
        """Remove the documents whose metadata holds these entries."""

    def update_metadata(self, content_id: str, metadata: dict[str, Any]) -> None:
        """Join entries to the metadata of a content's documents; stores that cannot say so in the log."""
        from wherry.core.log import log_warning

        log_warning(f"{type(self).__name__} cannot change metadata; that of content {content_id!r} stays as it is.")

    @abstractmethod
    def delete_by_content_id(self, content_id: str, user_id: str | None = None) -> bool:
        """Remove a content's documents, an owner's only when one is named."""

    @abstractmethod
    def get_supported_search_types(self) -> list[Any]:
        """The kinds of search that work."""
