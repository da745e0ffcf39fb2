"""From an AgentOS to its application: one of its own, or an application of the user with its routes added.

`AgentOS.get_app` and `wherry serve` call this. `os_given` reads what the AgentOS was given, `os_base` joins an
application of the user. Mirrors `get_app` of `agno.os.AgentOS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware

from wherry.api.app import create_app, lifespan_of
from wherry.api.os_given import DOCUMENTED, OWN_OPEN, allow_origins, asked_by, documented, nested, settled, with_os

if TYPE_CHECKING:
    from wherry.api.os import AgentOS
    from wherry.api.settings import Settings


def application_of(agent_os: AgentOS, service: Any, settings: Settings, recorder: Any = None) -> Any:
    """The application of an AgentOS.

    Args:
        agent_os: Whose.
        service: What it serves.
        settings: Limits and tokens of the server; its key and its origins are added.
        recorder: A telemetry recorder that lives as long as the server.

    Raises:
        ConfigurationError: (a ValueError) `base_app` is no application, or has a route of AgentOS's while
            `on_route_conflict` is "error"; or JWTs are asked for, and there is no key to check them by.
    """
    base = agent_os.base_app
    if base is not None:
        from wherry.api.os_base import joined

        return joined(agent_os, service, settings, recorder)
    gate = asked_by(agent_os, OWN_OPEN)
    settings = settled(agent_os, settings, signed=gate is not None)
    shown = documented(agent_os)
    app = create_app(service, settings, recorder=recorder, without=() if shown else DOCUMENTED)
    server = app.state.wherry
    server.documented, server.agentos = shown, True
    if gate is not None:
        from wherry.api.jwt_middleware import SignedIn

        app.user_middleware.insert(1, Middleware(SignedIn, gate=gate))  # what no endpoint should see is refused before
    if agent_os.lifespan is not None:
        app.router.lifespan_context = nested([with_os(agent_os), lifespan_of(server)])
    allow_origins(app, settings)
    return app
