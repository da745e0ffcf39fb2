"""What a server that checks JWTs was told, and what that means for one request.

`jwt_middleware` asks it, and notes what it found where endpoints read it (`jwt_caller`).
"""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from wherry.api.agentos_forms import is_utf8
from wherry.api.jwt_scopes import (
    AgentOSScope,
    get_accessible_resource_ids,
    get_default_scope_mappings,
    get_required_scopes_for_route,
    get_resource_context_from_path,
    has_required_scopes,
    insufficient,
)
from wherry.api.jwt_tokens import JWTValidator, configured, scopes_in
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.matrix import raise_not_migrated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

# Open to everybody as in AgentOS: how to begin, whether it lives, the pages that FastAPI makes.
ALWAYS_OPEN = ("/", "/health", "/info", "/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect")
# Subjects that servers of Agno give to service accounts, clients of MCP and the scheduler.
_RESERVED = ("sa:", "__oauth__:")
_SCHEDULER = "__scheduler__"


class TokenSource(str, Enum):
    """Where a request has its token."""

    HEADER = "header"
    COOKIE = "cookie"
    BOTH = "both"


class Denied(Exception):
    """A request that is not let in.

    Attributes:
        status: 400, 401 or 403.
        detail: Why, as AgentOS says it.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(slots=True)
class Identity:
    """Who sends a request, by its token.

    Attributes:
        gate: The rules by which it was let in.
        open: Whether the path is open to everybody, so that nothing is known.
        user_id, session_id: Of the token; None when it has none.
        scopes: What it holds.
        claims: All that it says.
        dependencies, session_state: What of that is given to runs.
        needed: What the route needs.
        decided: The method and path that were allowed last.
    """

    gate: Gate
    open: bool = False
    user_id: str | None = None
    session_id: str | None = None
    scopes: list[str] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    dependencies: dict[str, Any] = field(default_factory=dict)
    session_state: dict[str, Any] = field(default_factory=dict)
    needed: list[str] = field(default_factory=list)
    decided: tuple[str, str] | None = None

    @property
    def admin(self) -> bool:
        """Whether it may do everything."""
        return self.gate.admin_scope in self.scopes

    def beside(self, other: Identity) -> None:
        """Keep to what the middleware around this one asked for, too: its scopes, its users kept apart."""
        rules, its = copy(self.gate), other.gate
        if its.authorization and not rules.authorization:
            rules.authorization, rules.scope_mappings, rules.admin_scope = True, its.scope_mappings, its.admin_scope
            self.scopes = other.scopes
        if its.user_isolation and not rules.user_isolation:
            rules.user_isolation, self.user_id = True, other.user_id
        self.gate = rules

    def decide(self, method: str, path: str) -> None:
        """Refuse a route that the token is not good for.

        Raises:
            Denied: 403.
        """
        if self.open or not self.gate.authorization or self.decided == (method, path):
            return
        needed = get_required_scopes_for_route(self.gate.scope_mappings, method, path)
        kind, one = get_resource_context_from_path(path)
        admin = self.gate.admin_scope
        if not has_required_scopes(self.scopes, needed, kind, one, admin):
            # Who reaches some of a kind is shown those; endpoints leave out the others.
            listing = (
                method in ("GET", "HEAD") and kind is not None and one is None and needed[0].startswith(f"{kind}:")
            )
            action = needed[0].rpartition(":")[2]
            if not (listing and get_accessible_resource_ids(self.scopes, str(kind), admin, action)):
                log_warning("%s %s needs the scopes %s; the token holds %s.", method, path, needed, self.scopes)
                raise Denied(403, insufficient(needed))
        self.needed, self.decided = needed, (method, path)

    def may(self, kind: str, one: str, action: str) -> bool:
        """Whether it may do something with an agent, team or workflow."""
        if self.open or not self.gate.authorization:
            return True
        return has_required_scopes(self.scopes, [f"{kind}:{action}"], kind, one, self.gate.admin_scope)


class Gate:
    """The rules; see `JWTMiddleware` for what they are told by.

    Raises:
        ConfigurationError: (a ValueError) There is nothing to check tokens by, or one of the rules cannot be used.
    """

    def __init__(
        self,
        verification_keys: Sequence[str] | None = None,
        jwks_file: str | None = None,
        algorithm: str = "RS256",
        validate: bool = True,
        authorization: bool | None = None,
        token_source: TokenSource | str = TokenSource.HEADER,
        token_header_key: str = "Authorization",  # noqa: S107 - a name
        cookie_name: str = "access_token",
        audience: str | Iterable[str] | None = None,
        verify_audience: bool = False,
        dependencies_claims: Sequence[str] | None = None,
        session_state_claims: Sequence[str] | None = None,
        scope_mappings: Mapping[str, Sequence[str]] | None = None,
        excluded_route_paths: Sequence[str] | None = None,
        admin_scope: str | None = None,
        user_isolation: bool = False,
        **told: Any,
    ) -> None:
        refuse_other_credentials(told)
        if validate and not (verification_keys or jwks_file or configured()):
            raise ConfigurationError(
                "JWTMiddleware has nothing to check tokens by.",
                hint="Pass verification_keys or jwks_file, or set JWT_VERIFICATION_KEY or JWT_JWKS_FILE.",
            )
        self.validator = JWTValidator(verification_keys, jwks_file, algorithm, validate, **told)
        self.validate = validate
        self.authorization = scope_mappings is not None if authorization is None else authorization
        self.scope_mappings: dict[str, Sequence[str]] = {**get_default_scope_mappings(), **(scope_mappings or {})}
        self.source, self.header, self.cookie = TokenSource(token_source), token_header_key, cookie_name
        self.audience, self.verify_audience = audience, verify_audience
        self.dependencies, self.session_state = dependencies_claims or (), session_state_claims or ()
        self.excluded = ALWAYS_OPEN if excluded_route_paths is None else tuple(excluded_route_paths)
        self.admin_scope = admin_scope or AgentOSScope.ADMIN.value
        self.user_isolation = user_isolation

    def is_open(self, path: str) -> bool:
        """Whether a path asks for no token."""
        return any(fnmatchcase(one, pattern) for pattern in self.excluded for one in (path, path.rstrip("/")))

    def asks_for(self, other: Gate) -> bool:
        """Whether it asks for all that another one asks for."""
        if other.validate and not (self.validate and self.validator.asks_for(other.validator)):
            return False
        # For whom by its id, each application says for itself.
        if other.validate and other.verify_audience:
            same = other.audience is not None and self.audience == other.audience
            if not (same and self.verify_audience):
                return False
        return all(
            bool(getattr(self, name)) >= bool(getattr(other, name)) for name in ("authorization", "user_isolation")
        )

    def identity(self, request: Request, os_id: str | None) -> tuple[Identity, str]:
        """Who sends a request, and the token.

        Raises:
            Denied: 401.
        """
        token = self._token(request)
        if not token:
            raise Denied(401, self._missing())
        return self._known(token, os_id), token

    def _token(self, request: Request) -> str | None:
        given = request.headers.getlist(self.header)
        if len(given) > 1 and self.source is not TokenSource.COOKIE:
            raise Denied(401, f"Several {self.header} headers: send one.")
        text = given[0] if given and self.source is not TokenSource.COOKIE else ""
        found = (text[7:] if text[:7].lower() == "bearer " else text).strip()
        if found or self.source is TokenSource.HEADER:
            return found
        return (request.cookies.get(self.cookie) or "").strip()

    def _missing(self) -> str:
        if self.source is TokenSource.HEADER:
            return "Authorization header missing"
        if self.source is TokenSource.COOKIE:
            return f"JWT cookie '{self.cookie}' missing"
        return f"JWT token missing from both Authorization header and '{self.cookie}' cookie"

    def _known(self, token: str, os_id: str | None) -> Identity:
        import jwt

        expected = (self.audience or os_id) if self.verify_audience else None
        if self.verify_audience and self.validate and not expected:
            raise Denied(401, "Invalid token audience - this server has no id that a token could be for")
        try:
            claims = self.validator.validate_token(token, expected)
        except jwt.InvalidAudienceError:
            raise Denied(401, "Invalid token audience - token not valid for this AgentOS instance") from None
        except jwt.ExpiredSignatureError:
            raise Denied(401, "Token has expired") from None
        except Exception as error:  # noqa: BLE001 - whatever hostile bytes provoke opens nothing
            if not self.validate:
                return Identity(self)  # of nobody, who may what nobody may
            # Of an error of another kind nobody knows what its text has in it.
            said = f": {error}" if isinstance(error, jwt.InvalidTokenError) else ""
            raise Denied(401, f"Invalid token{said}") from None
        return self._of(claims)

    def _of(self, claims: dict[str, Any]) -> Identity:
        names = self.validator
        user_id = name_in(claims, names.user_id_claim, "Invalid token subject")
        if user_id is not None and (user_id.startswith(_RESERVED) or user_id == _SCHEDULER):
            log_warning("A token with the subject %r, which is the server's to give, was refused.", user_id[:64])
            raise Denied(401, "Invalid token subject")
        kept = [{n: claims[n] for n in wanted if n in claims} for wanted in (self.dependencies, self.session_state)]
        if not storable(kept):
            raise Denied(401, "Invalid token claims: a NUL character or half of a character, which databases refuse")
        return Identity(
            self,
            user_id=user_id,
            session_id=name_in(claims, names.session_id_claim, "Invalid token session"),
            scopes=scopes_in(claims.get(names.scopes_claim)),
            claims=claims,
            dependencies=kept[0],
            session_state=kept[1],
        )


def refuse_other_credentials(told: dict[str, Any]) -> None:
    """Refuse what Agno's middleware takes besides JWTs.

    Raises:
        NotMigratedError: Service accounts.
        ConfigurationError: A key of the server.
    """
    if told.pop("service_account_verifier", None) is not None:
        raise_not_migrated("agno.os.service_accounts", "JWTMiddleware(service_account_verifier=…)")
    if told.pop("security_key", None) is not None:
        raise ConfigurationError(
            "JWTMiddleware(security_key=…): a server that asks for JWTs takes no key besides.",
            hint="Without JWTs, pass AgentOS(settings=AgnoAPISettings(os_security_key=…)).",
        )
    told.pop("cors_origin_policy", None)  # the server's own, which is around this


def name_in(claims: dict[str, Any], claim: str, refusal: str) -> str | None:
    """A claim that names somebody or something; a whole number as a text, as databases keep it.

    Raises:
        Denied: 401: it is no name.
    """
    found = claims.get(claim)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is not None and not (isinstance(found, str) and storable(found)):
        raise Denied(401, refusal)
    return found


def storable(data: Any) -> bool:
    """Whether a database takes the texts of some data."""
    told = json.dumps(data, ensure_ascii=False)
    return is_utf8(told) and "\\u0000" not in told.replace("\\\\", "")
