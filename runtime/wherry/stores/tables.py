"""Layouts of Agno's tables, as data.

Names, order and kinds of columns are Agno 3.x's, for SQLite and for Postgres. `ddl` turns them into statements;
the plans read column names from here. A kind is the dialect-neutral type: string, text, json, int, bool, date.
"""

from __future__ import annotations

from wherry.stores.layouts import Column, Layout, many
from wherry.stores.tables_context import COMPACTIONS, TOOL_RESULTS

SCHEMA_VERSION = "3.0.0"
"""Stamped into `agno_schema_versions` for each table that Wherry creates; the layout of Agno 3.x."""


_created = Column("created_at", "int", required=True, indexed=True)
_updated = Column("updated_at", "int")

SESSIONS = Layout(
    "sessions",
    (
        Column("session_id", required=True, key=True),
        Column("session_type", required=True, indexed=True),
        *many("agent_id team_id workflow_id user_id"),
        *many("session_data agent_data team_data workflow_data metadata summary", "json"),
        _created,
        _updated,
    ),
)

RUNS = Layout(
    "runs",
    (
        Column("run_id", required=True, key=True),
        Column("session_id", required=True, indexed=True, parent="sessions.session_id"),
        Column("run_type", required=True, indexed=True),
        *many("agent_id team_id workflow_id user_id", indexed=True),
        Column("parent_run_id"),
        Column("status", indexed=True),
        Column("run_index", "int"),
        Column("run_data", "json", required=True),
        _created,
        _updated,
    ),
    composite=(("session_id", "run_index"),),
)

MEMORIES = Layout(
    "memories",
    (
        Column("memory_id", required=True, key=True),
        Column("memory", "json", required=True),
        Column("input", postgres="text"),
        *many("agent_id team_id"),
        Column("user_id", indexed=True),
        Column("topics", "json"),
        Column("feedback", postgres="text"),
        _created,
        Column("updated_at", "int", indexed=True),
    ),
    postgres_order=(
        "memory_id",
        "memory",
        "feedback",
        "input",
        "agent_id",
        "team_id",
        "user_id",
        "topics",
        "created_at",
        "updated_at",
    ),
)

KNOWLEDGE = Layout(
    "knowledge",
    (
        Column("id", required=True, key=True),
        Column("name", required=True),
        Column("description", required=True, postgres="text"),
        Column("metadata", "json"),
        Column("type"),
        Column("size", "int"),
        Column("linked_to"),
        Column("access_count", "int"),
        Column("status"),
        Column("status_message", postgres="text"),
        *many("created_at updated_at", "int"),
        Column("external_id"),
        Column("user_id", indexed=True),
    ),
    composite=(("user_id", "linked_to"),),
)

VERSIONS = Layout(
    "versions",
    (
        Column("table_name", required=True, key=True),
        Column("version", required=True),
        Column("created_at", required=True, indexed=True),
        Column("updated_at"),
    ),
)

METRICS = Layout(
    "metrics",
    (
        Column("id", required=True, key=True),
        *many(
            "agent_runs_count team_runs_count workflow_runs_count agent_sessions_count team_sessions_count "
            "workflow_sessions_count users_count",
            "int",
            required=True,
        ),
        *many("token_metrics model_metrics", "json", required=True),
        Column("date", "date", required=True, indexed=True),
        Column("aggregation_period", required=True, indexed=True, index_on=("sqlite",)),
        Column("user_id", required=True, indexed=True),
        Column("created_at", "int", required=True),
        _updated,
        Column("completed", "bool", required=True),
    ),
    unique=(("uq_metrics_user_date_period", ("user_id", "date", "aggregation_period")),),
)

SERVICE_ACCOUNTS = Layout(
    "service_accounts",
    (
        Column("id", required=True, key=True),
        Column("name", required=True),
        Column("user_id"),
        Column("token_hash", required=True, unique=True, indexed=True),
        Column("token_prefix", required=True),
        Column("scopes", "json", required=True),
        _created,
        *many("expires_at last_used_at revoked_at", "int"),
        Column("created_by"),
    ),
    partial=(("uq_active_name", ("name",), "revoked_at IS NULL"),),
)

APPROVALS = Layout(
    "approvals",
    (
        Column("id", required=True, key=True),
        *many("run_id session_id status source_type", required=True, indexed=True),
        Column("approval_type", indexed=True),
        Column("pause_type", required=True, indexed=True),
        Column("tool_name"),
        Column("tool_args", "json"),
        Column("expires_at", "int"),
        *many("agent_id team_id workflow_id user_id schedule_id schedule_run_id", indexed=True),
        Column("source_name"),
        *many("requirements context resolution_data", "json"),
        Column("resolved_by"),
        Column("resolved_at", "int"),
        _created,
        _updated,
        Column("run_status", indexed=True),
    ),
)

EVALS = Layout(
    "evals",
    (
        Column("run_id", required=True, key=True),
        Column("eval_type", required=True),
        *many("eval_data eval_input", "json", required=True),
        *many("name agent_id team_id workflow_id model_id model_provider evaluated_component_name"),
        Column("user_id", indexed=True),
        _created,
        _updated,
    ),
)

TRACES = Layout(
    "traces",
    (
        Column("trace_id", required=True, key=True),
        Column("name", required=True),
        *many("status start_time", required=True, indexed=True),
        Column("end_time", required=True),
        Column("duration_ms", "int", required=True),
        *many("run_id session_id user_id agent_id team_id workflow_id", indexed=True),
        Column("created_at", required=True, indexed=True),
    ),
)

SPANS = Layout(
    "spans",
    (
        Column("span_id", required=True, key=True),
        Column("trace_id", required=True, indexed=True, parent="traces.trace_id", cascades=False),
        Column("parent_span_id", indexed=True),
        *many("name span_kind status_code", required=True),
        Column("status_message", postgres="text"),
        Column("start_time", required=True, indexed=True),
        Column("end_time", required=True),
        Column("duration_ms", "int", required=True),
        Column("attributes", "json"),
        Column("created_at", required=True, indexed=True),
    ),
)

COMPONENTS = Layout(
    "components",
    (
        Column("component_id", required=True, key=True),
        Column("component_type", required=True, indexed=True),
        Column("name", required=True, indexed=True, null_on=("postgres",)),
        Column("user_id", indexed=True),
        Column("description", postgres="text"),
        Column("current_version", "int", indexed=True, postgres="integer"),
        Column("metadata", "json"),
        _created,
        *many("updated_at deleted_at", "int"),
    ),
)

COMPONENT_CONFIGS = Layout(
    "component_configs",
    (
        Column("component_id", required=True, key=True),
        Column("version", "int", required=True, key=True, postgres="integer"),
        Column("label"),
        Column("stage", required=True, indexed=True),
        Column("config", "json", required=True),
        Column("notes", postgres="text"),
        _created,
        _updated,
    ),
    postgres_extra=(Column("deleted_at", "int"),),
    postgres_parents=((("component_id",), "components", ("component_id",)),),
)

COMPONENT_LINKS = Layout(
    "component_links",
    (
        Column("parent_component_id", required=True, key=True),
        Column("parent_version", "int", required=True, key=True, postgres="integer"),
        Column("link_kind", required=True, key=True, indexed=True),
        Column("link_key", required=True, key=True),
        Column("child_component_id", required=True),
        Column("child_version", "int", postgres="integer"),
        Column("position", "int", required=True, postgres="integer"),
        Column("meta", "json"),
        Column("created_at", "int", indexed=True),
        _updated,
    ),
    postgres_parents=(
        (("child_component_id",), "components", ("component_id",)),
        (("parent_component_id", "parent_version"), "component_configs", ("component_id", "version")),
    ),
)

LEARNINGS = Layout(
    "learnings",
    (
        Column("learning_id", required=True, key=True),
        Column("learning_type", required=True, indexed=True),
        *many("namespace user_id agent_id team_id workflow_id session_id entity_id entity_type", indexed=True),
        Column("content", "json", required=True),
        Column("metadata", "json"),
        _created,
        _updated,
    ),
)

_ALL = (
    SESSIONS,
    RUNS,
    MEMORIES,
    KNOWLEDGE,
    VERSIONS,
    METRICS,
    SERVICE_ACCOUNTS,
    APPROVALS,
    EVALS,
    TRACES,
    SPANS,
    COMPONENTS,
    COMPONENT_CONFIGS,
    COMPONENT_LINKS,
    TOOL_RESULTS,
    COMPACTIONS,
    LEARNINGS,
)
LAYOUTS = {layout.kind: layout for layout in _ALL}

# Table type -> attribute of a store that holds the table's name.
NAME_ATTRIBUTES = {
    "sessions": "session_table_name",
    "runs": "runs_table_name",
    "memories": "memory_table_name",
    "knowledge": "knowledge_table_name",
    "versions": "versions_table_name",
    "metrics": "metrics_table_name",
    "service_accounts": "service_accounts_table_name",
    "approvals": "approvals_table_name",
    "evals": "eval_table_name",
    "traces": "trace_table_name",
    "spans": "span_table_name",
    "components": "components_table_name",
    "component_configs": "component_configs_table_name",
    "component_links": "component_links_table_name",
    "tool_results": "tool_results_table_name",
    "compactions": "compactions_table_name",
    "learnings": "learnings_table_name",
}
