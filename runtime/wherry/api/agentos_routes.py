"""The table of AgentOS's routes: method, path, endpoint. `app` puts it behind the contract's own.

What checks with Pydantic is imported with its first request.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wherry.api import agentos, agentos_config, agentos_forks, agentos_runs, system

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

KIND = "{kind:owners}"
_SESSIONS = "wherry.api.agentos_sessions"
_SESSION = "wherry.api.agentos_session"
_TRACES = "wherry.api.agentos_traces"
_MEMORIES = "wherry.api.agentos_memories"
_KNOWLEDGE = "wherry.api.agentos_knowledge"
_METRICS = "wherry.api.agentos_metrics"
_APPROVALS = "wherry.api.agentos_approvals"
_LEARNINGS = "wherry.api.agentos_learnings"
_EVALS = "wherry.api.agentos_evals"
_CHECKPOINTS = "wherry.api.agentos_checkpoints"


def later(module: str, name: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint whose module is imported with its first request: it checks with Pydantic, which takes 8 MB."""

    async def endpoint(request: Request) -> Response:
        found: Response = await getattr(import_module(module), name)(request)
        return found

    return endpoint


AGENTOS: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", f"/{KIND}/{{id}}/runs", agentos_runs.run_owner),
    ("GET", "/", agentos_config.home),
    ("GET", "/info", agentos_config.info),
    ("GET", "/config", agentos_config.config),
    ("GET", "/sessions", later(_SESSIONS, "list_sessions")),
    ("POST", "/sessions", later(_SESSION, "create_session")),
    ("DELETE", "/sessions", later(_SESSION, "delete_sessions")),
    ("GET", "/sessions/{session_id}", later(_SESSION, "get_session")),
    ("PATCH", "/sessions/{session_id}", later(_SESSION, "update_session")),
    ("DELETE", "/sessions/{session_id}", later(_SESSION, "delete_session")),
    ("POST", "/sessions/{session_id}/rename", later(_SESSION, "rename_session")),
    ("GET", "/sessions/{session_id}/runs", later(_SESSION, "session_runs")),
    ("GET", "/sessions/{session_id}/run-previews", later(_SESSION, "run_previews")),
    ("GET", "/sessions/{session_id}/runs/{run_id}", later(_SESSION, "session_run")),
    ("GET", "/traces", later(_TRACES, "list_traces")),
    ("GET", "/traces/filter-schema", later(_TRACES, "filter_schema")),
    ("POST", "/traces/search", later(_TRACES, "search_traces")),
    ("GET", "/traces/{trace_id}", later(_TRACES, "get_trace")),
    ("GET", "/trace_session_stats", later(_TRACES, "session_stats")),
    ("GET", "/memories", later(_MEMORIES, "list_memories")),
    ("POST", "/memories", later(_MEMORIES, "create_memory")),
    ("DELETE", "/memories", later(_MEMORIES, "delete_memories")),
    ("GET", "/memories/{memory_id}", later(_MEMORIES, "get_memory")),
    ("PATCH", "/memories/{memory_id}", later(_MEMORIES, "update_memory")),
    ("DELETE", "/memories/{memory_id}", later(_MEMORIES, "delete_memory")),
    ("GET", "/memory_topics", later(_MEMORIES, "memory_topics")),
    ("GET", "/user_memory_stats", later(_MEMORIES, "user_stats")),
    ("POST", "/optimize-memories", later(_MEMORIES, "optimize_memories")),
    ("GET", "/learnings", later(_LEARNINGS, "list_learnings")),
    ("POST", "/learnings", later(_LEARNINGS, "create_learning")),
    ("GET", "/learnings/users", later(_LEARNINGS, "list_users")),
    ("DELETE", "/learnings/users/{user_id}", later(_LEARNINGS, "delete_user")),
    ("GET", "/learnings/{learning_id}", later(_LEARNINGS, "get_learning")),
    ("PATCH", "/learnings/{learning_id}", later(_LEARNINGS, "update_learning")),
    ("DELETE", "/learnings/{learning_id}", later(_LEARNINGS, "delete_learning")),
    ("GET", "/eval-runs", later(_EVALS, "list_evals")),
    ("DELETE", "/eval-runs", later(_EVALS, "delete_evals")),
    ("GET", "/eval-runs/{eval_run_id}", later(_EVALS, "get_eval")),
    ("PATCH", "/eval-runs/{eval_run_id}", later(_EVALS, "rename_eval")),
    ("GET", "/approvals", later(_APPROVALS, "list_approvals")),
    ("GET", "/approvals/count", later(_APPROVALS, "count_approvals")),
    ("GET", "/approvals/{approval_id}", later(_APPROVALS, "get_approval")),
    ("DELETE", "/approvals/{approval_id}", later(_APPROVALS, "delete_approval")),
    ("GET", "/approvals/{approval_id}/status", later(_APPROVALS, "approval_status")),
    ("POST", "/approvals/{approval_id}/resolve", later(_APPROVALS, "resolve_approval")),
    ("GET", "/knowledge/content", later(_KNOWLEDGE, "list_contents")),
    ("POST", "/knowledge/content", later(f"{_KNOWLEDGE}_upload", "upload_content")),
    ("DELETE", "/knowledge/content", later(_KNOWLEDGE, "delete_contents")),
    ("GET", "/knowledge/content/{content_id}", later(_KNOWLEDGE, "get_content")),
    ("PATCH", "/knowledge/content/{content_id}", later(_KNOWLEDGE, "update_content")),
    ("DELETE", "/knowledge/content/{content_id}", later(_KNOWLEDGE, "delete_content")),
    ("GET", "/knowledge/content/{content_id}/status", later(_KNOWLEDGE, "content_status")),
    ("POST", "/knowledge/search", later(_KNOWLEDGE, "search_knowledge")),
    ("GET", "/knowledge/config", later(f"{_KNOWLEDGE}_config", "knowledge_config")),
    ("POST", "/metrics/refresh", later(_METRICS, "refresh_metrics")),
    ("GET", "/metrics/refresh/status", later(_METRICS, "refresh_status")),
    ("GET", "/health", system.health),
    ("GET", f"/{KIND}", agentos.list_owners),
    ("GET", f"/{KIND}/{{id}}", agentos.get_owner),
    ("GET", f"/{KIND}/{{id}}/runs", agentos_runs.list_runs),
    ("GET", f"/{KIND}/{{id}}/runs/{{run_id}}", agentos_runs.get_run),
    ("POST", f"/{KIND}/{{id}}/runs/{{run_id}}/cancel", agentos_runs.cancel),
    ("POST", f"/{KIND}/{{id}}/runs/{{run_id}}/continue", agentos_runs.continue_run),
    ("POST", f"/{KIND}/{{id}}/runs/{{run_id}}/resume", agentos_runs.resume),
    ("GET", f"/{KIND}/{{id}}/runs/{{run_id}}/checkpoints", later(_CHECKPOINTS, "list_checkpoints")),
    ("GET", f"/{KIND}/{{id}}/runs/{{run_id}}/checkpoints/{{message_index}}", later(_CHECKPOINTS, "get_checkpoint")),
    ("POST", f"/{KIND}/{{id}}/sessions/{{session_id}}/compact", later(_CHECKPOINTS, "compact")),
    ("POST", f"/{KIND}/{{id}}/sessions/{{session_id}}/fork", agentos_forks.fork),
)
