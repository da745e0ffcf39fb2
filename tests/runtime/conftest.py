"""What tests of several folders share: the reference and the SDK of MCP, imported once by each process of tests."""

import pytest
from forks import forks
from processes import loopback

IMPORTED = ("agno.agent", "agno.db.sqlite")
SERVERS_IMPORT = (
    "mcp.server.stdio", "mcp.server.mcpserver", "uvicorn", "uvicorn.lifespan.on", "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "rich.logging", "rich.console",
)  # fmt: skip


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """Interpreters that have imported Agno already, as `forks` makes them: `python -W ignore` and what they are told.

    For scripts that ask Agno alone. Their environment is `loopback()`, and what the script itself reads.
    """
    with forks(tmp_path_factory.mktemp("agno"), *IMPORTED, options=("-W", "ignore"), env=loopback()) as served:
        yield served
    assert served.refused == []


@pytest.fixture(scope="session")
def mcp_servers(tmp_path_factory):
    """Interpreters for `mcp_server.py` that start at once, in the environment that the SDK gives a server's command."""
    from mcp.client.stdio import get_default_environment

    with forks(tmp_path_factory.mktemp("mcp"), *SERVERS_IMPORT, env=get_default_environment()) as served:
        yield served
    assert served.refused == []
