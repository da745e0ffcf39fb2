"""The child process that serves the reference by the contract: `python -m wherry_portal.portal.agno_child folder`.

Listens on loopback, says its address in one line, and ends when the process that started it closes its input.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

NAME = "agno"
BACKLOG = 2048
"""Connections that may wait to be accepted; as many as uvicorn lets."""


def main(folder: Path, target: str | None) -> None:
    """Serve until the input ends.

    Args:
        folder: Where sessions and events are kept.
        target: `module:name` of something of Agno's to serve; clients may register agents besides.
    """
    os.environ["AGNO_TELEMETRY"] = "false"
    taken = named(target) if target is not None else None  # before all that takes long: it may not be there

    import agno
    import uvicorn

    from wherry.api.app import create_app
    from wherry.api.settings import settings_from_environment
    from wherry.telemetry.recorder import Recorder
    from wherry.telemetry.storage import TelemetryStore
    from wherry_portal.portal.agno_service import AgnoService

    store = TelemetryStore(str(folder / "agno-events.db"))
    service = AgnoService(folder / "agno.db", store)
    if target is not None:
        service.take(taken)
    recorder = Recorder(store, runtime=NAME, version=getattr(agno, "__version__", ""))
    app = create_app(service, settings_from_environment(), name=NAME, recorder=recorder)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)  # before the address is said: who asks while the server starts waits, and is not refused
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, ws="none"))

    def watch() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


def named(target: str) -> Any:
    """What `module:name` names, as Python finds it from the folder in which the server was started."""
    module, _, name = target.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    return getattr(import_module(module), name)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
    except Exception as error:  # noqa: BLE001 - a user's module may raise anything; the parent says it in one line
        said = " ".join(str(getattr(error, "message", error)).split())
        sys.stderr.write(f"{type(error).__name__}: {said}\n")
        sys.exit(2)
