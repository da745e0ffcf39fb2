"""What an AgentOS server answers about itself: its configuration, agents, teams and workflows.

Made by the client, read by its users and by the remote classes; `agno.os.schema` names them too.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")
Json = dict[str, Any]


class PaginationInfo(BaseModel):
    """Which page of how many."""

    page: int = Field(0, ge=0)
    limit: int = Field(20, ge=1)
    total_pages: int = Field(0, ge=0)
    total_count: int = Field(0, ge=0)
    search_time_ms: float = Field(0, ge=0)


class PaginatedResponse(BaseModel, Generic[T]):
    """One page of a list."""

    data: list[T]
    meta: PaginationInfo


class Model(BaseModel):
    """A model by its id and provider."""

    id: str | None = None
    provider: str | None = None


class ModelResponse(BaseModel):
    """A model as an agent's description has it."""

    name: str | None = None
    model: str | None = None
    provider: str | None = None


class Summary(BaseModel):
    """What all kinds tell in a list."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    db_id: str | None = None
    sandboxed: bool = False


class AgentSummaryResponse(Summary):
    """An agent in a list."""

    model: Model | None = None
    metadata: Json | None = None


class TeamSummaryResponse(Summary):
    """A team in a list."""

    mode: str | None = None
    model: Model | None = None
    metadata: Json | None = None


class WorkflowSummaryResponse(Summary):
    """A workflow in a list."""

    is_factory: bool = False
    factory_input_schema: Json | None = None
    is_component: bool = False
    current_version: int | None = None
    stage: str | None = None


class Component(Summary):
    """What a description tells of every kind."""

    input_schema: Json | None = None
    metadata: Json | None = None
    is_factory: bool = False
    factory_input_schema: Json | None = None
    is_component: bool = False
    current_version: int | None = None
    stage: str | None = None


class Runner(Component):
    """What a description tells of agents and teams."""

    role: str | None = None
    model: ModelResponse | None = None
    tools: Json | None = None
    sessions: Json | None = None
    knowledge: Json | None = None
    memory: Json | None = None
    reasoning: Json | None = None
    default_tools: Json | None = None
    system_message: Json | None = None
    response_settings: Json | None = None
    introduction: str | None = None
    streaming: Json | None = None


class AgentResponse(Runner):
    """An agent, described."""

    filesystem: bool = False
    extra_messages: Json | None = None


class TeamResponse(Runner):
    """A team, described."""

    mode: str | None = None
    members: list[AgentResponse | TeamResponse] | None = None


class WorkflowResponse(Component):
    """A workflow, described."""

    steps: list[Json] | None = None
    agent: AgentResponse | None = None
    team: TeamResponse | None = None
    workflow_agent: bool = False


class DomainConfig(BaseModel):
    """How a part of the server is shown."""

    display_name: str | None = None


class DatabaseConfig(BaseModel):
    """A database behind a part of the server."""

    db_id: str
    domain_config: DomainConfig | None = None
    tables: list[str] | None = None


class PartConfig(DomainConfig):
    """A part of the server and its databases."""

    dbs: list[DatabaseConfig] | None = None


class KnowledgeInstanceConfig(BaseModel):
    """One knowledge of the server."""

    id: str
    name: str
    description: str | None = None
    db_id: str
    table: str


class KnowledgeConfig(PartConfig):
    """Knowledge, with what there is of it."""

    knowledge_instances: list[KnowledgeInstanceConfig] | None = None


class ChatConfig(BaseModel):
    """Prompts that a chat offers."""

    quick_prompts: dict[str, list[str]]


class Manifest(BaseModel):
    """How one agent, team or workflow is shown."""

    description: str | None = None
    labels: list[str] | None = None
    quick_prompts: list[str] | None = None


class InterfaceResponse(BaseModel):
    """Another way in, such as a chat program."""

    type: str
    version: str
    route: str


class QueueCapabilities(BaseModel):
    """What the server's queue of background runs can do."""

    durable: bool
    queue_per_session: bool


class ConfigResponse(BaseModel):
    """What a server is and has; mirrors `agno.os.schema.ConfigResponse`."""

    os_id: str
    name: str | None = None
    description: str | None = None
    available_models: list[Model] = Field(default_factory=list)
    os_database: str | None = None
    databases: list[str]
    chat: ChatConfig | None = None
    manifest: dict[str, Manifest] | None = None
    session: PartConfig | None = None
    metrics: PartConfig | None = None
    memory: PartConfig | None = None
    learning: PartConfig | None = None
    company: Json | None = None
    filesystem: Json | None = None
    knowledge: KnowledgeConfig | None = None
    evals: PartConfig | None = None
    traces: PartConfig | None = None
    queue: QueueCapabilities | None = None
    agents: list[AgentSummaryResponse]
    teams: list[TeamSummaryResponse]
    workflows: list[WorkflowSummaryResponse]
    interfaces: list[InterfaceResponse]
