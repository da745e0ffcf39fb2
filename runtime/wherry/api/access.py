"""Who may do what: bearer tokens with scopes, sessions kept apart by token; JWTs, which `jwt_middleware` checked."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from wherry.api.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.settings import Settings


class Caller:
    """Who sends a request.

    Attributes:
        scopes: What the caller may do.
        tenant: Prefix that keeps the caller's sessions apart; empty without tokens and for admins.
        signed: Whether the token is a JWT, which may name its user.
        guarded: Whether requests need a token; then files of the server are not the caller's to read.
        user: The user whose rows alone are read, where users are kept apart; else None.
        mine: By what the idempotency keys of callers are kept apart.
    """

    guarded = signed = False
    user: str | None = None

    def __init__(self, scopes: frozenset[str], tenant: str) -> None:
        self.scopes, self.tenant, self.mine = scopes, tenant, tenant

    def need(self, scope: str) -> None:
        """Refuse a caller without a scope.

        Raises:
            Problem: 403.
        """
        if scope not in self.scopes and "admin" not in self.scopes:
            raise Problem("forbidden", f"This needs the scope {scope!r}.")

    def inside(self, session_id: str | None) -> str | None:
        """The stored id of a session of this caller."""
        return f"{self.tenant}{session_id}" if session_id is not None and self.tenant else session_id

    def outside(self, session_id: str | None) -> str | None:
        """The id of a session as the caller knows it."""
        return session_id.removeprefix(self.tenant) if session_id and self.tenant else session_id

    def told(self, data: Any) -> Any:
        """Data of a run as the caller knows it: every session by the caller's own id, however deep."""
        return _without(self.tenant, data) if self.tenant else data

    def acting(self, user_id: str | None) -> str | None:
        """The user to whom a run belongs that names one."""
        return user_id

    def only(self, user_id: str | None) -> str | None:
        """The user whose rows are read where one is asked about; None for everybody."""
        return user_id

    def session(self, session_id: str | None) -> str | None:
        """The session of a run that names one, as the caller knows it."""
        return session_id

    def given(self) -> dict[str, Any]:
        """What is given to runs in place of what the client sends."""
        return {}

    def may(self, kind: str, one: str, action: str) -> bool:
        """Whether the caller may do something (`read` or `run`) with an agent, team or workflow."""
        return True

    def reach(self, kind: str) -> None:
        """Refuse a caller that reaches nothing of a kind.

        Raises:
            Problem: 403.
        """

    def approves(self) -> bool:
        """Whether the caller may decide about approvals."""
        return "admin" in self.scopes

    def reaches(self, output: Any) -> bool:
        """Whether a run is one of the caller's."""
        return self.user is None or getattr(output, "user_id", None) == self.user

    def owns(self, session_id: str | None) -> bool:
        """Whether a stored session belongs to this caller."""
        return not self.tenant or bool(session_id and session_id.startswith(self.tenant))


def _without(prefix: str, data: Any) -> Any:
    if isinstance(data, str):
        return data.removeprefix(prefix)
    if isinstance(data, dict):
        return {key: _without(prefix, value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without(prefix, value) for value in data]
    return data


class TokenCaller(Caller):
    """One with a token of the server."""

    guarded = True


EVERYBODY = Caller(frozenset({"read", "run", "admin"}), "")


def caller_of(request: Request, settings: Settings) -> Caller:
    """Who sends a request.

    Raises:
        Problem: 401 without a valid token, when tokens are set; 403 when a JWT is not good for the route.
    """
    identity = request.scope.get("wherry.identity")
    # A path that asks for no JWT still asks for a token of the server's, if that has any.
    if identity is not None and not (identity.open and settings.tokens):
        from wherry.api.jwt_caller import signed_caller

        return signed_caller(identity, request)
    if settings.signed:  # and nobody has looked at the token
        raise Problem("unauthorized", "Send Authorization: Bearer with a token.", {"www-authenticate": "Bearer"})
    if not settings.tokens:
        return EVERYBODY
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not given:
        raise Problem("unauthorized", "Send Authorization: Bearer with a token.", {"www-authenticate": "Bearer"})
    found: tuple[str, frozenset[str]] | None = None
    # Every token is compared, so that the time says nothing about which one was near.
    for token, scopes in settings.tokens.items():
        if hmac.compare_digest(token.encode(), given.encode()):
            found = token, scopes
    if found is None:
        raise Problem("unauthorized", "The token is not valid.", {"www-authenticate": "Bearer"})
    token, scopes = found
    tenant = "" if "admin" in scopes else f"{hashlib.sha256(token.encode()).hexdigest()[:12]}."
    return TokenCaller(scopes, tenant)
