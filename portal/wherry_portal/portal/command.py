"""`wherry portal serve`: checks what it is given, then serves. The application is made in `site`."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from wherry.core.errors import ConfigurationError
from wherry_portal.sources import find_root

DEFAULT_SITE = Path("build/site")
LAST_SECONDS = 15.0  # of requests in progress after Ctrl-C

app = App(name="portal", help="Serve the site together with the runtime API.", result_action="return_value")


@app.command
def serve(
    *,
    site: Path = DEFAULT_SITE,
    host: str = "127.0.0.1",
    port: int = 8000,
    agno: bool = False,
    agno_target: str | None = None,
    remote: list[str] | None = None,
) -> int:
    """Serve the built site and the runtime API until Ctrl-C.

    Args:
        site: Folder that `mkdocs build` wrote.
        host: Address to listen on. Other than loopback needs tokens for the API in WHERRY_API_TOKENS, and leaves the
            pilot logs, which know no tokens, out.
        port: TCP port, 1 to 65535; 0 takes a free one.
        agno: Also serve Agno itself, in a process of its own, below /v1/runtime/agno.
        agno_target: Something of Agno's to serve there, as module:name; implies --agno.
        remote: Further runtimes as name=http://host:port; what is below /v1/runtime/name is handed on to that server.

    Returns:
        0 after Ctrl-C.

    Raises:
        ConfigurationError: No site there, an address that is not allowed, or a port that is taken.
    """
    from wherry.api.listening import LOOPBACK, check_address, listen, run_server
    from wherry.api.remote import named_runtimes
    from wherry_portal.pilot.routes import pilot_routes
    from wherry_portal.portal.live import live_routes
    from wherry_portal.portal.remotes import agno_runtime
    from wherry_portal.portal.runtime import runtime_api
    from wherry_portal.portal.site import build_application

    if not (site / "index.html").is_file():
        raise ConfigurationError(
            f"there is no built site in {str(site)!r}",
            hint="Run `make docs`, or give the folder with --site.",
        )
    check_address(host)
    listener = listen(host, port)
    remotes = named_runtimes(remote or [])
    if agno or agno_target:
        remotes["agno"] = agno_runtime(agno_target)
    root, here = find_root(site), host in LOOPBACK
    application = build_application(
        site,
        hosts=sorted(LOOPBACK) if here else ["*"],
        api=runtime_api(root, remotes, site=site),
        routes=[*pilot_routes(root), *live_routes(root)] if here else [],
    )
    run_server(application, listener, host, LAST_SECONDS, name="Wherry portal")
    return 0
