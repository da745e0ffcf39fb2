"""The search tool and the words about it that a knowledge base offers to whoever asks it for them.

An agent's own `search_knowledge_base` is made in `wherry.core.agent.retrieval`. Called by `Knowledge`.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.citations import MessageReferences
from wherry.core.log import log_warning
from wherry.core.tools.function import Function
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.corpus.knowledge import Knowledge

INSTRUCTIONS = (
    "There is a knowledge base, and the tool search_knowledge_base searches it. Search it before you answer, also when "
    "you believe you know the answer, and also when a question could mean several things: what is found often settles "
    "which one is meant."
)
FILTERS = (
    "Its documents can be filtered by these keys: {keys}. When the question names a value for one of them, such as a "
    "person, a kind of document or a place, pass it in the tool's `filters`, for example "
    '[{{"key": "{example}", "value": "…"}}]. Combine several keys when the question names several, and use no others.'
)


def context_text(keys: set[str] | None) -> str:
    """What the system message says about a knowledge base; `keys` when the model may choose filters."""
    text = INSTRUCTIONS
    if keys:
        names = sorted(keys)
        text += "\n" + FILTERS.format(keys=", ".join(names), example=names[0])
    return f"<knowledge_base>\n{text}\n</knowledge_base>"


class SearchTool:
    """A knowledge base's search for one run.

    Args:
        knowledge: The knowledge base.
        filters: Restrict all searches; they win over those that the model chooses.
        run_response: The run whose references are noted.
        run_context: The run, for its user.
        agent: Whose `references_format` counts.
    """

    def __init__(self, knowledge: Knowledge, filters: Any, run_response: Any, run_context: Any, agent: Any) -> None:
        self.knowledge, self.filters = knowledge, filters
        self.run_response, self.run_context, self.agent = run_response, run_context, agent

    def function(self, *, async_mode: bool, choose_filters: bool) -> Function:
        """The tool for a model."""
        made: Any
        if choose_filters and async_mode:

            async def made(query: str, filters: list[dict[str, Any]] | None = None) -> str:
                return await self.answer(LOOPING, query, filters)
        elif choose_filters:

            def made(query: str, filters: list[dict[str, Any]] | None = None) -> str:
                return finish(self.answer(BLOCKING, query, filters))
        elif async_mode:

            async def made(query: str) -> str:
                return await self.answer(LOOPING, query, None)
        else:

            def made(query: str) -> str:
                return finish(self.answer(BLOCKING, query, None))

        made.__doc__ = "Search the knowledge base.\n\nArgs:\n    query: What to look for.\n"
        if choose_filters:
            made.__doc__ += '    filters: Only documents with these values, each as {"key": …, "value": …}.\n'
        function = Function.from_callable(made, name="search_knowledge_base")
        if choose_filters:
            function.strict = False
        return function

    async def answer(self, waits: Waits, query: str, chosen: list[Any] | None) -> str:
        """What the tool answers."""
        begin = perf_counter()
        user_id = getattr(self.run_context, "user_id", None)
        try:
            filters = await self._filters(waits, chosen)
            documents = await waits.wire(
                self.knowledge.search,
                self.knowledge.asearch,
                query=query,
                filters=filters,
                user_id=user_id,
                run_response=self.run_response,
            )
        except Exception as error:  # noqa: BLE001 - a knowledge base may fail in any way; the model is told
            log_warning(f"Knowledge search failed: {error}")
            return f"Error searching knowledge base: {type(error).__name__}"
        if documents and self.run_response is not None:
            told: list[Any] = [document.to_dict() for document in documents]
            noted = MessageReferences(query=query, references=told, time=round(perf_counter() - begin, 4))
            self.run_response.references = [*(self.run_response.references or ()), noted]
        return self._text(documents)

    async def _filters(self, waits: Waits, chosen: list[Any] | None) -> Any:
        filters = self.filters
        if chosen and not filters:
            filters = chosen_values(chosen)
        if chosen is None or not filters:
            return filters
        valid, _unknown = await waits.wire(self.knowledge.validate_filters, self.knowledge.avalidate_filters, filters)
        return valid or None

    def _text(self, documents: list[Any]) -> str:
        if not documents:
            return "No documents found"
        if getattr(self.agent, "references_format", None):
            from wherry.core.agent.retrieval import documents_text

            return documents_text(self.agent, [document.to_dict() for document in documents])
        return "\n\n---\n\n".join(document.content for document in documents if document.content) or "No content found"


def chosen_values(chosen: list[Any]) -> dict[str, Any]:
    """The filters that a model chose as one dictionary; as key and value, or as dictionaries of them."""
    values: dict[str, Any] = {}
    for item in chosen:
        if hasattr(item, "key") and hasattr(item, "value"):
            values[item.key] = item.value
        elif isinstance(item, dict) and "key" in item and "value" in item:
            values[item["key"]] = item["value"]
        elif isinstance(item, dict):
            values.update(item)
    return values
