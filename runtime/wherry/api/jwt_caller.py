"""Who sends a request with a JWT, as endpoints see it: what is allowed, whose rows are read, to whom runs belong.

`access` gives one to endpoints where `jwt_middleware` noted an identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.api.access import Caller
from wherry.api.jwt_gate import Denied
from wherry.api.jwt_middleware import route_path
from wherry.api.jwt_scopes import get_accessible_resource_ids, has_required_scopes, insufficient
from wherry.api.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.jwt_gate import Identity

_PLAIN = frozenset({"read", "run"})


class SignedCaller(Caller):
    """A caller with a token.

    Args:
        identity: What the token says.
    """

    guarded = signed = True

    def __init__(self, identity: Identity) -> None:
        super().__init__(_PLAIN | {"admin"} if identity.admin else _PLAIN, "")
        self.identity = identity
        apart = identity.gate.user_isolation and not identity.admin and not identity.open
        self.user = identity.user_id if apart else None
        self.mine = f"jwt:{identity.user_id or ''}"

    def need(self, scope: str) -> None:
        """Refuse what the token is not good for: with scopes the route has asked for its own already.

        Raises:
            Problem: 403.
        """
        enough = self.identity.gate.authorization and self.identity.needed and self.user is None
        if scope == "admin" and not self.identity.admin and not enough:
            raise Problem("forbidden", f"This needs the scope {self.identity.gate.admin_scope!r}.")

    def acting(self, user_id: str | None) -> str | None:
        """The user of the token, if it has one."""
        return user_id if self.identity.user_id is None else self.identity.user_id

    def only(self, user_id: str | None) -> str | None:
        """Where users are kept apart the user of the token, else the one that is asked about."""
        return user_id if self.user is None else self.user

    def session(self, session_id: str | None) -> str | None:
        """The session of the token, if it has one."""
        return session_id if self.identity.session_id is None else self.identity.session_id

    def given(self) -> dict[str, Any]:
        """What the token gives to runs."""
        told = {"dependencies": self.identity.dependencies, "session_state": self.identity.session_state}
        return {name: dict(value) for name, value in told.items() if value}

    def may(self, kind: str, one: str, action: str) -> bool:
        """Whether the token is good for an agent, team or workflow."""
        return self.identity.may(kind, one, action)

    def reach(self, kind: str) -> None:
        """Refuse a token that is good for nothing of a kind.

        Raises:
            Problem: 403.
        """
        gate, scopes = self.identity.gate, self.identity.scopes
        asked = gate.authorization and not self.identity.open
        if asked and not get_accessible_resource_ids(scopes, kind, gate.admin_scope):
            raise Problem("forbidden", insufficient(self.identity.needed))

    def approves(self) -> bool:
        """Whether the token may decide about approvals."""
        gate = self.identity.gate
        if self.identity.admin or not gate.authorization:
            return self.identity.admin
        return has_required_scopes(self.identity.scopes, ["approvals:write"], admin_scope=gate.admin_scope)


def signed_caller(identity: Identity, request: Request) -> SignedCaller:
    """The caller of a request.

    The route is asked for its scopes here again, by the path that this application knows: a middleware further out may
    have seen another.

    Raises:
        Problem: 403: the scopes are not enough; or users are kept apart, and the token names none, or the path is one
            of the contract, which keeps no users apart.
    """
    path = route_path(request.scope)
    try:
        identity.decide(request.method, path)
    except Denied as denied:
        raise Problem("forbidden", denied.detail) from None
    caller = SignedCaller(identity)
    if identity.gate.user_isolation and not identity.admin and not identity.open:
        if not identity.user_id:
            raise Problem("forbidden", "Authenticated request is missing a user identity")
        if path.startswith("/v1/runtime/"):
            raise Problem("forbidden", "Users are kept apart on AgentOS's paths; the contract's are for admins.")
    return caller
