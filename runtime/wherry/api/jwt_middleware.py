"""`JWTMiddleware`: a token on every request, checked before anything else is looked at.

Works around any ASGI application. What the token says is put where Agno puts it, in `request.state`, and where the
endpoints of this package look (`jwt_caller`). Mirrors `agno.os.middleware.jwt`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wherry.api.jwt_gate import Denied, Gate, Identity
from wherry.api.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# Where in a request's scope its identity is; no client writes there.
IDENTITY = "wherry.identity"
# A route that ends with `$` fits a path with a line break after it, which no pattern of a scope does.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden"}


class JWTMiddleware:
    """Lets in who has a valid token, and, with `authorization`, only for what the token has a scope for.

    Args:
        app: The application inside.
        verification_keys: Public keys as PEM, or shared secrets for HS256, HS384 and HS512; each is tried. One more
            comes from `JWT_VERIFICATION_KEY`.
        jwks_file: File with a JSON Web Key Set, whose keys tokens name by `kid`; else `JWT_JWKS_FILE`.
        algorithm: The only algorithm that is accepted.
        validate: False believes every token: for servers that only a gateway reaches, which checks them.
        authorization: Whether scopes are asked for; by default when there are `scope_mappings`.
        token_source: "header", "cookie", or "both": the cookie where there is no header.
        token_header_key, cookie_name: What they are called.
        scopes_claim, user_id_claim, session_id_claim, audience_claim: What claims are called.
        audience: Whom tokens have to be for, where that is checked; by default the AgentOS, by its id.
        verify_audience: Whether that is checked.
        issuer: Who has to have made them; by default anybody who has the key.
        dependencies_claims, session_state_claims: Claims that runs are given, in place of what the client sends.
        scope_mappings: Scopes by route, as `{"GET /agents": ["desk:look"]}`, over the usual ones; none for an empty
            list. A route that is not listed needs a valid token and no scope.
        excluded_route_paths: Paths that are open to everybody, with `*`, instead of the usual ones.
        admin_scope: The scope that allows everything; by default `agent_os:admin`.
        user_isolation: Whether users reach only what is theirs.
        required_claims: Claims that every token has to have, for example `exp`. Agno has no such parameter.

    Raises:
        ConfigurationError: (a ValueError) There is nothing to check tokens by, or a key does not fit the algorithm.
        MissingPackage: PyJWT is not installed.
    """

    def __init__(self, app: ASGIApp, **told: Any) -> None:
        self.app, self.gate = app, Gate(**told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; web sockets are not asked, as in Agno."""
        if scope["type"] == "http" and scope["method"] != "OPTIONS":
            try:
                self._look(scope)
            except Denied as denied:
                await refusal(scope, denied)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _look(self, scope: Scope) -> None:
        path = route_path(scope)
        if _CONTROL.search(path):
            raise Denied(400, "The path has a control character.")
        if self.gate.is_open(path):
            scope.setdefault(IDENTITY, Identity(self.gate, open=True))
            return
        before = scope.get(IDENTITY)
        before = None if before is None or before.open else before
        if before is not None and before.gate.asks_for(self.gate):
            return  # another one around this asked for as much
        request = Request(scope)
        identity, token = self.gate.identity(request, os_id_of(scope))
        if before is not None:
            identity.beside(before)
        identity.decide(scope["method"], path)
        scope[IDENTITY] = identity
        tell(request, identity, token)


class SignedIn(JWTMiddleware):
    """The same with rules that were read already; their keys are not in what applications tell about themselves.

    Args:
        app: The application inside.
        gate: The rules.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app, self.gate = app, gate


def route_path(scope: Scope) -> str:
    """The path without what an application around this one has taken of it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    inner = path.removeprefix(root)
    return inner if root and inner != path and inner[:1] in ("", "/") else path


def os_id_of(scope: Scope) -> str | None:
    """The id of the AgentOS that is asked."""
    server = getattr(getattr(scope.get("app"), "state", None), "wherry", None)
    return None if server is None else next(iter(server.services.values())).about["os_id"]


def tell(request: Request, identity: Identity, token: str) -> None:
    """Put what a token says where Agno puts it."""
    state, gate = request.state, identity.gate
    state.authenticated, state.token = True, token
    state.user_id, state.session_id = identity.user_id, identity.session_id
    state.scopes, state.claims = identity.scopes, identity.claims
    state.audience = identity.claims.get(gate.validator.audience_claim)
    state.authorization_enabled, state.admin_scope = bool(gate.authorization), gate.admin_scope
    state.user_isolation_enabled, state.required_scopes = gate.user_isolation, identity.needed
    if identity.dependencies:
        state.dependencies = identity.dependencies
    if identity.session_state:
        state.session_state = identity.session_state


def refusal(scope: Scope, denied: Denied) -> Response:
    """AgentOS's answer, and the contract's on its paths."""
    headers = {"www-authenticate": "Bearer"} if denied.status == 401 else {}
    path, detail = scope["path"], denied.detail.encode("utf-8", "replace").decode()
    if "/v1/runtime/" in path:
        return Problem(_CODES[denied.status], detail, headers).response(_CONTROL.sub("�", path))
    return JSONResponse({"detail": detail}, denied.status, headers=headers)


def checks_jwt(app: Any) -> bool:
    """Whether an application asks for tokens on all of its paths."""
    return bool(_told(app))


def guards(app: Any) -> bool:
    """Whether it asks for tokens that are checked here, and not believed."""
    return any((one["gate"].validate if "gate" in one else one.get("validate", True)) for one in _told(app))


def keeps_apart(app: Any) -> bool:
    """Whether it keeps users apart."""
    return any(
        (one["gate"].user_isolation if "gate" in one else one.get("user_isolation", False)) for one in _told(app)
    )


def _told(app: Any) -> list[dict[str, Any]]:
    """What each JWT middleware of an application was told."""
    present = getattr(app, "user_middleware", ())
    return [one.kwargs for one in present if isinstance(one.cls, type) and issubclass(one.cls, JWTMiddleware)]
