"""Layouts of the tables that keep what is taken out of a model's context. Named by `tables`."""

from __future__ import annotations

from wherry.stores.layouts import Column, Layout, many

TOOL_RESULTS = Layout(
    "tool_results",
    (
        Column("result_id", required=True, key=True),
        *many("namespace path session_id run_id tool_call_id tool_name args_hash content_type", required=True),
        *many("size_bytes line_count", "int", required=True),
        Column("preview", required=True, postgres="text"),
        Column("user_id"),
        Column("created_at", "int", required=True),
        Column("expires_at", "int", indexed=True),
    ),
    composite=(("session_id", "created_at"),),
    unique=(("uq_tool_results_namespace_path", ("namespace", "path")),),
)

COMPACTIONS = Layout(
    "compactions",
    (
        Column("compaction_id", required=True, key=True),
        Column("session_id", required=True),
        *many("run_id user_id first_kept_message_id summary archived_messages"),
        *many("messages_compacted tokens_before tokens_after", "int"),
        Column("created_at", "int", required=True),
    ),
    composite=(("session_id", "created_at"),),
)
