"""What a server serves: agents, teams and workflows by id, registered from code or from manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.api.problems import Problem
from wherry.core.ids import new_id
from wherry.manifests import AgentRuntime, Registry
from wherry.telemetry.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.telemetry.storage import TelemetryStore

KINDS = ("agents", "teams", "workflows")


class RuntimeService:
    """Owners of runs by kind and id.

    Args:
        agents, teams, workflows: Objects made in code.
        registry: Builds agents from manifests.
        db: Where sessions are looked up.
        telemetry: Where events were recorded, or None.

    Attributes:
        about: Id, name and description of the server, as AgentOS tells them.
        version: Its version, which AgentOS tells, or None.
        config: What AgentOS's interface is told besides, an `AgentOSConfig` or None.
        knowledge: Knowledge that is served besides that of agents and teams.
        redactor: Takes secrets out of what is recorded about the runs of this service.
    """

    def __init__(
        self,
        agents: Iterable[Any] = (),
        teams: Iterable[Any] = (),
        workflows: Iterable[Any] = (),
        *,
        registry: Registry | None = None,
        db: Any = None,
        telemetry: TelemetryStore | None = None,
    ) -> None:
        self.db = db
        self.registry = registry or Registry(db=db)
        self.telemetry = telemetry
        self.redactor = Redactor()
        self.about: dict[str, Any] = {"os_id": "wherry", "name": None, "description": None}
        self.version: str | None = None
        self.config: Any = None
        self.knowledge: list[Any] = []
        self.owners: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self.manifests: dict[str, AgentRuntime] = {}
        self._sessions: dict[str, str | None] = {}
        for kind, given in zip(KINDS, (agents, teams, workflows), strict=True):
            for owner in given:
                self.add(kind, owner)

    def add(self, kind: str, owner: Any) -> None:
        """Serve an object made in code."""
        owner.set_id()
        self.owners[kind][owner.id] = owner
        self._sessions[f"{kind}/{owner.id}"] = owner.session_id

    def renew(self, kind: str, owners: Iterable[Any]) -> None:
        """Serve these objects made in code and no others of their kind; agents of manifests stay."""
        wanted = {}
        for owner in owners:
            owner.set_id()
            wanted[owner.id] = owner
        for identity in list(self.owners[kind]):
            if identity not in wanted and not (kind == "agents" and identity in self.manifests):
                del self.owners[kind][identity]
        for identity, owner in wanted.items():
            if self.owners[kind].get(identity) is not owner:
                self.add(kind, owner)

    def register(self, manifest: AgentRuntime) -> bool:
        """Serve the agent of a manifest; True when it is new.

        Raises:
            Problem: 409 when another configuration has this id.
            ManifestError: A provider is missing.
            NotMigratedError: A provider is not migrated.
        """
        known = self.manifests.get(manifest.id)
        if known == manifest:
            return False
        if known is not None or manifest.id in self.owners["agents"]:
            raise Problem("conflict", f"An agent {manifest.id!r} with another configuration is registered.")
        self.add("agents", self.build(manifest))
        self.manifests[manifest.id] = manifest
        return True

    def build(self, manifest: AgentRuntime) -> Any:
        """The agent of a manifest; from now on telemetry leaves out what its manifest wants left out.

        Raises:
            ManifestError: A provider is missing.
            NotMigratedError: A provider is not migrated.
        """
        self.redactor.add_keys(manifest.memory_policy.redaction)
        return self.registry.build(manifest)

    def compose(self, identity: str, steps: list[tuple[str, Any]]) -> Any:
        """A workflow of named steps, one after the other, each done by an agent.

        Raises:
            WorkflowRecordError: Two steps cannot be told apart.
        """
        from wherry.core.workflow.record_making import plan_of
        from wherry.core.workflow.step import Step
        from wherry.core.workflow.workflow import Workflow

        made = [Step(name=name, agent=agent) for name, agent in steps]
        workflow = Workflow(id=identity, name=identity, steps=made, db=self.db)
        plan_of(workflow)
        return workflow

    def own_session(self, kind: str, owner: Any) -> str:
        """The session of a run that names none: the one its owner was made with, else a new one.

        An owner keeps the session that was made up for its first run; callers of a server must not meet in it.
        """
        served = self.owners[kind].get(owner.id) is owner
        configured = self._sessions.get(f"{kind}/{owner.id}") if served else owner.session_id
        return configured or new_id()

    def remove(self, identity: str) -> None:
        """Serve an agent no longer.

        Raises:
            Problem: 404.
        """
        self.find("agents", identity)
        del self.owners["agents"][identity]
        self.manifests.pop(identity, None)

    def find(self, kind: str, identity: str) -> Any:
        """An agent, team or workflow.

        Raises:
            Problem: 404.
        """
        owner = self.owners[kind].get(identity)
        if owner is None:
            raise Problem("not_found", f"There is no {kind[:-1]} {identity!r}.")
        return owner

    def described(self, kind: str, identity: str) -> dict[str, Any]:
        """What a client is told about an owner."""
        owner = self.find(kind, identity)
        manifest = self.manifests.get(identity) if kind == "agents" else None
        about = {
            "id": owner.id,
            "name": owner.name,
            "kind": kind[:-1],
            "description": getattr(owner, "description", None),
            "registeredFrom": "manifest" if manifest else "code",
        }
        if manifest:
            about["manifest"] = manifest.to_dict()
        return about

    def stores(self) -> list[Any]:
        """The databases that hold sessions."""
        found: list[Any] = [self.db] if self.db is not None else []
        for owners in self.owners.values():
            for owner in owners.values():
                if owner.db is not None and not any(owner.db is db for db in found):
                    found.append(owner.db)
        return found
