"""From the options of an AgentOS to the rules by which JWTs are checked: what there is to be told, what cannot be.

Used by `os` when an AgentOS is made, and by `os_app` and `os_base` for its application. Mirrors `AuthorizationConfig`
of `agno.os.config` and what `agno.os.AgentOS` does with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from wherry.api.jwt_gate import ALWAYS_OPEN, Gate
from wherry.api.jwt_tokens import configured
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.matrix import raise_not_migrated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.api.os import AgentOS


class AuthorizationConfig(BaseModel):
    """How an AgentOS with `authorization=True` checks tokens.

    Attributes:
        verification_keys: Public keys as PEM, or shared secrets for HS256, HS384 and HS512.
        jwks_file: File with a JSON Web Key Set.
        algorithm: The only algorithm that is accepted; RS256 by default.
        verify_audience: Whether tokens have to be for this AgentOS.
        audience: Whom they have to be for instead of its id.
        admin_scope: The scope that allows everything; by default `agent_os:admin`.
        excluded_route_paths: Paths that are open to everybody, with `*`, besides the usual ones.
        user_isolation: Whether users reach only what is theirs.

    Raises:
        ValidationError: Pydantic's: a name or a value that there is not.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    verification_keys: list[str] | None = Field(default=None, repr=False)
    jwks_file: str | None = None
    algorithm: str | None = None
    verify_audience: bool | None = None
    audience: str | None = None
    admin_scope: str | None = None
    excluded_route_paths: list[str] | None = None
    user_isolation: bool = False


def check_options(agent_os: AgentOS) -> None:
    """Refuse options of an AgentOS about tokens that would protect nothing.

    Raises:
        ConfigurationError: See the texts.
        NotMigratedError: `authorization` is an object with roles.
    """
    given, config = agent_os.authorization, agent_os.authorization_config
    if isinstance(given, AuthorizationConfig):
        raise ConfigurationError(
            "AgentOS(authorization=AuthorizationConfig(…)) says how, and not whether.",
            hint="Pass authorization=True, authorization_config=AuthorizationConfig(…).",
        )
    if not isinstance(given, bool):
        raise_not_migrated("agno.os.authz.Authorization", f"AgentOS(authorization={type(given).__name__}(…))")
    if config is not None and not isinstance(config, AuthorizationConfig):
        raise ConfigurationError(
            f"AgentOS(authorization_config={type(config).__name__}(…)) is no AuthorizationConfig.",
            hint="Import it from wherry.os.config.",
        )
    if not wanted(agent_os) and (agent_os.user_isolation or config is not None):
        raise ConfigurationError(
            "AgentOS keeps no users apart, and checks no tokens, without authorization=True.",
            hint="Pass it, with verification_keys or a jwks_file in authorization_config; without tokens every client "
            "says itself who it is.",
        )


def wanted(agent_os: AgentOS) -> bool:
    """Whether an AgentOS asks for JWTs: it was told to, or the environment has a key for them, as in Agno."""
    return bool(agent_os.authorization) or configured()


def gate_of(agent_os: AgentOS, own_open: Iterable[str]) -> Gate | None:
    """The rules of an AgentOS, or None when it asks for no JWTs.

    Args:
        agent_os: Whose.
        own_open: Paths of this server's own that are open to everybody.

    Raises:
        ConfigurationError: (a ValueError) There is no key, or one that cannot be used.
    """
    if not wanted(agent_os):
        return None
    given = agent_os.authorization_config or AuthorizationConfig()
    said = given.model_dump(exclude_none=True, exclude={"excluded_route_paths", "user_isolation"})
    return Gate(
        **said,
        authorization=bool(agent_os.authorization),
        user_isolation=agent_os.user_isolation or given.user_isolation,
        excluded_route_paths=[*ALWAYS_OPEN, *own_open, *(given.excluded_route_paths or ())],
    )


def only_jwt(tokens: object) -> None:
    """Say that a server's other keys open nothing, when it has some."""
    if tokens:
        log_warning(
            "This AgentOS asks for JWTs: os_security_key, OS_SECURITY_KEY and WHERRY_API_TOKENS open nothing here."
        )
