"""From an application to a server that listens: the socket, the address that is allowed, the start and the end.

What is served is decided in `serving`. `wherry serve`, `wherry portal serve` and `AgentOS.serve` use what is here.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from wherry.api.heads import LimitedHttp

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SET_TOKENS = "Set WHERRY_API_TOKENS=token:read+run,…, or use --host 127.0.0.1."
HIGHEST_PORT = 65535


def check_address(host: str, *, guarded: bool = False, hint: str = SET_TOKENS) -> None:
    """Refuse to listen beyond this machine without tokens.

    Args:
        host: Name or address.
        guarded: Whether the application asks for a key of its own.
        hint: What to do when the address is refused.

    Raises:
        ConfigurationError: The address is not loopback and no token is set.
    """
    if host not in LOOPBACK and not guarded and not os.environ.get("WHERRY_API_TOKENS"):
        raise ConfigurationError(
            f"{host!r} can be reached from other machines and no token is set.",
            hint=hint,
        )


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Args:
        host: Name or address.
        port: TCP port; 0 takes a free one.

    Raises:
        ConfigurationError: The address cannot be used, most often because it is taken.
    """
    if not 0 <= port <= HIGHEST_PORT:
        raise ConfigurationError(f"Port {port!r} is not between 0 and {HIGHEST_PORT}.", hint="Try --port 7778.")
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
    except OSError as error:
        listener.close()
        raise _unusable(host, port, error) from None
    return listener


def _unusable(host: str, port: int, error: OSError) -> ConfigurationError:
    what = "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be used ({error})"
    return ConfigurationError(f"Port {port!r} of {host!r} {what}.", hint="Choose another, for example --port 7778.")


def run_server(
    app: Any,
    listener: socket.socket,
    host: str,
    grace: float,
    *,
    name: str = "Wherry API",
    protocol: type[LimitedHttp] | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; runs in progress may finish.

    Args:
        app: The ASGI application.
        listener: A bound socket.
        host: What the address is called in the line that says where the server is.
        grace: Seconds that requests in progress have at the end.
        name: What the server is called in that line.
        protocol: What `limited_protocol` made, for limits other than the usual ones.
    """
    import uvicorn

    from wherry.api.heads import limited_protocol

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            keep_what_is_there()
            shown = f"[{host}]" if ":" in host else host
            line = f"{name}: http://{shown}:{listener.getsockname()[1]} (Ctrl-C ends it)"
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    config = uvicorn.Config(
        app,
        http=protocol or limited_protocol(),
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=max(1, round(grace)),
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            Announced(config).run(sockets=[listener])
    finally:
        gc.unfreeze()


def keep_what_is_there() -> None:
    """Take what a server is made of (modules, agents, the application) out of garbage collection.

    It stays until the end, and each full collection, which holds up every request, would look at all of it again.
    """
    gc.collect()
    gc.freeze()
