"""`AgentOS(agents=…).get_app()` and `serve()` for code written for Agno. Mirrors `agno.os.AgentOS`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.api.listening import HIGHEST_PORT, LOOPBACK, check_address
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.options import KeywordOptions
from wherry.core.refused import refuse_foreign
from wherry.utils.string import generate_id

if TYPE_CHECKING:
    from collections.abc import Sequence


# Environment variables of `AgnoAPISettings` that change something.
_READ = frozenset({"OS_SECURITY_KEY", "DOCS_ENABLED", "CORS_ORIGIN_LIST"})
_SET_A_KEY = (
    "Give AgentOS a key, settings=AgnoAPISettings(os_security_key=…) or OS_SECURITY_KEY, or authorization=True, set "
    "WHERRY_API_TOKENS=token:read+run,…, or listen on host='127.0.0.1'."
)


class AgentOS(KeywordOptions):
    """A server for agents, teams and workflows; as in Agno, what it serves stores its events from then on.

    Attributes:
        id, name, description: About the server.
        agents, teams, workflows: What it serves.
        knowledge: Knowledge whose contents are sent, listed and searched here, besides that of agents and teams; each
            has a `contents_db`.
        db: Where sessions are looked up, besides the owners' own databases; also the database of owners without one.
        config: What AgentOS's interface is told at `GET /config` besides what is found: an `AgentOSConfig`, or the path
            of a YAML file with one.
        telemetry: Ignored: nothing is ever sent anywhere.
        settings: An `AgnoAPISettings`; without one its environment variables are read.
        cors_allowed_origins: Other sites whose pages may ask, as `https://desk.example`; by default none, never "*".
        cors: The same as a `CORSConfig`, which takes a pattern, too.
        lifespan: What happens when the application starts and stops: an async context manager that takes the
            application, and this AgentOS as `agent_os` if it has such a parameter.
        base_app: An application of FastAPI or Starlette that gets the routes; `get_app` returns it.
        on_route_conflict: Who answers where both have a route: "preserve_agentos", "preserve_base_app", or "error".
        authorization: Whether requests need JWTs with scopes; True with an `authorization_config`, or with
            JWT_VERIFICATION_KEY or JWT_JWKS_FILE in the environment, which alone asks for JWTs without scopes.
        authorization_config: How they are checked: an `AuthorizationConfig`.
        user_isolation: Whether users reach only what is theirs; needs JWTs.
        tracing: Record every run of the process as traces in `db`, else in the first database of an agent, team or
            workflow (see `wherry.tracing.setup_tracing`).

    Raises:
        ConfigurationError: Two agents, two teams or two workflows have the same id, one that their name gives included;
            `config` is neither a configuration nor the path of a YAML file; both `cors` and `cors_allowed_origins`
            are given; or what is said about authorization would protect nothing.
    """

    _symbol: ClassVar[str] = "agno.os.AgentOS"

    id: str | None = None
    name: str | None = None
    description: str | None = None
    version: str | None = None
    db: Any = None
    agents: Sequence[Any] | None = None
    teams: Sequence[Any] | None = None
    workflows: Sequence[Any] | None = None
    knowledge: Sequence[Any] | None = None
    config: Any = None
    settings: Any = None
    cors_allowed_origins: Sequence[str] | None = None
    cors: Any = None
    lifespan: Any = None
    base_app: Any = None
    on_route_conflict: str = "preserve_agentos"
    authorization: Any = False
    authorization_config: Any = None
    user_isolation: bool = False
    telemetry: bool = True
    tracing: bool = False

    # Whether `base_app` has the routes.
    _joined: bool = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if self.config is not None:
            from wherry.api.os_config import config_of

            self.config = config_of(self.config)
        if self.settings is None and not _READ.isdisjoint(name.upper() for name in os.environ):
            from wherry.api.os_settings import AgnoAPISettings

            self.settings = AgnoAPISettings()
        if self.cors is not None and self.cors_allowed_origins is not None:
            raise ConfigurationError(
                "AgentOS has both cors and cors_allowed_origins.",
                hint="Pass one: CORSConfig(origins=…) takes the list, too.",
            )
        if self.authorization or self.authorization_config is not None or self.user_isolation:
            from wherry.api.os_signed import check_options

            check_options(self)
        self.id = self.id or generate_id(self.name or None)
        self._adopt()
        if self.tracing:
            self._trace()

    def _adopt(self) -> None:
        """Give what is served a database, have it store its events, and settle what it was made with.

        Raises:
            ConfigurationError: Two of a kind have the same id, or options of one cannot be used together.
        """
        twice = [identity for kind in (self.agents, self.teams, self.workflows) for identity in repeated(kind or ())]
        if twice:
            raise ConfigurationError(
                f"Duplicate IDs found in AgentOS: {', '.join(map(repr, twice))}",
                hint="Requests find agents, teams and workflows by their id: give each its own `id` or name.",
            )
        for owner in self._owners():
            if self.db is not None and owner.db is None:
                owner.db = self.db
            owner.store_events = True
            if hasattr(owner, "make_ready"):
                owner.make_ready()  # what is wrong is told now, as in AgentOS, and not to whoever asks first

    def _owners(self) -> list[Any]:
        return [*(self.agents or ()), *(self.teams or ()), *(self.workflows or ())]

    def _trace(self) -> None:
        """Record runs in the first database there is, as Agno; without one a warning says that none are."""
        from wherry.tracing.setup import setup_tracing

        databases = (one for one in (self.db, *(owner.db for owner in self._owners())) if one is not None)
        db = next(databases, None)
        if db is None:
            log_warning("tracing=True, and there is no database: pass `db`, or give an agent one. Nothing is recorded.")
            return
        setup_tracing(db)

    def as_service(self) -> Any:
        """What it serves, for `wherry serve module:name`."""
        from wherry.api.service import RuntimeService

        service = RuntimeService(self.agents or (), self.teams or (), self.workflows or (), db=self.db)
        service.about = {"os_id": self.id, "name": self.name, "description": self.description}
        service.version, service.config = self.version, self.config
        service.knowledge = list(self.knowledge or ())
        named_apart(service)
        return service

    def get_app(self) -> Any:
        """The application: AgentOS's run endpoints and the contract's operations; `base_app` with them if there is one.

        Raises:
            ConfigurationError: See `os_app.application_of`.
        """
        from wherry.api.os_app import application_of
        from wherry.api.settings import settings_from_environment

        return application_of(self, self.as_service(), settings_from_environment())

    def get_routes(self) -> list[Any]:
        """Every route of the application, with its `path` and `methods`."""
        from wherry.api.os_base import flat

        return flat(self.get_app().routes)

    def resync(self, app: Any) -> None:
        """Serve what `agents`, `teams` and `workflows` hold by now; routes stay as they are.

        Args:
            app: The application that `get_app` gave.

        Raises:
            ConfigurationError: Two of a kind have the same id, or the application is another one.
        """
        server = getattr(app.state, "wherry", None)
        if server is None:
            raise ConfigurationError(f"{app!r} has no AgentOS.", hint="Pass the application that get_app() gave.")
        self._adopt()
        service = next(iter(server.services.values()))
        for kind in ("agents", "teams", "workflows"):
            service.renew(kind, getattr(self, kind) or ())
        service.knowledge = list(self.knowledge or ())
        named_apart(service)

    def serve(self, app: Any = None, *, host: str = "localhost", port: int = 7777, **options: Any) -> None:
        """Run the application.

        Args:
            app: The application, or its import path, which `reload` and `workers` need; made when not given.
            host: Address to listen on; other than loopback needs WHERRY_API_TOKENS or a key in the settings.
                `AGENT_OS_HOST` takes its place.
            port: Port to listen on. `AGENT_OS_PORT` takes its place.
            **options: For uvicorn, for example `reload`, `workers` or `access_log`, which is off by default.

        Raises:
            ConfigurationError: The address can be reached from other machines and no token is set, or
                `AGENT_OS_PORT` is no port.
        """
        import uvicorn

        from wherry.api.heads import limited_protocol

        host = os.environ.get("AGENT_OS_HOST", host)
        port = port_of(os.environ.get("AGENT_OS_PORT"), port)
        app = self.get_app() if app is None else app
        check_address(host, guarded=host not in LOOPBACK and self._guarded(app), hint=_SET_A_KEY)
        usual = {"http": limited_protocol(), "access_log": False, "lifespan": "on"}
        uvicorn.run(app, host=host, port=port, **{**usual, **options})

    def _guarded(self, app: Any) -> bool:
        """Whether the application asks for a key or for JWTs; of one that is named its own options tell."""
        from wherry.api.jwt_middleware import guards

        key = self.settings is not None and self.settings.os_security_key
        return bool(key or self.authorization or guards(app))


def repeated(owners: Sequence[Any]) -> list[str]:
    """Ids that several owners of one kind have, each once; an owner without an id gets its own first.

    Raises:
        ConfigurationError: (a ValueError) One is nothing that a server of Wherry serves.
        NotMigratedError: It is an agent of another framework, by Agno's adapter.
    """
    for owner in owners:
        refuse_foreign(owner, "what AgentOS serves")
        if not hasattr(owner, "set_id"):
            raise ConfigurationError(
                f"AgentOS does not serve objects of {type(owner).__name__}: {owner!r}.",
                hint="It serves agents, teams and workflows of Wherry's own. Put the object into a step of a workflow "
                "and serve that.",
            )
        owner.set_id()
    ids = [owner.id for owner in owners]
    return [identity for identity in dict.fromkeys(ids) if ids.count(identity) > 1]


def named_apart(service: Any) -> None:
    """Refuse knowledge that a request could not tell apart.

    Raises:
        ConfigurationError: Two have the same name in the same table.
    """
    from wherry.api.agentos_config import knowledges, known_as

    names = [known_as(one) for one in knowledges(service)]
    twice = sorted({f"{name!r} in table {table!r}" for name, db, table in names if names.count((name, db, table)) > 1})
    if twice:
        raise ConfigurationError(
            f"Duplicate knowledge instances detected: {', '.join(twice)}", hint="Give each Knowledge a name of its own."
        )


def port_of(text: str | None, default: int) -> int:
    """The port of `AGENT_OS_PORT`.

    Raises:
        ConfigurationError: It is no number, or higher than ports are.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= HIGHEST_PORT):
        raise ConfigurationError(
            f"AGENT_OS_PORT is {text[:20]!r}, which is no port.", hint="Set a number, for example 7777."
        )
    return int(text)
