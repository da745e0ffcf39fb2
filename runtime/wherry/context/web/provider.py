"""The web as a source: an inner agent with a backend's tools. Mirrors `agno.context.web.provider`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.context.inner import AskedAgent
from wherry.context.mode import ContextMode

if TYPE_CHECKING:
    from wherry.context.backend import ContextBackend
    from wherry.context.provider import Status

DEFAULT_WEB_INSTRUCTIONS = """\
Answer from the web. Begin with one short search, look at what comes first, and open a page when a passage is not
enough or the question names an address. Hold what one page says against a second where you can. Put the address of
every page that you rely on into the answer. When the web gives no clear answer, say that, and keep what you suppose
apart from what pages say. Only read: fill in no form, follow no way to a login, show no password or key.
"""


class WebContextProvider(AskedAgent):
    """Research on the web. Mirrors `agno.context.web.WebContextProvider`.

    Args:
        backend: What searches and reads, a `ContextBackend`.
        id: Short name; the tool is called `query_<id>`.
        name: What people call it.
        instructions: What the inner agent is told, instead of Wherry's own words.
        mode: What `get_tools` gives; ``tools`` are the backend's.
        model: Model of the inner agent.
        query_timeout: Seconds that a call of the tool may take.
        stream_sub_agent_events: Tell the inner agent's events while it works.
    """

    def __init__(
        self,
        backend: ContextBackend,
        *,
        id: str = "web",
        name: str = "Web",
        instructions: str | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        stream_sub_agent_events: bool = True,
    ) -> None:
        super().__init__(
            id,
            name=name,
            mode=mode,
            model=model,
            query_timeout=query_timeout,
            stream_sub_agent_events=stream_sub_agent_events,
        )
        self.backend = backend
        self.instructions_text = DEFAULT_WEB_INSTRUCTIONS if instructions is None else instructions

    def status(self) -> Status:
        """The backend's."""
        return self.backend.status()

    async def astatus(self) -> Status:
        """The backend's."""
        return await self.backend.astatus()

    async def asetup(self) -> None:
        """Prepare the backend."""
        await self.backend.asetup()

    async def aclose(self) -> None:
        """Close the backend; the inner agent is made anew when asked again."""
        self._agent = None
        await self.backend.aclose()

    def instructions(self) -> str:
        """What the asking agent should know."""
        if self.mode == ContextMode.tools:
            return f"`{self.name}`: search first, read a page where a passage is not enough, name its address."
        return f"`{self.name}`: `{self.query_tool_name}(question)` researches on the web and answers with addresses."

    def _all_tools(self) -> list[Any]:
        return self.backend.get_tools()

    def _agent_instructions(self) -> str:
        return self.instructions_text

    def _agent_tools(self) -> list[Any]:
        return self.backend.get_tools()
