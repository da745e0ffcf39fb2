"""What a knowledge base of one's own has to offer. Mirrors `agno.knowledge.protocol`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.corpus.document import Document


@runtime_checkable
class KnowledgeProtocol(Protocol):
    """Any object with these methods can be an agent's `knowledge`.

    Agents ask `retrieve` (`aretrieve` on the event loop), or `search` and `asearch` when it has no `retrieve`.
    """

    def build_context(self, **kwargs: Any) -> str:
        """What the system message says about it."""
        ...

    def get_tools(self, **kwargs: Any) -> list[Callable[..., Any]]:
        """Tools for those who ask for them."""
        ...

    async def aget_tools(self, **kwargs: Any) -> list[Callable[..., Any]]:
        """`get_tools` for the event loop."""
        ...

    def retrieve(self, query: str, **kwargs: Any) -> list[Document]:
        """Documents for a query."""
        ...

    async def aretrieve(self, query: str, **kwargs: Any) -> list[Document]:
        """`retrieve` on the event loop."""
        ...
