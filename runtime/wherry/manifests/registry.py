"""`Registry`: providers by kind and id, and agents built from manifests with them.

Guardrail types of other packages join through the entry point group `wherry.guardrails`.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.manifests.agent_runtime import AgentRuntime
from wherry.manifests.errors import ManifestError
from wherry.manifests.providers import BUILT_IN, KINDS, Provider, from_list
from wherry.manifests.reading import read_data, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.core.agent.agent import Agent


class Registry:
    """Providers, and agents built with them.

    Args:
        providers: Added to the built-in ones; one of the same kind and id replaces it.
        db: Where agents that persist keep their sessions.
    """

    def __init__(self, providers: Iterable[Provider] = (), db: Any = None) -> None:
        self.db = db
        self._providers: dict[tuple[str, str], Provider] = {}
        for provider in (*BUILT_IN, *providers):
            self.add(provider)

    @classmethod
    def from_path(cls, path: str | Path, db: Any = None) -> Registry:
        """A registry from a file, or from all YAML and JSON files of a folder.

        Raises:
            ManifestError: A file cannot be read or used.
        """
        path = Path(path)
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        found: list[Provider] = []
        for file in files:
            if file.suffix not in (".yaml", ".yml", ".json"):
                continue
            try:
                found += from_list(read_data(file))
            except ManifestError as error:
                raise error.of(file) from error
        return cls(found, db)

    def add(self, provider: Provider) -> None:
        """Add or replace a provider."""
        self._providers[provider.kind, provider.id] = provider

    def all(self, kind: str | None = None) -> list[Provider]:
        """The providers, of one kind or of all."""
        return [provider for provider in self._providers.values() if kind in (None, provider.kind)]

    def capable(self, capability: str) -> list[Provider]:
        """The providers that can do something."""
        return [provider for provider in self._providers.values() if capability in provider.capabilities]

    def find(self, kind: str, identity: str, where: str) -> Provider:
        """A provider.

        Raises:
            ManifestError: There is none; the nearest name is suggested.
        """
        found = self._providers.get((kind, identity)) or entry_point(kind, identity)
        if found is None:
            names = [provider.id for provider in self.all(kind)] + offered(kind)
            near = difflib.get_close_matches(identity, names, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names) or 'none'}."
            raise ManifestError(where, f"there is no {kind} provider {identity!r}", hint=hint)
        return found

    def model(self, reference: str) -> Any:
        """The model of a `provider:id` reference; a model provider of that name goes first."""
        name, _, identity = reference.partition(":")
        provider = self._providers.get(("model", name))
        if provider is not None:
            return provider.build(id=identity)
        from wherry.models.names import model_from

        return model_from(reference)

    def build(self, manifest: AgentRuntime) -> Agent:
        """The agent that a manifest describes.

        Raises:
            ManifestError: A provider is missing, or the agent persists and the registry has no database.
            NotMigratedError: A provider is not migrated.
        """
        from wherry.core.agent.agent import Agent

        memory, session = manifest.memory_policy, manifest.session_policy
        if memory.persist and self.db is None:
            raise ManifestError(
                "memory_policy.persist",
                "needs a database and there is none",
                hint="Give `wherry run` or `wherry serve` --db, or the registry a db, or set persist: false.",
            )
        if manifest.memory and not memory.persist:
            raise ManifestError(
                "memory",
                f"{manifest.memory!r} has nowhere to keep what users tell",
                hint="Set memory_policy: {persist: true}, or leave memory out.",
            )
        toolkits = [
            self.find("toolkit", name, f"toolkits[{number}]").build() for number, name in enumerate(manifest.toolkits)
        ]
        hooks = [self.find("guardrail", name, f"hooks[{number}]").build() for number, name in enumerate(manifest.hooks)]
        knowledge = self.find("knowledge", manifest.knowledge, "knowledge").build() if manifest.knowledge else None
        kept = self.find("memory", manifest.memory, "memory").build() if manifest.memory else None
        return Agent(
            id=manifest.id,
            name=manifest.name,
            model=self.model(manifest.model_ref),
            instructions=list(manifest.instructions) or None,
            description=manifest.description,
            role=manifest.role,
            tools=toolkits or None,
            pre_hooks=hooks or None,
            knowledge=knowledge,
            memory_manager=kept,
            update_memory_on_run=kept is not None,
            markdown=manifest.markdown,
            db=self.db if memory.persist else None,
            add_history_to_context=memory.persist and memory.window_size > 0,
            num_history_runs=memory.window_size or None,
            session_id=session.session_id,
            overwrite_db_session_state=session.state == "overwrite",
            enable_agentic_state=session.agentic_state,
            cache_session=session.cache,
            run_timeout=manifest.timeouts.run,
            tool_timeout=manifest.timeouts.tool_call,
            metadata=dict(manifest.metadata) or None,
        )


def offered(kind: str) -> list[str]:
    """The names of guardrails that other packages offer."""
    from importlib.metadata import entry_points

    return sorted(point.name for point in entry_points(group="wherry.guardrails")) if kind == "guardrail" else []


def entry_point(kind: str, identity: str) -> Provider | None:
    """A guardrail that another package offers."""
    if kind != "guardrail":
        return None
    from importlib.metadata import entry_points

    for point in entry_points(group="wherry.guardrails"):
        if point.name == identity:
            return Provider(kind, identity, point.value)
    return None


def read_agents(path: str | Path) -> tuple[list[AgentRuntime], list[Provider]]:
    """The agents and providers of a manifest file.

    A file holds one agent, or a mapping with `agents` and `providers`.

    Raises:
        ManifestError: The file cannot be read or used, or two agents share an id.
    """
    try:
        return agents_of(read_data(path))
    except ManifestError as error:
        raise error.of(path) from error


def agents_of(data: Any) -> tuple[list[AgentRuntime], list[Provider]]:
    """The agents and providers of what a manifest file holds."""
    providers: list[Provider] = []
    if isinstance(data, dict) and ("agents" in data or "providers" in data):
        providers = list(from_list([] if data.get("providers") is None else data["providers"]))
        entries = [] if data.get("agents") is None else data["agents"]
        unknown = set(data) - {"agents", "providers"}
        if unknown:
            raise ManifestError(min(map(str, unknown)), "is not a field", hint="Known fields: agents, providers.")
        if not isinstance(entries, list):
            raise ManifestError("agents", f"must be a list, not {shown(entries)}")
        agents = [AgentRuntime.from_dict(entry, f"agents[{number}]") for number, entry in enumerate(entries)]
    else:
        agents = [AgentRuntime.from_dict(data)]
    seen: set[str] = set()
    for agent in agents:
        if agent.id in seen:
            raise ManifestError("id", f"two agents are called {agent.id!r}")
        seen.add(agent.id)
    return agents, providers


__all__ = ["KINDS", "Registry", "read_agents"]
