"""An MCP server as a source: an inner agent with the server's tools, made once these are known.

Two servers whose tools have one name do not meet in the asking agent that way. Mirrors `agno.context.mcp.provider`.
"""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from wherry.context.inner import AskedAgent
from wherry.context.mode import ContextMode
from wherry.context.provider import Status, _sanitize_id, answer_from_run
from wherry.core.log import logger
from wherry.tools.mcp import MCPTools, SSEClientParams, StreamableHTTPClientParams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.agent import Agent
    from wherry.context.provider import Answer
    from wherry.run import RunContext

Transport = Literal["stdio", "sse", "streamable-http"]

DEFAULT_MCP_BASE_INSTRUCTIONS = """\
Answer with the tools of the MCP server `{server_name}`:

{tool_block}

Arguments stand behind each tool with their types, those that may be left out with a question mark. Take the tool that
fits the question; when none does, say so. Give ids, dates, addresses and quotations back as the server wrote them, an
error too, and add nothing of your own knowledge in its place. Tools that write, send or delete are for those who ask
for just that.
"""


class MCPContextProvider(AskedAgent):
    """One MCP server that is asked in words. Mirrors `agno.context.mcp.MCPContextProvider`.

    It connects when first asked. Servers close the connection well when `asetup` and `aclose` are awaited in one task,
    as an application's lifespan does.

    Args:
        server_name: What the server is called; the tool is `query_mcp_<server_name>`.
        transport: ``stdio``, ``sse`` or ``streamable-http``.
        command: Program to start, with ``stdio``.
        args: Its arguments.
        url: Address, with the others.
        headers: Headers of every request to it.
        env: Environment of the program.
        timeout_seconds: Seconds for `asetup` and for each call of a tool.
        mcp_kwargs: Further options of `MCPTools`; they win over those above.
        id: Short name instead of ``mcp_<server_name>``.
        name: What people call it; `server_name` by default.
        base_instructions: What the inner agent is told; ``{server_name}`` and ``{tool_block}`` are filled in.
        mode: What `get_tools` gives; ``tools`` is the server's toolkit.
        model: Model of the inner agent.
        query_timeout: Seconds that a call of the tool may take.
        stream_sub_agent_events: Tell the inner agent's events while it works.

    Raises:
        ValueError: The transport is unknown, or has no command or url.
    """

    def __init__(
        self,
        server_name: str,
        *,
        transport: Transport,
        command: str | None = None,
        args: list[str] | None = None,
        url: str | None = None,
        headers: dict[str, str] | None = None,
        env: dict[str, str] | None = None,
        timeout_seconds: int = 30,
        mcp_kwargs: dict[str, Any] | None = None,
        id: str | None = None,
        name: str | None = None,
        base_instructions: str | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        stream_sub_agent_events: bool = True,
    ) -> None:
        super().__init__(
            id or f"mcp_{_sanitize_id(server_name)}",
            name=name or server_name,
            mode=mode,
            model=model,
            query_timeout=query_timeout,
            stream_sub_agent_events=stream_sub_agent_events,
        )
        self.server_name = server_name
        self.transport: Transport = transport
        self.command = command
        self.args = list(args or ())
        self.url = url
        self.headers = dict(headers) if headers else None
        self.env = dict(env) if env else None
        self.timeout_seconds = timeout_seconds
        self.mcp_kwargs = dict(mcp_kwargs or {})
        self.base_instructions_text = DEFAULT_MCP_BASE_INSTRUCTIONS if base_instructions is None else base_instructions
        self._check()
        self._tools: MCPTools | None = None

    def _check(self) -> None:
        if self.transport not in {"stdio", "sse", "streamable-http"}:
            self._refuse(f"transport={self.transport!r} is unknown; it is stdio, sse or streamable-http")
        needed = "command" if self.transport == "stdio" else "url"
        if not getattr(self, needed):
            self._refuse(f"transport={self.transport!r} requires `{needed}`")

    def _refuse(self, why: str) -> NoReturn:
        raise ValueError(f"MCPContextProvider[{self.id}]: {why}")

    def status(self) -> Status:
        """What is known without asking the server, which `astatus` does."""
        if self._tools is not None and self._tools.initialized:
            return Status(ok=True, detail=self._connected())
        return Status(ok=True, detail=f"mcp: {self.server_name} (not connected yet)")

    async def astatus(self) -> Status:
        """Whether the server can be reached; connects where it is not."""
        try:
            await self._ensure_session()
        except Exception as error:  # noqa: BLE001 - whatever keeps the server away is the status
            return Status(ok=False, detail=f"mcp {self.server_name}: {type(error).__name__}: {error}")
        return Status(ok=True, detail=self._connected())

    def _connected(self) -> str:
        count = len(self._tools.functions) if self._tools else 0
        return f"mcp: {self.server_name} ({count} tool{'' if count == 1 else 's'})"

    def query(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """Not for MCP, whose sessions belong to an event loop.

        Raises:
            NotImplementedError: Always; `aquery` asks.
        """
        raise NotImplementedError("An MCP server is asked by aquery(); its session belongs to an event loop")

    async def aquery(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """Let the inner agent answer; connects where it is not."""
        agent: Any = await self._aget_query_agent(run_context)
        return answer_from_run(await agent.arun(question, **self._run_kwargs_for_sub_agent(run_context)))

    async def asetup(self) -> None:
        """Connect, within `timeout_seconds`; a failure is logged, and the next question tries again."""
        try:
            await asyncio.wait_for(self._ensure_session(), self.timeout_seconds)
        except Exception as error:  # noqa: BLE001 - told, and tried again when asked
            logger.warning(
                f"MCPContextProvider[{self.id}] could not connect, and will try when it is asked: "
                f"{type(error).__name__}: {error}"
            )

    async def aclose(self) -> None:
        """Close the connection, if there is one; a failure is logged."""
        if self._tools is not None:
            await self._drop(self._tools)

    async def _drop(self, tools: MCPTools) -> None:
        """Close a toolkit, and forget it with the agent that has it."""
        if self._tools is tools:
            self._tools = self._agent = None
        try:
            await tools.close()
        except Exception as error:  # noqa: BLE001 - told; there is nothing left to close
            logger.warning(f"MCPContextProvider[{self.id}] did not close well: {type(error).__name__}: {error}")

    def instructions(self) -> str:
        """What the asking agent should know."""
        if self.mode == ContextMode.tools:
            return f"`{self.name}` (MCP): use the server's tools; those of another server may bear the same names."
        return f"`{self.name}` (MCP): `{self.query_tool_name}(question)` asks an agent that has this server's tools."

    def _all_tools(self) -> list[Any]:
        if self._tools is None:
            self._tools = self._build_tools_instance()  # the asking agent connects it
        return [self._tools]

    async def _ensure_session(self) -> MCPTools:
        tools = self._tools = self._tools or self._build_tools_instance()
        if not tools.initialized:
            try:
                await tools._connect()  # noqa: SLF001 - connect() keeps a failure to itself
            except BaseException:  # also when it was cancelled: what is half connected is of no use to the next
                await self._drop(tools)
                raise
        return tools

    def _build_tools_instance(self) -> MCPTools:
        """The server's toolkit, not connected yet."""
        given: dict[str, Any] = {"transport": self.transport, "timeout_seconds": self.timeout_seconds}
        if self.transport == "stdio":
            given["command"] = shlex.join([self.command or "", *self.args])
            if self.env:
                given["env"] = self.env
        else:
            given["url"] = self.url
            if self.headers:
                params = SSEClientParams if self.transport == "sse" else StreamableHTTPClientParams
                given["server_params"] = params(url=self.url or "", headers=self.headers)
        return MCPTools(**(given | self.mcp_kwargs))

    async def _aget_query_agent(self, run_context: RunContext | None) -> Agent | None:
        await self._ensure_session()
        return self._inner()

    def _agent_tools(self) -> list[Any]:
        return [self._tools] if self._tools is not None else []

    def _agent_instructions(self) -> str:
        told = "\n".join(self._described()) or "(it has told of none; it may be set up wrongly)"
        text = self.base_instructions_text.replace("{server_name}", self.server_name)
        return text.replace("{tool_block}", told)

    def _described(self) -> Iterator[str]:
        """A line for each tool of the server: its name, what it does, its arguments."""
        for name, function in (self._tools.functions if self._tools else {}).items():
            schema = function.parameters or {}
            needed = schema.get("required") or ()
            given = [
                f"{one}: {_kind(what)}{'' if one in needed else '?'}"
                for one, what in (schema.get("properties") or {}).items()
            ]
            yield f"- `{name}`({', '.join(given)}): {(function.description or '').strip() or 'not described'}"


def _kind(schema: Any) -> str:
    """The type that a schema names."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    return "|".join(map(str, kind)) if isinstance(kind, list) else str(kind or "any")
