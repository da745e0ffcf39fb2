"""Toolkits that need a connection (databases, MCP servers): opened for a run, closed when no run needs them any more.

What somebody else connected stays connected. Called by `own_tools` before the tools are resolved and by `lifecycle` at
the end of a run. Mirrors `connect_connectable_tools` and `connect_mcp_tools` of `agno.agent._init`.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.core.run import Run

_lock = Lock()
# How many runs use a toolkit that a run connected.
_users: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def is_server(tool: Any) -> bool:
    """Whether a toolkit is that of an MCP server, ours or Agno's; its connection belongs to an event loop."""
    return hasattr(tool, "initialized") and any(base.__name__ == "MCPTools" for base in type(tool).__mro__)


async def open_connections(run: Run, tools: list[Any]) -> list[Any]:
    """Connect what is not connected yet.

    Args:
        run: Remembers what to close in `run.extra["connected"]`.
        tools: The owner's tools.

    Returns:
        The tools without servers that cannot be reached; a server is left to async runs.
    """
    offered = []
    for tool in tools:
        try:
            if is_server(tool):
                if not run.waits.blocking and not await _server_ready(run, tool):
                    continue
            elif getattr(tool, "requires_connect", False):
                await _open(run, tool)
        except Exception as error:  # noqa: BLE001 - a toolkit may fail in any way; the run goes on without it
            log_warning(f"{tool!r} could not be connected: {error}")
            if is_server(tool):
                continue
        offered.append(tool)
    return offered


async def _server_ready(run: Run, server: Any) -> bool:
    if not server.initialized or server in _users:
        await _open(run, server, is_open=server.initialized)
    if server.refresh_connection and server.initialized:
        if await server.is_alive():
            await server.build_tools()
        else:
            await server.connect(force=True)
    return bool(server.initialized)


async def _open(run: Run, tool: Any, *, is_open: bool = False) -> None:
    """Count this run among the users of a toolkit; the first one connects it."""
    with _lock:
        first = _users.get(tool, 0) == 0
        _users[tool] = _users.get(tool, 0) + 1
    run.extra.setdefault("connected", []).append(tool)
    if first or (is_server(tool) and not is_open):
        await run.waits.call(tool.connect)


async def close_connections(run: Run) -> None:
    """Close what this run was the last to need."""
    for tool in run.extra.pop("connected", ()):
        with _lock:
            left = _users.get(tool, 1) - 1
            if left:
                _users[tool] = left
            else:
                _users.pop(tool, None)
        if left or not hasattr(tool, "close"):
            continue
        try:
            await run.waits.call(tool.close)
        except Exception as error:  # noqa: BLE001 - a toolkit may fail in any way; the run is over
            log_warning(f"{tool!r} could not be closed: {error}")
