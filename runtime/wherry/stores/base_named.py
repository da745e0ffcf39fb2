"""What every database has: an id, the names of its tables, and what it says when two runs change one session.

Base of `BaseDb` and `AsyncBaseDb`, and of the methods that our databases over SQL share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from wherry.core.errors import SessionConflict, StoreError
from wherry.core.ids import new_id
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.stores.plans_saving import Saved
    from wherry.stores.protocol import Conflict, Unsaved

# Constructor parameter -> attribute and default name.
TABLES: dict[str, tuple[str, str]] = {
    "session_table": ("session_table_name", "agno_sessions"),
    "job_table": ("job_table_name", "agno_jobs"),
    "runs_table": ("runs_table_name", "agno_runs"),
    "memory_table": ("memory_table_name", "agno_memories"),
    "metrics_table": ("metrics_table_name", "agno_metrics"),
    "eval_table": ("eval_table_name", "agno_eval_runs"),
    "knowledge_table": ("knowledge_table_name", "agno_knowledge"),
    "traces_table": ("trace_table_name", "agno_traces"),
    "spans_table": ("span_table_name", "agno_spans"),
    "versions_table": ("versions_table_name", "agno_schema_versions"),
    "components_table": ("components_table_name", "agno_components"),
    "component_configs_table": ("component_configs_table_name", "agno_component_configs"),
    "component_links_table": ("component_links_table_name", "agno_component_links"),
    "learnings_table": ("learnings_table_name", "agno_learnings"),
    "schedules_table": ("schedules_table_name", "agno_schedules"),
    "products_table": ("products_table_name", "agno_company_products"),
    "sources_table": ("sources_table_name", "agno_company_sources"),
    "projects_table": ("projects_table_name", "agno_company_projects"),
    "tasks_table": ("tasks_table_name", "agno_company_tasks"),
    "schedule_runs_table": ("schedule_runs_table_name", "agno_schedule_runs"),
    "approvals_table": ("approvals_table_name", "agno_approvals"),
    "auth_tokens_table": ("auth_tokens_table_name", "agno_auth_tokens"),
    "service_accounts_table": ("service_accounts_table_name", "agno_service_accounts"),
    "mcp_oauth_clients_table": ("mcp_oauth_clients_table_name", "agno_mcp_oauth_clients"),
    "mcp_oauth_transactions_table": ("mcp_oauth_transactions_table_name", "agno_mcp_oauth_transactions"),
    "mcp_oauth_codes_table": ("mcp_oauth_codes_table_name", "agno_mcp_oauth_codes"),
    "mcp_oauth_refresh_tokens_table": ("mcp_oauth_refresh_tokens_table_name", "agno_mcp_oauth_refresh_tokens"),
    "mcp_oauth_keys_table": ("mcp_oauth_keys_table_name", "agno_mcp_oauth_keys"),
}


class Named:
    """Identity and table names."""

    id: str
    home: str
    on_conflict: Conflict = "report"
    on_unsaved: Unsaved = "report"
    session_table_name: str
    runs_table_name: str
    memory_table_name: str
    knowledge_table_name: str
    metrics_table_name: str
    eval_table_name: str
    versions_table_name: str
    _parameters: ClassVar[Sequence[str]] = tuple(TABLES)

    def __init__(
        self,
        *,
        id: str | None = None,
        on_conflict: Conflict = "report",
        on_unsaved: Unsaved = "report",
        **tables: Any,
    ) -> None:
        unknown = tables.keys() - TABLES.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {min(unknown)!r}")
        self.id = id or new_id()
        self.on_conflict, self.on_unsaved = on_conflict, on_unsaved
        self.home = new_id()  # of this object, unless its place is known; two databases may have one id
        self._name_tables(tables)

    def _name_tables(self, given: dict[str, Any]) -> None:
        for parameter, (attribute, default) in TABLES.items():
            setattr(self, attribute, given.get(parameter) or default)
        sessions = given.get("session_table")
        if sessions and sessions != "agno_sessions" and not given.get("runs_table"):
            # Runs refer to their session table: one shared runs table would lock out every other session table.
            self.runs_table_name = f"{sessions}_runs"
        self.tool_results_table_name = "agno_tool_results"
        self.compactions_table_name = "agno_compactions"
        self.transcripts_table_name = "agno_transcripts"

    def to_dict(self) -> dict[str, Any]:
        """Identity and table names, as `from_dict` takes them."""
        return {"id": self.id, **{name: getattr(self, TABLES[name][0]) for name in self._parameters}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """A database from what `to_dict` wrote."""
        given: dict[str, Any] = {name: data.get(name) for name in ("id", *cls._parameters)}
        return cls(**given)

    def _told(self, saved: Saved, session: Any) -> Saved:
        """Report what two runs on one session did to each other."""
        if saved.refused:
            said = f"Session {session.session_id!r} was not saved: it belongs to another user than {session.user_id!r}."
            if self.on_unsaved == "raise":
                raise StoreError(said, hint="Give each user a session_id of their own.")
            log_warning(said)
        if saved.conflicts:
            what = f"Two runs changed {', '.join(saved.conflicts)} of session {session.session_id!r} at once"
            if self.on_conflict == "raise":
                raise SessionConflict(
                    f"{what}; the stored values were kept.",
                    hint="Read the session again and repeat the change. The run itself is stored.",
                )
            log_warning(f"{what}; the later values were kept.")
        return saved
