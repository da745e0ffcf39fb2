"""What an AgentOS server answers about what it keeps: sessions, runs, memories, evaluations, knowledge, traces.

Made by the client; the modules of `agno.os.schema` and `agno.os.routers` name them too.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from pydantic import BaseModel

from wherry.client.answers import Json
from wherry.db.schemas.evals import EvalType


class SessionSchema(BaseModel):
    """A session in a list."""

    session_id: str
    session_name: str
    session_state: Json | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    session_type: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    session_summary: Json | None = None
    metrics: Json | None = None
    total_tokens: int | None = None
    metadata: Json | None = None


class SessionDetail(BaseModel):
    """What a session of every kind tells."""

    session_id: str
    session_name: str
    user_id: str | None = None
    session_state: Json | None = None
    metadata: Json | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TalkDetail(SessionDetail):
    """What sessions of agents and teams tell."""

    session_summary: Json | None = None
    metrics: Json | None = None
    total_tokens: int | None = None
    chat_history: list[Json] | None = None


class AgentSessionDetailSchema(TalkDetail):
    """An agent's session."""

    agent_session_id: str
    agent_id: str | None = None
    agent_data: Json | None = None


class TeamSessionDetailSchema(TalkDetail):
    """A team's session."""

    team_id: str | None = None
    team_data: Json | None = None


class WorkflowSessionDetailSchema(SessionDetail):
    """A workflow's session."""

    workflow_id: str | None = None
    workflow_name: str | None = None
    session_data: Json | None = None
    workflow_data: Json | None = None


class BaseRunSchema(BaseModel):
    """What a stored run of every kind tells."""

    run_id: str
    user_id: str | None = None
    status: str | None = None
    cancellation_stage: str | None = None
    run_input: str | None = None
    content: str | Json | None = None
    reasoning_content: str | None = None
    reasoning_steps: list[Json] | None = None
    metrics: Json | None = None
    events: list[Json] | None = None
    created_at: datetime | None = None
    references: list[Json] | None = None
    citations: Json | None = None
    reasoning_messages: list[Json] | None = None
    images: list[Json] | None = None
    videos: list[Json] | None = None
    audio: list[Json] | None = None
    files: list[Json] | None = None
    response_audio: Json | None = None


class TalkRunSchema(BaseRunSchema):
    """What stored runs of agents and teams tell."""

    parent_run_id: str | None = None
    run_response_format: str | None = None
    messages: list[Json] | None = None
    tools: list[Json] | None = None
    session_state: Json | None = None
    input_media: Json | None = None
    followups: list[str] | None = None
    forked_from_run_id: str | None = None
    forked_from_message_index: int | None = None
    forked_from_session_id: str | None = None
    regenerated_from: str | None = None
    last_checkpoint_at_message_index: int | None = None


class RunSchema(TalkRunSchema):
    """A stored run of an agent."""

    agent_id: str | None = None
    metadata: Json | None = None


class TeamRunSchema(TalkRunSchema):
    """A stored run of a team."""

    team_id: str | None = None


class WorkflowRunSchema(BaseRunSchema):
    """A stored run of a workflow."""

    workflow_id: str | None = None
    content_type: str | None = None
    step_results: list[Json] | None = None
    step_executor_runs: list[Json] | None = None
    step_requirements: list[Json] | None = None
    pause_kind: str | None = None
    paused_step_name: str | None = None
    paused_step_index: int | None = None


class SessionRunPreviewSchema(BaseModel):
    """A stored run, in short."""

    run_id: str
    parent_run_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    status: str | None = None
    run_input: str | None = None
    content_preview: str | None = None
    created_at: datetime | None = None


class UserMemorySchema(BaseModel):
    """What is remembered of a user."""

    memory_id: str
    memory: str
    topics: list[str] | None = None
    agent_id: str | None = None
    team_id: str | None = None
    user_id: str | None = None
    updated_at: datetime | None = None


class UserStatsSchema(BaseModel):
    """How much is remembered of a user."""

    user_id: str
    total_memories: int
    last_memory_updated_at: datetime | None = None


class OptimizeMemoriesResponse(BaseModel):
    """Memories after they were made shorter."""

    memories: list[UserMemorySchema]
    memories_before: int
    memories_after: int
    tokens_before: int
    tokens_after: int
    tokens_saved: int
    reduction_percentage: float


class EvalSchema(BaseModel):
    """A stored evaluation."""

    id: str
    agent_id: str | None = None
    model_id: str | None = None
    model_provider: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    name: str | None = None
    evaluated_component_name: str | None = None
    user_id: str | None = None
    eval_type: EvalType
    eval_data: Json
    eval_input: Json | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ContentStatus(str, Enum):
    """How far the reading of a content is; mirrors `agno.os.routers.knowledge.schemas.ContentStatus`."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"


class ContentStatusResponse(BaseModel):
    """How far the reading of a content is, and why."""

    id: str | None = None
    status: ContentStatus
    status_message: str = ""


class ContentResponseSchema(BaseModel):
    """A content of a knowledge."""

    id: str
    name: str | None = None
    description: str | None = None
    type: str | None = None
    size: str | None = None
    linked_to: str | None = None
    metadata: Json | None = None
    access_count: int | None = None
    status: ContentStatus | None = None
    status_message: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class VectorSearchResult(BaseModel):
    """A document that a search found."""

    id: str | None = None
    content: str
    name: str | None = None
    meta_data: Json | None = None
    usage: Json | None = None
    reranking_score: float | None = None
    content_id: str | None = None
    content_origin: str | None = None
    size: int | None = None


class ConfigResponseSchema(BaseModel):
    """How a knowledge reads, cuts and searches; its parts are dictionaries."""

    readers: dict[str, Json] | None = None
    readersForType: dict[str, list[str]] | None = None  # noqa: N815 - the server's name
    chunkers: dict[str, Json] | None = None
    filters: list[str] | None = None
    vector_dbs: list[Json] | None = None
    remote_content_sources: list[Json] | None = None
    unavailable_readers: dict[str, Json] | None = None
    unavailable_chunkers: dict[str, Json] | None = None


class TraceSearchGroupBy(str, Enum):
    """What a search of traces finds: traces, or the sessions they belong to."""

    RUN = "run"
    SESSION = "session"


class TraceNode(BaseModel):
    """A span and those below it."""

    id: str
    name: str
    type: str
    duration: str
    start_time: datetime
    end_time: datetime
    status: str
    input: str | None = None
    output: str | None = None
    error: str | None = None
    spans: list[TraceNode] | None = None
    step_type: str | None = None
    metadata: Json | None = None
    extra_data: Json | None = None


class TraceSummary(BaseModel):
    """A trace in a list."""

    trace_id: str
    name: str
    status: str
    duration: str
    start_time: datetime
    end_time: datetime
    total_spans: int
    error_count: int
    input: str | None = None
    run_id: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    created_at: datetime


class TraceDetail(TraceSummary):
    """A trace with its spans."""

    output: str | None = None
    error: str | None = None
    tree: list[TraceNode]


class TraceSessionStats(BaseModel):
    """The traces of one session, counted."""

    session_id: str
    user_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    total_traces: int
    first_trace_at: datetime
    last_trace_at: datetime


class DayAggregatedMetrics(BaseModel):
    """The numbers of one day."""

    id: str
    agent_runs_count: int
    agent_sessions_count: int
    team_runs_count: int
    team_sessions_count: int
    workflow_runs_count: int
    workflow_sessions_count: int
    users_count: int
    token_metrics: Json
    model_metrics: list[Json]
    date: datetime
    created_at: datetime
    updated_at: datetime


class MetricsResponse(BaseModel):
    """The numbers of some days."""

    metrics: list[DayAggregatedMetrics]
    updated_at: datetime | None = None


class MetricsRefreshResponse(BaseModel):
    """Whether the numbers are being worked out anew."""

    status: str
    message: str | None = None


class MetricsRefreshStatusResponse(BaseModel):
    """How far that is."""

    status: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
