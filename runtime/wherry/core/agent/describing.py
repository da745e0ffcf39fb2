"""An agent, team or workflow as plain data, in the form and order in which Agno stores it. Called by `to_dict`.

An option is written when it differs from its default. What cannot be data is named (tools, schemas, knowledge) or left
out (hooks, callables). The way back is in `restoring`.
"""

from __future__ import annotations

import re
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.tools.foreign import is_function_like, is_toolkit_like
from wherry.core.tools.registry import key_of
from wherry.core.tools.resolve import native, plain_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HISTORY = ("add_history_to_context", "num_history_runs", "num_history_messages", "max_tool_calls_from_history")
_PAST = ("search_past_sessions", "num_past_sessions_to_search", "num_past_session_runs_in_search")
_STATE = ("session_state", "add_session_state_to_context", "enable_agentic_state", "overwrite_db_session_state")
_MEMORY = ("memory_manager", "enable_agentic_memory", "update_memory_on_run", "add_memories_to_context")
_LEARNING = ("learning", "add_learnings_to_context")
_SUMMARIES = ("enable_session_summaries", "add_session_summary_to_context")
_FOLLOWUPS = ("followups", "num_followups", "followup_model")
_KEPT = ("send_media_to_model", "store_media", "store_tool_messages", "store_history_messages")
_PARSING = ("parser_model", "parser_model_prompt", "output_model", "output_model_prompt")
_RETRIES = ("retries", "delay_between_retries", "exponential_backoff")
# Options that only Wherry has; Agno passes over what it does not know.
_OWN = ("run_timeout", "tool_timeout", "strict_run_arguments", "cancelled_runs_complete")

AGENT = (
    *("model", "name", "id", "user_id", "session_id", *_STATE, "cache_session", *_PAST, *_SUMMARIES),
    *("dependencies", "add_dependencies_to_context", "filesystem", *_MEMORY, *_LEARNING, "db", *_HISTORY),
    *("knowledge", "knowledge_filters"),
    *("enable_agentic_knowledge_filters", "add_knowledge_to_context", "search_knowledge"),
    *("add_search_knowledge_instructions", "references_format", "tools", "tool_call_limit", "tool_choice"),
    *("reasoning_model", *_FOLLOWUPS, "read_chat_history", "update_knowledge", "read_tool_call_history", *_KEPT),
    *("system_message", "system_message_role", "build_context", "description", "instructions", "expected_output"),
    *("additional_context", "markdown", "add_name_to_context", "add_datetime_to_context", "add_location_to_context"),
    *("timezone_identifier", "datetime_format", "resolve_in_context", "user_message_role", "build_user_context"),
    *(*_RETRIES, "input_schema", "output_schema", *_PARSING, "parse_response", "structured_outputs", "use_json_mode"),
    *("save_response_to_file", "stream", "stream_events", "store_events", "role", "team_id", "workflow_id", "metadata"),
    *("compress_tool_results", "offload_tool_results", "cache_callables", "debug_mode", "debug_level", "telemetry"),
)
TEAM = (
    *("id", "name", "role", "description", "model", "members", "mode", "max_iterations", "respond_directly"),
    *("delegate_to_all_members", "determine_input_for_members", "user_id", "session_id", *_STATE, "cache_session"),
    *("add_team_history_to_members", "num_team_history_runs", "share_member_interactions", *_PAST),
    *("read_chat_history", "system_message", "system_message_role", "introduction", "instructions", "expected_output"),
    *("additional_context", "markdown", "add_datetime_to_context", "add_location_to_context", "datetime_format"),
    *("timezone_identifier", "add_name_to_context", "add_member_tools_to_context", "resolve_in_context", "db"),
    *("dependencies", "add_dependencies_to_context", "knowledge", "knowledge_filters"),
    *("enable_agentic_knowledge_filters", "update_knowledge", "add_knowledge_to_context", "search_knowledge"),
    *("add_search_knowledge_instructions", "references_format", "tools", "tool_choice", "tool_call_limit"),
    *("get_member_information_tool", "input_schema", "output_schema", *_PARSING, "use_json_mode", "parse_response"),
    *(*_MEMORY, *_LEARNING, *_SUMMARIES, *_HISTORY, *_KEPT, "compress_tool_results", "offload_tool_results"),
    *("reasoning_model", *_FOLLOWUPS, "stream", "stream_events", "stream_member_events", "store_events"),
    *("store_member_responses", *_RETRIES, "metadata", "debug_mode", "debug_level", "show_members_responses"),
    "telemetry",
)
WORKFLOW = (
    *("name", "id", "description", "user_id", "session_id", "session_state", "overwrite_db_session_state", "db"),
    *("add_workflow_history_to_steps", "num_history_runs", "stream", "stream_events", "stream_executor_events"),
    *("store_events", "store_media", "store_executor_outputs", "input_schema", "metadata", "dependencies"),
    *("add_dependencies_to_context", "add_session_state_to_context", "debug_mode", "telemetry"),
)
_OWN_WORKFLOW = ("resumable", "strict", "finish_groups", "tell_inner", "wait_for_inner", "cancelled_runs_complete")
# A workflow writes these whatever they are.
_ALWAYS = frozenset(
    {
        *("overwrite_db_session_state", "add_workflow_history_to_steps", "num_history_runs", "stream_events"),
        *("stream_executor_events", "store_events", "store_media", "store_executor_outputs", "debug_mode"),
        "telemetry",
    }
)
_MADE_UP_ID = re.compile(r"memory_manager_[0-9a-f]{8}")


kind_of = attrgetter("_kind")


def made_up_manager(manager_id: Any) -> bool:
    """Whether the id of a memory manager is one that nobody chose: it names nothing in another process."""
    return isinstance(manager_id, str) and _MADE_UP_ID.fullmatch(manager_id) is not None


def described(owner: Any) -> dict[str, Any]:
    """The options that were given, as plain data; the steps of a workflow are added by itself."""
    kind = kind_of(owner)
    names = {"agent": (*AGENT, *_OWN), "team": (*TEAM, *_OWN), "workflow": (*WORKFLOW, *_OWN_WORKFLOW)}[kind]
    out: dict[str, Any] = {}
    for name in names:
        value = getattr(owner, name, None)
        if name in _SETTLED:
            value = _SETTLED[name](owner, value)
        elif value is None or (value == type(owner)._fields.get(name) and (kind != "workflow" or name not in _ALWAYS)):
            continue
        if value is not None and name in _FORMS:
            value = _FORMS[name](owner, value)
        if value is not None:
            out[name] = value
    return out


# --- what is written although it is a default -----------------------------------------------------------------------


def _history_runs(owner: Any, value: Any) -> Any:
    return 3 if value is None and owner.num_history_messages is None else value


def _search_instructions(owner: Any, value: Any) -> Any:
    # Agno writes this one for an agent when it is on, and for a team when it is off.
    return value if bool(value) is (kind_of(owner) == "agent") else None


def _followup_detail(owner: Any, value: Any) -> Any:
    return None if hasattr(owner.followups, "to_dict") or value in {None, 3} else value


def _mode(_owner: Any, value: Any) -> Any:
    return None if value is None else getattr(value, "value", str(value))


_SETTLED: dict[str, Callable[[Any, Any], Any]] = {
    "num_history_runs": _history_runs,
    "add_search_knowledge_instructions": _search_instructions,
    "num_followups": _followup_detail,
    "mode": _mode,
}


# --- forms ----------------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A value as plain data, or None when it cannot be."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        return items if all(item is not None for item in items) else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value.to_dict() if hasattr(value, "to_dict") and not isinstance(value, type) else None


def _plain(_owner: Any, value: Any) -> Any:
    return plain(value)


def _model(_owner: Any, model: Any) -> Any:
    return model.to_dict() if hasattr(model, "to_dict") else str(model)


def identity_of(model: Any) -> Any:
    """A model as its name, provider and id only."""
    if not hasattr(model, "to_dict"):
        return str(model)
    return {name: found for name in ("name", "provider", "id") if (found := getattr(model, name, None)) is not None}


def _followup_model(owner: Any, model: Any) -> Any:
    return None if hasattr(owner.followups, "to_dict") else identity_of(model)


def _data(_owner: Any, value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else None


def _followups(_owner: Any, value: Any) -> Any:
    return (value.to_dict() if hasattr(value, "to_dict") else bool(value)) if value else None


def _manager(owner: Any, manager: Any) -> Any:
    identity = getattr(manager, "id", None)
    if identity and not made_up_manager(identity):
        return {"registry_id": identity}
    if not (owner.enable_agentic_memory or owner.update_memory_on_run):
        log_warning("The memory manager has no id of its own and is not written; give it an id and register it.")
    return None


def _learning(_owner: Any, learning: Any) -> Any:
    name = getattr(learning, "name", None)
    if isinstance(name, str) and name:
        return {"name": name}
    return learning.to_dict() if hasattr(learning, "to_dict") else bool(learning)


def _knowledge(_owner: Any, knowledge: Any) -> Any:
    name = getattr(knowledge, "name", None)
    if name is None:
        log_warning("The knowledge has no name, so it cannot be named and is not written.")
        return None
    return {"name": name}


def _schema(_owner: Any, schema: Any) -> Any:
    if isinstance(schema, type):
        return schema.__name__
    return schema if isinstance(schema, dict) else None


def _text(_owner: Any, value: Any) -> Any:
    return value if isinstance(value, (str, list)) else None


def _members(_owner: Any, members: Any) -> Any:
    if callable(members):
        return None
    return [{"type": kind_of(member), f"{kind_of(member)}_id": member.id} for member in members] or None


def _tools(owner: Any, tools: Any) -> Any:
    if not isinstance(tools, (list, tuple)) or (kind_of(owner) == "agent" and owner.model is None):
        return None
    written: list[Any] = []
    names: set[str] = set()
    for tool in tools:
        if isinstance(tool, dict):
            written.append(tool)
            continue
        for function, toolkit in _functions(tool):
            if function.name not in names:
                names.add(function.name)
                written.append({**function.to_dict(), **({"toolkit": toolkit} if toolkit else {})})
    return written or None


def _functions(tool: Any) -> Iterator[tuple[Any, str | None]]:
    """The functions of a tool, each with the toolkit it belongs to."""
    if is_toolkit_like(tool):
        for function in tool.get_functions().values():
            yield native(function).for_run(), tool.name if isinstance(tool.name, str) else None
    elif is_function_like(tool):
        yield (native(tool).for_run() if tool.entrypoint is not None else tool), key_of(tool, "owning_toolkit")
    elif callable(tool) and (made := plain_function(tool, strict=False)) is not None:
        yield made, None


def _offloading(_owner: Any, value: Any) -> Any:
    from wherry.offload.setup import checked

    return value if checked(value) in (True, False) else value.to_dict()


def _files(_owner: Any, value: Any) -> Any:
    if not value or value is True:
        return value or None
    from wherry.core.agent.own_files import stores_of

    told = [store.to_dict() for store in stores_of(value)]
    return told if isinstance(value, list) else told[0]


_FORMS: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("session_state", "dependencies", "knowledge_filters", "metadata", "tool_choice"), _plain),
    **dict.fromkeys(("model", "reasoning_model", "parser_model", "output_model"), _model),
    **dict.fromkeys(("input_schema", "output_schema"), _schema),
    "followup_model": _followup_model,
    "followups": _followups,
    "db": _data,
    "offload_tool_results": _offloading,
    "filesystem": _files,
    "memory_manager": _manager,
    "learning": _learning,
    "knowledge": _knowledge,
    "instructions": _text,
    "system_message": lambda _owner, value: value if isinstance(value, str) else None,
    "members": _members,
    "tools": _tools,
}
