"""What reaches a source for a provider: a service's client, a session, a folder. Mirrors `agno.context.backend`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from wherry.context.provider import Status


class ContextBackend(ABC):
    """The side of a provider that does the reading; providers keep their tools when it is exchanged.

    Attributes:
        fetch_batch_limit: How many addresses one call of `fetch_many` takes.
        extractor_id: What fetched pages name as their origin.
    """

    fetch_batch_limit: ClassVar[int] = 1
    extractor_id: ClassVar[str] = "backend"

    @abstractmethod
    def status(self) -> Status:
        """Whether the source can be reached."""

    @abstractmethod
    async def astatus(self) -> Status:
        """`status`, awaited."""

    @abstractmethod
    def get_tools(self) -> list[Any]:
        """The tools by which a model reads the source."""

    def fetch_many(self, urls: list[str], *, max_chars: int = 50_000) -> list[Any]:
        """Read up to `fetch_batch_limit` pages in one request, each cut at `max_chars` characters.

        Raises:
            NotImplementedError: This backend reads no pages.
        """
        raise NotImplementedError(self._no_pages())

    async def afetch_many(self, urls: list[str], *, max_chars: int = 50_000) -> list[Any]:
        """`fetch_many`, awaited."""
        raise NotImplementedError(self._no_pages())

    def _no_pages(self) -> str:
        return f"{type(self).__name__} reads no pages by their address; override fetch_many and afetch_many for that"

    async def asetup(self) -> None:
        """Prepare what `get_tools` needs, a connection say; nothing by default."""
        return

    async def aclose(self) -> None:
        """Give back what is held, also after a failed `asetup`; nothing by default."""
        return
