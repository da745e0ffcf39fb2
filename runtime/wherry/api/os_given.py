"""What an AgentOS was given, as a server needs it: key, sites that may ask, the user's lifespan, documentation or none.

Used by `os_app`, and by `os_base` for an application of the user. Mirrors what `get_app` of `agno.os.AgentOS` does with
`settings`, `cors`, `cors_allowed_origins` and `lifespan`.
"""

from __future__ import annotations

import inspect
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from wherry.api.jwt_gate import Gate
    from wherry.api.os import AgentOS
    from wherry.api.settings import Settings

    Lifespan = Callable[..., Any]

DOCUMENTED = ("/docs", "/api", "/api-page.js", "/api-page.css", "/openapi.yaml", "/openapi.json")


# Open where this server answers: an application may have something of its own there, and nobody knows what.
OWN_OPEN = frozenset(["/healthz", "/readyz", *DOCUMENTED]) - {"/docs", "/openapi.json"}


def asked_by(agent_os: AgentOS, own_open: Iterable[str]) -> Gate | None:
    """The rules by which an AgentOS checks JWTs, or None when it asks for none; see `os_signed`."""
    if not agent_os.authorization and {"JWT_VERIFICATION_KEY", "JWT_JWKS_FILE"}.isdisjoint(os.environ):
        return None
    from wherry.api.os_signed import gate_of

    return gate_of(agent_os, own_open)


def documented(agent_os: AgentOS) -> bool:
    """Whether the contract and its page are served."""
    return agent_os.settings is None or bool(agent_os.settings.docs_enabled)


def settled(agent_os: AgentOS, settings: Settings, *, signed: bool = False) -> Settings:
    """Settings of a server with the key and the origins of an AgentOS; one that asks for JWTs takes nothing else."""
    given, cors = agent_os.settings, agent_os.cors
    key = given.os_security_key if given is not None else None
    if signed:
        from wherry.api.os_signed import only_jwt

        only_jwt(settings.tokens or key)
        settings = replace(settings, tokens={}, signed=True)
    elif key:
        settings = replace(settings, tokens={**settings.tokens, key: frozenset({"admin"})})
    origins = cors.origins if cors is not None else agent_os.cors_allowed_origins or None
    if origins is None:
        origins = (given.cors_origin_list if given is not None else None) or ()
    pattern = cors.origin_regex if cors is not None else None
    # Every site is none that somebody chose: a page of any could run the agents.
    kept = frozenset(origin for origin in origins if origin != "*")
    return replace(settings, origins=settings.origins | kept, origin_regex=pattern or settings.origin_regex)


def allow_origins(app: Any, settings: Settings) -> None:
    """Answer the browsers of the sites that may ask; nothing without such sites."""
    if not settings.origins and settings.origin_regex is None:
        return
    from starlette.middleware.cors import CORSMiddleware

    everything = {name: ["*"] for name in ("allow_methods", "allow_headers", "expose_headers")}
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(settings.origins),
        allow_origin_regex=settings.origin_regex,
        allow_credentials=True,
        **everything,
    )


def with_os(agent_os: AgentOS) -> Lifespan:
    """The user's lifespan; one with a parameter `agent_os` is given it."""
    lifespan: Lifespan = agent_os.lifespan
    try:
        wanted = inspect.signature(lifespan).parameters
    except (TypeError, ValueError):  # a callable that tells no parameters
        return lifespan
    return partial(lifespan, agent_os=agent_os) if "agent_os" in wanted else lifespan


def nested(lifespans: Sequence[Lifespan]) -> Lifespan:
    """Several lifespans as one, the first around the others; what they yield is put together."""

    @asynccontextmanager
    async def whole(app: Any) -> AsyncIterator[dict[str, Any] | None]:
        async with AsyncExitStack() as stack:
            state: dict[str, Any] = {}
            for lifespan in lifespans:
                state.update(await stack.enter_async_context(lifespan(app)) or {})
            yield state or None

    return whole
