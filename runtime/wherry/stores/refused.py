"""Methods of Agno's databases that Wherry does not have.

Agno's `BaseDb` speaks for its whole platform: traces, schedules, components and more. Those methods exist here
by name only and raise `not_migrated` when they are called, through the support matrix.
"""

from __future__ import annotations

from typing import Any

NAMES = [
    "add_product_routine",
    "append_transcript_entries",
    "assign_authz_role",
    "authz_name_is_role",
    "calculate_metrics",
    "claim_due_schedule",
    "complete_task_run",
    "consume_mcp_oauth_transaction",
    "count_authz_audit_events",
    "count_authz_users",
    "count_authz_users_by_day",
    "count_authz_users_by_status",
    "count_company_acceptances",
    "create_approval",
    "create_component_with_config",
    "create_mcp_oauth_client",
    "create_product",
    "create_project",
    "create_schedule",
    "create_schedule_run",
    "create_service_account",
    "create_source",
    "create_span",
    "create_spans",
    "create_task",
    "delete_approval",
    "delete_auth_token",
    "delete_authz_policy",
    "delete_authz_role",
    "delete_authz_role_meta",
    "delete_authz_user",
    "delete_component",
    "delete_config",
    "delete_mcp_oauth_code",
    "delete_mcp_oauth_refresh",
    "delete_mcp_oauth_refresh_family",
    "delete_product",
    "delete_project",
    "delete_schedule",
    "delete_schedule_runs",
    "delete_service_account",
    "delete_source",
    "delete_task",
    "delete_transcript",
    "disable_schedules_for_target",
    "get_approval",
    "get_approvals",
    "get_auth_token",
    "get_authz_direct_roles",
    "get_authz_direct_roles_many",
    "get_authz_policies",
    "get_authz_role_meta",
    "get_authz_role_policies",
    "get_authz_user",
    "get_component",
    "get_config",
    "get_current_config",
    "get_dependents",
    "get_latest_config",
    "get_latest_configs",
    "get_latest_schedule_runs",
    "get_links",
    "get_mcp_oauth_client",
    "get_mcp_oauth_code",
    "get_mcp_oauth_keys",
    "get_mcp_oauth_refresh",
    "get_mcp_oauth_transaction",
    "get_metrics",
    "get_pending_approval_count",
    "get_product",
    "get_product_counts",
    "get_products",
    "get_project",
    "get_project_counts",
    "get_projects",
    "get_schedule",
    "get_schedule_by_name",
    "get_schedule_run",
    "get_schedule_runs",
    "get_schedules",
    "get_service_account",
    "get_service_account_by_name",
    "get_service_account_by_token_hash",
    "get_service_accounts",
    "get_source",
    "get_sources",
    "get_span",
    "get_span_stats",
    "get_spans",
    "get_task",
    "get_tasks",
    "get_trace",
    "get_trace_stats",
    "get_traces",
    "get_transcript_entries",
    "insert_mcp_oauth_key",
    "is_authz_user_disabled",
    "list_authz_role_meta",
    "list_authz_role_subjects",
    "list_authz_roles",
    "list_authz_user_ids",
    "list_authz_users",
    "list_components",
    "list_configs",
    "list_transcript_sessions",
    "list_transcript_subpaths",
    "load_component_graph",
    "mark_mcp_oauth_client_consumed",
    "read_authz_audit_events",
    "record_authz_audit_event",
    "record_authz_decision",
    "release_schedule",
    "replace_authz_subject_roles",
    "restore_component",
    "restore_product",
    "restore_project",
    "restore_source",
    "restore_task",
    "set_authz_role_policies",
    "set_authz_user_disabled",
    "set_current_version",
    "stamp_schedule_provenance",
    "start_task_run",
    "store_mcp_oauth_code",
    "store_mcp_oauth_refresh",
    "store_mcp_oauth_transaction",
    "transition_project",
    "transition_task",
    "unassign_authz_role",
    "update_approval",
    "update_approval_run_status",
    "update_product",
    "update_project",
    "update_schedule",
    "update_schedule_run",
    "update_service_account",
    "update_source",
    "update_task",
    "upsert_auth_token",
    "upsert_authz_policy",
    "upsert_authz_role_meta",
    "upsert_authz_user",
    "upsert_component",
    "upsert_config",
    "upsert_trace",
]


QUEUE = (
    "acquire_sweep",
    "cancel_job",
    "claim_job",
    "cleanup_jobs",
    "complete_job",
    "continue_job",
    "count_queued_jobs",
    "enqueue_job",
    "get_job",
    "heartbeat_jobs",
    "list_jobs",
    "queue_stats",
    "requeue_job",
    "retry_or_fail_job",
    "session_blocker",
    "settle_paused_job",
    "settle_swept_job",
    "sweep_exhausted_jobs",
)
QUEUE_ON_POSTGRES = (
    *QUEUE,
    "append_run_to_session_if_absent",
    "ensure_jobs_table",
    "insert_session_if_absent",
    "update_run_in_session",
)
_ON_SQL = ("cleanup_legacy_runs_column", "migrate_table_from_v1_to_v2")
_ON_DOCUMENTS = ("cleanup_legacy_runs_field",)
OF_CLASS: dict[str, tuple[str, ...]] = {
    "agno.db.in_memory.InMemoryDb": (),
    "agno.db.json.JsonDb": _ON_DOCUMENTS,
    "agno.db.redis.RedisDb": (*_ON_DOCUMENTS, *QUEUE),
    "agno.db.valkey.ValkeyDb": _ON_DOCUMENTS,
    "agno.db.sqlite.SqliteDb": _ON_SQL,
    "agno.db.sqlite.AsyncSqliteDb": _ON_SQL,
    "agno.db.postgres.PostgresDb": (*_ON_SQL, *QUEUE_ON_POSTGRES),
    "agno.db.postgres.AsyncPostgresDb": (*_ON_SQL, *QUEUE_ON_POSTGRES),
}
"""What one database of Agno's has beside the methods of its base, by Agno's path of the class."""


def refused_methods(cls: Any, path: str, *, suspending: bool) -> None:
    """Give a class the methods it does not have; calling one raises.

    Args:
        cls: A base class of databases, or a database.
        path: Agno's public path of that class.
        suspending: Its methods are coroutines.
    """
    for name in OF_CLASS.get(path, NAMES):
        if name not in vars(cls):
            waits = suspending and not _of_components(name)
            setattr(cls, name, _refusing(f"{path}.{name}", name, waits))


_CATALOGUE = frozenset({"component", "components", "config", "configs", "links", "dependents"})


def _of_components(name: str) -> bool:
    """Whether a method is one of the catalogue's: async databases of Agno's refuse those when called, not awaited."""
    words = name.split("_")
    return name == "set_current_version" or not _CATALOGUE.isdisjoint(words)


def _refusing(symbol: str, name: str, suspending: bool) -> Any:
    def refuse(self: Any, *_args: Any, **_given: Any) -> Any:
        from wherry.core.matrix import raise_not_migrated

        raise_not_migrated(symbol, what=f"{type(self).__name__}.{name}()")

    async def arefuse(self: Any, *_args: Any, **_given: Any) -> Any:
        refuse(self)

    method: Any = arefuse if suspending else refuse
    method.__name__, method.__qualname__ = name, symbol.removeprefix("agno.db.base.")
    method.__doc__ = "Not migrated; calling it raises."
    return method
