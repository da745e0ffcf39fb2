"""Names of MCP toolkits, and which commands may start a server. Mirrors helpers of `agno.utils.mcp`."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

from wherry.core.errors import ConfigurationError

_LONGEST = 64
_FORBIDDEN = frozenset("&|;`$()")
_COMMANDS = frozenset(
    {
        *("python", "python3", "uv", "uvx", "pipx", "node", "npm", "npx", "yarn", "pnpm", "bun"),
        *("deno", "java", "ruby", "docker"),
    }
)


def toolkit_name(url: str | None, command: str | None, server_params: Any) -> str:
    """A name that tells servers apart and holds no credentials: host and path, or the command."""
    if url is None and command is None and server_params is not None:
        url = getattr(server_params, "url", None)
        words = [getattr(server_params, "command", None), *(getattr(server_params, "args", None) or ())]
        command = " ".join(str(word) for word in words) if words[0] else None
    target = _place(url) if url else command
    slug = re.sub(r"[^0-9a-z]+", "_", (target or "").lower()).strip("_")
    return f"mcp_{slug}"[:_LONGEST] if slug else "MCPTools"


def _place(url: str) -> str:
    rest = re.split(r"[?#]", url.partition("://")[2] or url, maxsplit=1)[0]
    host, slash, path = rest.partition("/")
    return host.rpartition("@")[2] + slash + path


def command_words(command: str) -> list[str]:
    """The words of a command that starts a server.

    Raises:
        ConfigurationError: It is empty, uses a shell's characters, or names a program that is neither here nor known.
    """
    found = sorted(_FORBIDDEN.intersection(command))
    if found:
        raise ConfigurationError(
            f"The MCP command {command!r} holds {' '.join(found)}.",
            hint="No shell runs it: give a program and its words.",
        )
    words = shlex.split(command)
    if not words:
        raise ConfigurationError("The MCP command is empty.", hint="Give a program, for example 'uvx mcp-server-time'.")
    program = words[0]
    name = Path(program).name
    here = program.startswith(("./", "../")) or Path(program).is_file() or Path(name).is_file()
    if here or name in _COMMANDS or shutil.which(program):
        return words
    raise ConfigurationError(
        f"The MCP command {program!r} is no program on this machine.",
        hint=f"Known ones: {', '.join(sorted(_COMMANDS))}.",
    )
