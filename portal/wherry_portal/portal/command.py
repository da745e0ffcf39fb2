"""`wherry portal serve`: checks what it is given, then starts uvicorn. The application itself is in `site`."""

from __future__ import annotations

import contextlib
import errno
import socket
from pathlib import Path

from cyclopts import App

from wherry.core.errors import ConfigurationError
from wherry_portal.sources import find_root

DEFAULT_SITE = Path("build/site")
HIGHEST_PORT = 65535

app = App(name="portal", help="Serve the site together with the runtime API.", result_action="return_value")


@app.command
def serve(
    *,
    site: Path = DEFAULT_SITE,
    host: str = "127.0.0.1",
    port: int = 8000,
) -> int:
    """Serve the built site and the runtime API until Ctrl-C.

    Args:
        site: Folder that `mkdocs build` wrote.
        host: Address to listen on. Other than loopback needs tokens for the API in WHERRY_API_TOKENS, and leaves the
            pilot logs, which know no tokens, out.
        port: TCP port, 1 to 65535; 0 takes a free one.

    Returns:
        0 after Ctrl-C.

    Raises:
        ConfigurationError: No site there, an address that is not allowed, or a port that is taken.
    """
    import uvicorn

    from wherry.api.serving import LOOPBACK, check_address
    from wherry_portal.pilot.routes import pilot_routes
    from wherry_portal.portal.runtime import runtime_api
    from wherry_portal.portal.site import build_application

    if not (site / "index.html").is_file():
        raise ConfigurationError(
            f"there is no built site in {str(site)!r}",
            hint="Run `make docs`, or give the folder with --site.",
        )
    check_address(host)
    listener = listen(host, port)
    root, here = find_root(site), host in LOOPBACK
    application = build_application(
        site,
        hosts=sorted(LOOPBACK) if here else ["*"],
        api=runtime_api(root),
        routes=pilot_routes(root) if here else [],
    )

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"Wherry portal: http://{host}:{listener.getsockname()[1]} (Ctrl-C ends it)", flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        Announced(uvicorn.Config(application, log_level="warning", access_log=False)).run(sockets=[listener])
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: Name or address.
        port: TCP port; 0 takes a free one.

    Returns:
        The socket, bound: uvicorn listens on it.

    Raises:
        ConfigurationError: The address cannot be used, most often because it is taken.
    """
    if not 0 <= port <= HIGHEST_PORT:
        raise ConfigurationError(f"port {port!r} is not between 0 and {HIGHEST_PORT}", hint="Try --port 8010.")
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
    taken = error.errno == errno.EADDRINUSE
    what = "is taken by another program" if taken else f"cannot be used ({error})"
    return ConfigurationError(f"port {port!r} of {host!r} {what}", hint="Choose another, for example --port 8010.")
