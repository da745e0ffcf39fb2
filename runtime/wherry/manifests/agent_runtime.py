"""`AgentRuntime`: one agent as data (requirement R03). Read by the registry, sent to the HTTP API."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from wherry.manifests.errors import ManifestError
from wherry.manifests.reading import Fields, shown

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class MemoryPolicy:
    """What an agent keeps.

    Attributes:
        persist: Keep sessions in the database.
        window_size: So many earlier runs are shown to the model (0: none).
        redaction: Keys whose values never reach events and logs.
    """

    persist: bool = False
    window_size: int = 0
    redaction: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How an agent treats its session.

    Attributes:
        session_id: Session of runs that name none.
        state: `merge` given values into the stored state, or `overwrite` it.
        agentic_state: Let the model change the state.
        cache: Keep the session in memory between runs.
    """

    session_id: str | None = None
    state: str = "merge"
    agentic_state: bool = False
    cache: bool = False


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds after which something fails; None for never."""

    run: float | None = None
    tool_call: float | None = None


@dataclass(frozen=True, slots=True)
class AgentRuntime:
    """One agent as data.

    Attributes:
        id: Unique within a registry.
        model_ref: `provider:model`, for example `openai:gpt-5-mini`.
        toolkits: Ids of toolkit providers, in order; empty is allowed.
        hooks: Ids of guardrail providers, in the order in which they run before the model.
        knowledge: Id of a knowledge provider.
        memory: Id of a memory provider; what users tell is kept by it after each run.
    """

    id: str
    name: str
    model_ref: str
    instructions: tuple[str, ...] = ()
    description: str | None = None
    role: str | None = None
    toolkits: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    knowledge: str | None = None
    memory: str | None = None
    markdown: bool = False
    memory_policy: MemoryPolicy = field(default_factory=MemoryPolicy)
    session_policy: SessionPolicy = field(default_factory=SessionPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    metadata: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any, where: str = "") -> AgentRuntime:
        """An agent from its manifest.

        Raises:
            ManifestError: A field is missing, unknown or of the wrong kind, or two of them contradict each other.
        """
        fields = Fields(data, where)
        identity = fields.take("id", str, required=True)
        if not _ID.fullmatch(identity):
            raise ManifestError(
                fields.at("id"),
                f"must be 1 to 128 letters, digits, dots, hyphens and underscores, not {shown(identity)}",
            )
        reference = fields.take("model_ref", str, required=True)
        if ":" not in reference:
            raise ManifestError(fields.at("model_ref"), f"must be 'provider:model', not {reference!r}")
        made = cls(
            id=identity,
            name=fields.take("name", str, identity),
            model_ref=reference,
            instructions=tuple(fields.texts("instructions")),
            description=fields.take("description", str),
            role=fields.take("role", str),
            toolkits=tuple(fields.texts("toolkits")),
            hooks=tuple(fields.texts("hooks")),
            knowledge=fields.take("knowledge", str),
            memory=fields.take("memory", str),
            markdown=fields.take("markdown", bool, False),
            memory_policy=memory_policy(fields.take("memory_policy", dict, {}), fields.at("memory_policy")),
            session_policy=session_policy(fields.take("session_policy", dict, {}), fields.at("session_policy")),
            timeouts=timeouts(fields.take("timeouts", dict, {}), fields.at("timeouts")),
            metadata=fields.take("metadata", dict, {}),
        )
        fields.done()
        return made

    def to_dict(self) -> dict[str, Any]:
        """The manifest again; two equal manifests give equal dictionaries."""
        told: dict[str, Any] = _listed(asdict(self))
        return told


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value


def memory_policy(data: dict[str, Any], where: str = "memory_policy") -> MemoryPolicy:
    """The policy from its part of a manifest."""
    fields = Fields(data, where)
    size = fields.take("window_size", int, 0)
    if size < 0:
        raise ManifestError(fields.at("window_size"), f"must be 0 or more, not {size!r}")
    made = MemoryPolicy(fields.take("persist", bool, False), size, tuple(fields.texts("redaction")))
    fields.done()
    return made


def session_policy(data: dict[str, Any], where: str = "session_policy") -> SessionPolicy:
    """The policy from its part of a manifest."""
    fields = Fields(data, where)
    made = SessionPolicy(
        session_id=fields.take("session_id", str),
        state=fields.choice("state", ("merge", "overwrite"), "merge"),
        agentic_state=fields.take("agentic_state", bool, False),
        cache=fields.take("cache", bool, False),
    )
    fields.done()
    if made.state == "overwrite" and made.agentic_state:
        raise ManifestError(
            where,
            "state: overwrite and agentic_state: true contradict each other: what the model writes would be lost",
            hint="Use state: merge, or leave agentic_state out.",
        )
    return made


LONGEST = 10**9
"""The longest timeout in seconds, some thirty years: clocks count no further everywhere."""


def timeouts(data: dict[str, Any], where: str = "timeouts") -> Timeouts:
    """The timeouts from their part of a manifest."""
    fields = Fields(data, where)
    values = {name: fields.take(name, (int, float)) for name in ("run", "tool_call")}
    fields.done()
    for name, value in values.items():
        if value is not None and not 0 < value <= LONGEST:  # nan is neither
            raise ManifestError(fields.at(name), f"must be more than 0 seconds and at most {LONGEST}, not {value!r}")
    return Timeouts(**values)
