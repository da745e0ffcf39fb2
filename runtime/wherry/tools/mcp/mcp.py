"""`MCPTools`: the tools of an MCP server as a toolkit, over the official SDK. Mirrors `agno.tools.mcp.mcp`.

The tools are asynchronous, so they serve `arun`. A run connects the toolkit when nobody did
(`core.connections`), and closes it again.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from wherry.core.errors import ConfigurationError, require
from wherry.core.hooks import asked_for
from wherry.core.log import log_error, log_warning
from wherry.core.tools.function import Function, ToolResult
from wherry.core.tools.toolkit import Toolkit
from wherry.tools.mcp.connection import Connection, http_streams, innermost, sse_streams
from wherry.tools.mcp.naming import command_words, toolkit_name
from wherry.tools.mcp.params import SSEClientParams, StreamableHTTPClientParams
from wherry.tools.mcp.results import tool_result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

Transport = Literal["stdio", "sse", "streamable-http"]
_HTTP = ("sse", "streamable-http")
_PAGES = 250
_WITHOUT_PING = "2026-07-28"
_RUN_SECONDS = 300.0


class MCPTools(Toolkit):
    """Tools of an MCP server; mirrors `agno.tools.mcp.MCPTools`.

    Use it as `async with MCPTools(...)`, call `connect` and `close`, or leave both to the run.

    Args:
        command: Command that starts a server (stdio).
        name: Name of the toolkit; by default made from the address or the command.
        url: Address of a server.
        env: Further environment variables of the command.
        transport: `stdio`, `sse` or `streamable-http`; by default the one that fits `url` or `command`.
        server_params: Parameters in full, instead of `command` or `url`.
        session: An open `ClientSession` to use; it is not closed here.
        timeout_seconds: Seconds for each request to the server.
        client: Kept alive with the toolkit.
        include_tools: Names of the only tools to offer.
        exclude_tools: Names of tools not to offer.
        refresh_connection: Check the connection and list the tools again in each run.
        tool_name_prefix: Put before each name, with an underscore.
        headers: Headers of every request (HTTP).
        header_provider: Makes further headers, for the connection and for each run; it may ask for `run_context`,
            `agent` and `team` (HTTP).
        protocol_mode: `legacy` keeps a session, `auto` takes the newest protocol both sides speak.
        **kwargs: As for `Toolkit`.

    Raises:
        ConfigurationError: `mcp` is not installed, or arguments do not fit together.
    """

    def __init__(
        self,
        command: str | None = None,
        *,
        name: str | None = None,
        url: str | None = None,
        env: dict[str, str] | None = None,
        transport: Transport | None = None,
        server_params: Any = None,
        session: Any = None,
        timeout_seconds: int = 10,
        client: Any = None,
        include_tools: list[str] | None = None,
        exclude_tools: list[str] | None = None,
        refresh_connection: bool = False,
        tool_name_prefix: str | None = None,
        headers: dict[str, Any] | None = None,
        header_provider: Callable[..., dict[str, Any]] | None = None,
        protocol_mode: Literal["legacy", "auto"] = "legacy",
        **kwargs: Any,
    ) -> None:
        require("mcp", "mcp", "An MCP server")
        # The tools are known once the server has listed them; until then no name can be checked.
        flags = {option: kwargs.pop(option, None) or [] for option in _FLAGS}
        super().__init__(name=name or toolkit_name(url, command, server_params), **kwargs)
        for option, names in flags.items():
            setattr(self, option, names)
        self.include_tools = include_tools
        self.exclude_tools = exclude_tools
        self.transport = _transport(transport, url, command, server_params)
        self.url = url
        self.session = session
        self.server_params = server_params
        self.timeout_seconds = timeout_seconds
        self.refresh_connection = refresh_connection
        self.tool_name_prefix = tool_name_prefix
        self.protocol_mode = protocol_mode
        self.header_provider = header_provider
        self._headers = headers
        self._client = client
        self._given = session
        self._ready = False
        self._connection: Connection | None = None
        self._of_runs: dict[str, tuple[Connection, float]] = {}
        if session is None:
            self._check(command)
        if command is not None and self.transport == "stdio":
            self.server_params = _stdio_params(command, env)

    def _check(self, command: str | None) -> None:
        """Refuse arguments that do not fit the transport."""
        params = self.server_params
        if self.transport not in (None, *get_args(Transport)):
            raise ConfigurationError(
                f"MCPTools has no transport {self.transport!r}.", hint=f"Use one of {', '.join(get_args(Transport))}."
            )
        wanted = {"sse": SSEClientParams, "streamable-http": StreamableHTTPClientParams}.get(self.transport or "")
        if params is None and (self.url if self.transport in _HTTP else command) is None:
            raise ConfigurationError(
                "MCPTools has no server to connect to.", hint="Pass command=, url=, server_params= or session=."
            )
        if params is not None and wanted is not None and not _is_a(params, wanted):
            raise ConfigurationError(
                f"server_params for {self.transport!r} must be {wanted.__name__}, not {params!r}.",
                hint="Choose the transport that belongs to them.",
            )
        for option, value in (("headers", self._headers), ("header_provider", self.header_provider)):
            if value is not None and self.transport not in _HTTP:
                raise ConfigurationError(
                    f"{option} cannot be used with the transport {self.transport!r}.", hint="Use a url."
                )

    # --- connecting ------------------------------------------------------------------------------------------------

    @property
    def initialized(self) -> bool:
        """Whether the tools are there and the connection is open on the loop that runs now."""
        return self._ready and (self._given is not None or (self._connection is not None and self._connection.usable()))

    async def connect(self, force: bool = False) -> None:
        """Connect and list the tools; a failure is logged and leaves the toolkit without tools.

        Args:
            force: Connect anew even when a connection is open.
        """
        if force:
            await self.close()
        try:
            await self._connect()
        except Exception as error:  # noqa: BLE001 - a server may fail in any way; the run goes on without its tools
            log_error(f"MCP toolkit {self.name!r} could not connect: {innermost(error)}")
            await self.close()

    async def _connect(self) -> None:
        if self.initialized:
            return
        if self._given is None:
            if self._connection is None or not self._connection.usable():
                self._connection = Connection(lambda: self._new_client(self._merged_headers()))
            self.session = await self._connection.open()  # shared by runs that begin at the same time
        await self.initialize()

    async def initialize(self) -> None:
        """Shake hands over the session and list the tools, once.

        Raises:
            ValueError: The toolkit is not connected.
        """
        if self._ready:
            return
        session = self._shared_session()
        if not hasattr(session, "mode"):  # the SDK's Client shakes hands by itself, its ClientSession does not
            await session.initialize()
        await self.build_tools()
        self._ready = True

    async def close(self) -> None:
        """Close every connection that was opened here."""
        self._ready = False
        opened = [connection for connection, _ in self._of_runs.values()]
        self._of_runs.clear()
        if self._connection is not None:
            opened.append(self._connection)
            self._connection, self.session = None, self._given
        for connection in opened:
            await connection.close()

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def is_alive(self) -> bool:
        """Whether the server still answers; a protocol without sessions has nothing to ask."""
        if self.session is None or (self._given is None and not self.initialized):
            return False
        if str(getattr(self.session, "protocol_version", None) or "") >= _WITHOUT_PING:
            return True
        try:
            await getattr(self.session, "session", self.session).send_ping()
        except Exception:  # noqa: BLE001 - whatever it is, the server did not answer
            return False
        return True

    def _new_client(self, headers: dict[str, Any]) -> Any:
        from mcp import Client

        seconds = float(self.timeout_seconds)
        server: Any = self.server_params
        if self.transport in _HTTP:
            params: dict[str, Any] = {} if server is None else asdict(server)
            params["url"] = params.get("url") or self.url
            params["headers"] = {**(params.get("headers") or {}), **headers} or None
            seconds = min(seconds, float(params.get("timeout") or seconds))
            server = sse_streams(params) if self.transport == "sse" else http_streams(params)
        return Client(server, read_timeout_seconds=seconds, mode=self.protocol_mode)

    def _merged_headers(self, **offered: Any) -> dict[str, Any]:
        merged = dict(self._headers or {})
        provider = self.header_provider
        if provider is None:
            return merged
        offered = {"run_context": None, "agent": None, "team": None, **offered}
        names, anything = asked_for(provider)
        chosen = offered if anything else {name: offered[name] for name in names & offered.keys()}
        try:
            # One unknown parameter is the run context, as older code has it.
            made = provider(**chosen) if chosen or not names else provider(offered["run_context"])
        except Exception as error:  # noqa: BLE001 - the provider is the user's code
            log_warning(f"The header_provider of {self.name!r} failed: {error}")
            return merged
        return {**merged, **made}

    # --- the tools -------------------------------------------------------------------------------------------------

    def get_functions(self) -> dict[str, Function]:
        """Tools of a run; none, with a warning, before the server has listed them."""
        if not self._ready:
            log_warning(f"MCP toolkit {self.name!r} is not connected: use arun(), or `async with` around the run.")
        return self.functions

    async def build_tools(self) -> None:
        """Ask the server for its tools and register those that are wanted.

        Raises:
            ConfigurationError: A name to include or exclude is not among them.
        """
        listed = await self._listed()
        self._check_names([tool.name for tool in listed])
        prefix = f"{self.tool_name_prefix}_" if self.tool_name_prefix else ""
        functions = {}
        for tool in listed:
            if self._wanted(tool.name, empty_means_all=False):
                made = self._of_callable(self._entrypoint(tool.name), tool.name)
                if made is not None:
                    made.name = prefix + tool.name
                    made.description = tool.description
                    made.parameters = tool.input_schema
                    made.skip_entrypoint_processing = True
                    functions[made.name] = made
        self.functions = functions

    async def _listed(self) -> list[Any]:
        """Every page of the server's list."""
        from mcp.types import PaginatedRequestParams

        found: list[Any] = []
        cursor = None
        for _ in range(_PAGES):
            if hasattr(self.session, "mode"):
                page = await self.session.list_tools(cursor=cursor, cache_mode="bypass")
            else:
                page = await self.session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None:
                return found
        raise ConnectionError(f"the server lists its tools on more than {_PAGES} pages")

    def _entrypoint(self, tool: str) -> Callable[..., Any]:
        async def call(
            _agno_run_context: Any = None, _agno_agent: Any = None, _agno_team: Any = None, **arguments: Any
        ) -> ToolResult:
            of_run = (_agno_run_context, _agno_agent, _agno_team)
            try:
                if self.should_use_temporary_run_session(_agno_run_context):
                    async with self.get_temporary_session_for_run(*of_run) as session:
                        return tool_result(tool, await session.call_tool(tool, arguments))
                session = await self.get_session_for_run(*of_run)
                return tool_result(tool, await session.call_tool(tool, arguments))
            except Exception as error:  # noqa: BLE001 - a server may fail in any way; the model is told
                log_error(f"MCP tool {tool!r} failed: {innermost(error)!r}")
                return ToolResult(content=f"MCP tool {tool!r} could not be called: {innermost(error)}")

        return call

    # --- sessions of runs ------------------------------------------------------------------------------------------

    def _has_own_session(self, run_context: Any) -> bool:
        return self.header_provider is not None and run_context is not None and self.transport in _HTTP

    def _shared_session(self) -> Any:
        if self.session is None:
            raise ConfigurationError(f"MCP toolkit {self.name!r} is not connected.", hint="Call connect() first.")
        return self.session

    def should_use_temporary_run_session(self, run_context: Any = None) -> bool:
        """Whether each call of the run opens a session of its own: with `header_provider` and `refresh_connection`."""
        return bool(self.refresh_connection) and self._has_own_session(run_context)

    @asynccontextmanager
    async def get_temporary_session_for_run(
        self, run_context: Any = None, agent: Any = None, team: Any = None
    ) -> AsyncIterator[Any]:
        """A session for one call, closed after it; the toolkit's own when the run needs none.

        Raises:
            ValueError: The toolkit is not connected.
        """
        if not self.should_use_temporary_run_session(run_context):
            yield self._shared_session()
            return
        headers = self._merged_headers(run_context=run_context, agent=agent, team=team)
        connection = Connection(lambda: self._new_client(headers))
        try:
            yield await connection.open()
        finally:
            await connection.close()

    async def get_session_for_run(self, run_context: Any = None, agent: Any = None, team: Any = None) -> Any:
        """The session that calls of a run share: one of its own with a `header_provider`, else the toolkit's.

        Raises:
            ValueError: The toolkit is not connected.
        """
        if not self._has_own_session(run_context):
            return self._shared_session()
        run_id = run_context.run_id
        known, since = self._of_runs.get(run_id, (None, 0.0))
        if known is not None and known.usable() and time.monotonic() - since < _RUN_SECONDS:
            return await known.open()
        headers = self._merged_headers(run_context=run_context, agent=agent, team=team)
        connection = Connection(lambda: self._new_client(headers))
        # Kept before it is open: calls made side by side share it.
        self._of_runs[run_id] = (connection, time.monotonic())
        session = await connection.open()
        await self._forget_old_runs()
        return session

    async def cleanup_run_session(self, run_id: str) -> None:
        """Close the session of a run; nothing happens when it has none."""
        connection, _ = self._of_runs.pop(run_id, (None, 0.0))
        if connection is not None:
            await connection.close()

    async def _forget_old_runs(self) -> None:
        now = time.monotonic()
        for run_id, (_, since) in list(self._of_runs.items()):
            if now - since > _RUN_SECONDS:
                await self.cleanup_run_session(run_id)


_FLAGS = (
    "requires_confirmation_tools",
    "external_execution_required_tools",
    "stop_after_tool_call_tools",
    "show_result_tools",
)


def _transport(transport: Transport | None, url: str | None, command: str | None, params: Any) -> Transport | None:
    if url is not None and transport in (None, "stdio"):
        if transport == "stdio":
            log_warning("A url cannot be reached by 'stdio'; 'streamable-http' is used instead.")
        return "streamable-http"
    if transport is not None:
        return transport
    if _is_a(params, SSEClientParams):
        return "sse"
    if _is_a(params, StreamableHTTPClientParams):
        return "streamable-http"
    return "stdio" if command is not None or params is not None else None


def _is_a(params: Any, kind: type) -> bool:
    """By name too, so that the reference's own parameter classes are taken."""
    return isinstance(params, kind) or type(params).__name__ == kind.__name__


def _stdio_params(command: str, env: dict[str, str] | None) -> Any:
    from mcp import StdioServerParameters
    from mcp.client.stdio import get_default_environment

    program, *words = command_words(command)
    return StdioServerParameters(command=program, args=words, env={**get_default_environment(), **(env or {})})
