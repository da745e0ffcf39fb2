"""What an AgentOS is configured with for its interface: names of databases, prompts to begin with, labels.

Pydantic models, imported when somebody configures something; `agentos_config` tells them at `GET /config`. Mirrors the
display part of `agno.os.config`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, model_validator

from wherry.core.errors import ConfigurationError
from wherry.core.matrix import raise_not_migrated

Kind = TypeVar("Kind")


class Domain(BaseModel):
    """How a part of the interface is called."""

    display_name: str | None = None


class EvalsDomainConfig(Domain):
    """How the evals are called."""


class SessionDomainConfig(Domain):
    """How the sessions are called."""


class KnowledgeDomainConfig(Domain):
    """How the knowledge is called."""


class MetricsDomainConfig(Domain):
    """How the metrics are called."""


class MemoryDomainConfig(Domain):
    """How the memories are called."""


class LearningDomainConfig(Domain):
    """How what was learned is called."""


class TracesDomainConfig(Domain):
    """How the traces are called."""


class DatabaseConfig(BaseModel, Generic[Kind]):
    """A database of a part.

    Attributes:
        db_id: Its id.
        domain_config: How the part is called there.
        tables: Its tables of the part.
    """

    db_id: str
    domain_config: Kind | None = None
    tables: list[str] | None = None


class EvalsConfig(EvalsDomainConfig):
    """Evals, by database."""

    dbs: list[DatabaseConfig[EvalsDomainConfig]] | None = None


class SessionConfig(SessionDomainConfig):
    """Sessions, by database."""

    dbs: list[DatabaseConfig[SessionDomainConfig]] | None = None


class MemoryConfig(MemoryDomainConfig):
    """Memories, by database."""

    dbs: list[DatabaseConfig[MemoryDomainConfig]] | None = None


class LearningConfig(LearningDomainConfig):
    """What was learned, by database."""

    dbs: list[DatabaseConfig[LearningDomainConfig]] | None = None


class MetricsConfig(MetricsDomainConfig):
    """Metrics, by database."""

    dbs: list[DatabaseConfig[MetricsDomainConfig]] | None = None


class TracesConfig(TracesDomainConfig):
    """Traces, by database."""

    dbs: list[DatabaseConfig[TracesDomainConfig]] | None = None


class KnowledgeInstanceConfig(BaseModel):
    """One knowledge: its id and name, the database and table of its contents."""

    id: str
    name: str
    description: str | None = None
    db_id: str
    table: str


class KnowledgeDatabaseConfig(BaseModel):
    """A database of contents; see `DatabaseConfig`."""

    db_id: str
    domain_config: KnowledgeDomainConfig | None = None
    tables: list[str] = []


class KnowledgeConfig(KnowledgeDomainConfig):
    """Knowledge, by database and by instance."""

    dbs: list[KnowledgeDatabaseConfig] | None = None
    knowledge_instances: list[KnowledgeInstanceConfig] | None = None


class ChatConfig(BaseModel):
    """Prompts to begin with, by the id of an agent, team or workflow."""

    quick_prompts: dict[str, list[str]]


class Manifest(BaseModel):
    """What the interface tells about an agent, team or workflow; no model sees it."""

    description: str | None = None
    labels: list[str] | None = None
    quick_prompts: list[str] | None = None


class AgentOSConfig(BaseModel):
    """What the interface is told. Mirrors `agno.os.config.AgentOSConfig`.

    Attributes:
        available_models: Kept; `GET /config` tells the models that agents and teams have, as in Agno.
        chat: Prompts to begin with.
        manifest: Descriptions, labels and prompts by the id of an agent, team or workflow.
        evals, knowledge, memory, learning, session, metrics, traces: Names of parts and of their databases.

    Raises:
        NotMigratedError: `company` is given.
    """

    available_models: list[str] | None = None
    chat: ChatConfig | None = None
    manifest: dict[str, Manifest] | None = None
    evals: EvalsConfig | None = None
    knowledge: KnowledgeConfig | None = None
    memory: MemoryConfig | None = None
    learning: LearningConfig | None = None
    session: SessionConfig | None = None
    metrics: MetricsConfig | None = None
    traces: TracesConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_company(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("company") is not None:
            raise_not_migrated("agno.os.AgentOS(company)", what="AgentOSConfig(company=…)")
        return given


def config_of(given: Any) -> Any:
    """The configuration of `AgentOS(config=…)`: one, or the path of a YAML file with one.

    Raises:
        ConfigurationError: (a ValueError) The path is no YAML file's, or it is something else.
        FileNotFoundError: There is no such file.
        ValidationError: Pydantic's: a field of the file is wrong.
    """
    if isinstance(given, AgentOSConfig):
        return given
    if not isinstance(given, str):
        raise ConfigurationError(
            f"AgentOS(config={given!r}) is neither an AgentOSConfig nor the path of a YAML file.",
            hint="Make one: AgentOSConfig(manifest=…), from wherry.os.config.",
        )
    path = Path(given)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise ConfigurationError(
            f"The configuration of an AgentOS is a file that ends with .yaml or .yml, not {given!r}.",
            hint="Rename it, or make an AgentOSConfig in Python.",
        )
    import yaml

    return AgentOSConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
