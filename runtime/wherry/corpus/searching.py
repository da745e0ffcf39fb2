"""Searching a knowledge base, and judging filters. Called by `Knowledge`."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from wherry.core.errors_services import EmbeddingError
from wherry.core.filters import EQ, FilterExpr
from wherry.core.log import log_error, log_warning
from wherry.corpus.owners import strict_user_id_kwarg

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.corpus.document import Document
    from wherry.corpus.knowledge import Knowledge


async def find(
    knowledge: Knowledge,
    waits: Waits,
    query: str,
    count: int,
    filters: Any,
    search_type: str | None,
    user_id: str | None,
    run_response: Any = None,
) -> list[Document]:
    """The best documents, reordered by the knowledge base's reranker; none when the store fails, as in Agno.

    The query is rewritten for the store alone: the reranker judges by what was asked.

    Raises:
        ValueError: A filter, owner or setting that cannot be.
    """
    store = searched_by(knowledge.vector_db, search_type)
    if store is None:
        log_warning("No vector db provided")
        return []
    reranker = knowledge.reranker
    wide = reranker.search_limit(count) if reranker is not None else count
    words = query
    if knowledge.query_transformer is not None and not by_words(store):
        words = await _rewritten(knowledge.query_transformer, waits, query, run_response)
    try:
        documents = await _asked(store, waits, words, wide, of_instance(knowledge, filters), user_id)
    except ValueError:
        raise
    except EmbeddingError as error:
        log_error(f"Error searching for documents: {error.message}")
        return []
    except Exception as error:  # noqa: BLE001 - a vector store may fail in any way; a run goes on without documents
        log_error(f"Error searching for documents: {error}")
        return []
    return documents if reranker is None else await _reranked(reranker, waits, query, documents, count)


async def _asked(store: Any, waits: Waits, query: str, limit: int, filters: Any, user_id: str | None) -> list[Document]:
    given = {"query": query, "limit": limit, "filters": filters}
    if not waits.blocking:
        try:
            found = await store.async_search(**given, **strict_user_id_kwarg(store.async_search, user_id))
        except NotImplementedError:
            found = await waits.work(store.search, **given, **strict_user_id_kwarg(store.search, user_id))
        return list(found)
    return list(store.search(**given, **strict_user_id_kwarg(store.search, user_id)))


def by_words(store: Any, *, also: bool = False) -> bool:
    """Whether a store looks for the words of a query alone, or with `also`, for its words as well."""
    kind = getattr(store, "search_type", None)
    return str(getattr(kind, "value", kind)).lower() in (("keyword", "hybrid") if also else ("keyword",))


async def _rewritten(transformer: Any, waits: Waits, query: str, run_response: Any) -> str:
    """The query as the transformer puts it; as it was asked when that fails."""
    try:
        return str(
            await waits.wire(transformer.transform, transformer.atransform, query=query, run_response=run_response)
        )
    except Exception as error:  # noqa: BLE001 - a user's transformer may fail in any way; the query is still there
        log_error(f"Error transforming query: {error}")
        return query


async def _reranked(reranker: Any, waits: Waits, query: str, documents: list[Document], count: int) -> list[Document]:
    try:
        limit = {"limit": count} if reranker.accepts_limit() else {}
        found = await waits.work(reranker.rerank, query=query, documents=documents, **limit)
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - the store's own order is better than nothing
        log_error(f"Error reranking documents: {error}")
        found = documents
    return list(found)[:count]


def searched_by(store: Any, search_type: Any) -> Any:
    """The store, or a view of it that searches in another way; the store itself is not changed."""
    own = getattr(store, "search_type", None)
    if own is None or not search_type or own == search_type:
        return store
    view = copy.copy(store)
    view.search_type = type(own)(search_type)
    return view


def of_instance(knowledge: Knowledge, filters: Any) -> Any:
    """Filters that keep to a knowledge base's own documents, when several share a vector store and it isolates."""
    if not (knowledge.isolate_vector_search and knowledge.name):
        return filters
    if filters is None or isinstance(filters, dict):
        return {**(filters or {}), "linked_to": knowledge.name}
    given = filters if isinstance(filters, (list, tuple)) else [filters]
    return [EQ("linked_to", knowledge.name), *given]


def judged(filters: Any, known: set[str]) -> tuple[Any, list[str]]:
    """The filters whose keys are known, and the unknown keys; the keys inside of AND, OR and NOT are not judged."""
    if not filters:
        return {}, []
    if isinstance(filters, dict):
        kept = {key: value for key, value in filters.items() if _is_known(key, known)}
        return kept, [key for key in filters if key not in kept]
    if not known:
        log_warning("No content has metadata yet; the filters are taken as they are")
        return filters, []
    kept_items, unknown = [], []
    for item in filters:
        if not isinstance(item, FilterExpr) and not hasattr(item, "to_dict"):
            log_warning(f"{item!r} is no filter and is left out; use EQ, IN, AND, OR, NOT … of wherry.filters")
        elif not hasattr(item, "key") or _is_known(item.key, known):
            kept_items.append(item)
        else:
            unknown.append(item.key)
    return kept_items, unknown


def _is_known(key: str, known: set[str]) -> bool:
    return key in known or key.rpartition(".")[2] in known
