"""The constructor parameters that agents and teams share, with Agno's names and defaults.

A parameter that is not listed here is refused at construction through the support matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from wherry.core.options import KeywordOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.core.messages import Message

DEFAULT_FOLLOWUPS = 3


class RunnerOptions(KeywordOptions):
    """Options of an agent or a team.

    Attributes:
        model: A `Model`, or `"provider:id"`. Default: `OpenAIResponses(id="gpt-5.4")`.
        fallback_models: Models tried in turn when the first one fails.
        fallback_config: Which fallback serves which kind of error.
        name: Name shown to people; the id is derived from it.
        id: Identity in sessions, events and telemetry.
        role: What a team member is there for; told to the leader and to the model.
        user_id: Default user of a run.
        session_id: Default session of a run.
        session_state: Defaults of the session's state.
        add_session_state_to_context: Show the state to the model.
        overwrite_db_session_state: Let the given state replace the stored one.
        enable_agentic_state: Give the model a tool that updates the state.
        cache_session: Keep the session in memory between runs.
        dependencies: Values, or callables that give them, for prompts and tools.
        media_storage: Where media of stored runs are kept; without it they stand in the database.
        skills: `Skills` that the model reads when it needs them.
        db: Where sessions, runs and memories live.
        offload_tool_results: Keep long tool results apart, to be read back by parts: True, or a `ResultStore`. A member
            of a team that keeps them does so as well, unless it says False.
        learning: True, or a `wherry.learn.LearningMachine`: what is learned beside each run.
        add_learnings_to_context: Show the model what was learned, and how to use its tools (default True).
        reasoning_model: Asked for its thoughts before the model answers; it has to be one that is known to think.
        reasoning_agent: An agent of your own that thinks in the place of `reasoning_model`, whose kind says where the
            thoughts stand; nobody is asked without one, as in Agno.
        retries: How often a failed run is tried again (default 0).
        delay_between_retries: Seconds before a retry (default 1).
        exponential_backoff: Double the delay after each retry.
        checkpoint: When a run is saved: `"runs"` (at its end) or `"tool-batch"` (after each round of tools).
        run_timeout: Seconds after which a run fails; None for no limit. Wherry only.
        tool_timeout: Seconds after which a tool call fails; None for no limit. Wherry only.
        strict_run_arguments: Refuse unknown keywords of `run()` instead of warning. Wherry only.
        cancelled_runs_complete: Emit RunCompleted after RunCancelled, as Agno does (default True). Wherry only.
    """

    model: Any = None
    fallback_config: Any = None
    fallback_models: list[Any] | None = None
    name: str | None = None
    id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    session_state: dict[str, Any] | None = None
    add_session_state_to_context: bool = False
    overwrite_db_session_state: bool = False
    enable_agentic_state: bool = False
    cache_session: bool = False
    search_past_sessions: bool | None = False
    num_past_sessions_to_search: int | None = None
    num_past_session_runs_in_search: int | None = None
    dependencies: dict[str, Any] | None = None
    add_dependencies_to_context: bool = False
    db: Any = None
    memory_manager: Any = None
    learning: Any = None
    add_learnings_to_context: bool = True
    enable_agentic_memory: bool = False
    update_memory_on_run: bool = False
    add_memories_to_context: bool | None = None
    enable_session_summaries: bool = False
    add_session_summary_to_context: bool | None = None
    session_summary_manager: Any = None
    compress_tool_results: bool = False
    compression_manager: Any = None
    offload_tool_results: Any = None
    add_history_to_context: bool = False
    num_history_runs: int | None = None
    num_history_messages: int | None = None
    max_tool_calls_from_history: int | None = None
    store_media: bool = True
    media_storage: Any = None
    store_tool_messages: bool = True
    store_history_messages: bool = False
    knowledge: Any = None
    knowledge_filters: Any = None
    enable_agentic_knowledge_filters: bool | None = None
    add_knowledge_to_context: bool = False
    knowledge_retriever: Callable[..., Any] | None = None
    references_format: Literal["json", "yaml"] = "json"
    skills: Any = None
    metadata: dict[str, Any] | None = None
    tools: Sequence[Any] | Callable[..., Any] | None = None
    tool_call_limit: int | None = None
    tool_choice: str | dict[str, Any] | None = None
    tool_hooks: list[Callable[..., Any]] | None = None
    pre_hooks: list[Any] | None = None
    post_hooks: list[Any] | None = None
    reasoning_model: Any = None
    reasoning_agent: Any = None
    read_chat_history: bool = False
    search_knowledge: bool = True
    add_search_knowledge_instructions: bool = True
    update_knowledge: bool = False
    send_media_to_model: bool = True
    system_message: str | Callable[..., str] | Message | None = None
    system_message_role: str = "system"
    introduction: str | None = None
    description: str | None = None
    instructions: str | list[str] | Callable[..., Any] | None = None
    use_instruction_tags: bool = False
    expected_output: str | None = None
    additional_context: str | None = None
    markdown: bool = False
    add_name_to_context: bool = False
    add_datetime_to_context: bool = False
    add_location_to_context: bool = False
    datetime_format: str | None = None
    timezone_identifier: str | None = None
    resolve_in_context: bool = True
    additional_input: list[Any] | None = None
    retries: int = 0
    delay_between_retries: int = 1
    exponential_backoff: bool = False
    parser_model: Any = None
    parser_model_prompt: str | None = None
    input_schema: Any = None
    output_schema: Any = None
    parse_response: bool = True
    output_model: Any = None
    output_model_prompt: str | None = None
    use_json_mode: bool = False
    followups: Any = False
    num_followups: int | None = DEFAULT_FOLLOWUPS
    followup_model: Any = None
    stream: bool | None = None
    stream_events: bool | None = None
    store_events: bool = False
    events_to_skip: list[Any] | None = None
    role: str | None = None
    debug_mode: bool = False
    debug_level: Literal[1, 2] = 1
    telemetry: bool = True
    cache_callables: bool = True
    callable_tools_cache_key: Callable[..., str | None] | None = None
    callable_knowledge_cache_key: Callable[..., str | None] | None = None
    run_timeout: float | None = None
    tool_timeout: float | None = None
    checkpoint: str | None = None
    strict_run_arguments: bool = False
    cancelled_runs_complete: bool = True


class AgentOptions(RunnerOptions):
    """Options of an agent only.

    Attributes:
        build_context: Build a system message from the other options (default True).
        build_user_context: Add knowledge and dependencies to the user's message (default True).
        user_message_role: Role of the user's message.
        read_tool_call_history: Give the model a tool that reads earlier tool calls.
        structured_outputs: Force native structured output where the model can.
        save_response_to_file: Path template a run's content is written to.
        compaction: A `Compaction`, or True: older messages are replaced by a summary, and can be searched.
        filesystem: Files that stay between runs, with tools to work on them: a `FileSystem`, a list of them, or True
            for some of the agent's own in its database.
    """

    build_context: bool = True
    user_message_role: str = "user"
    build_user_context: bool = True
    read_tool_call_history: bool = False
    structured_outputs: bool | None = None
    save_response_to_file: str | None = None
    compaction: Any = None
    filesystem: Any = None
    _attributes: ClassVar[frozenset[str]] = frozenset({"team_id", "workflow_id", "members"})
    team_id: str | None = None
    workflow_id: str | None = None
    members: Any = None


class TeamOptions(RunnerOptions):
    """Options of a team only.

    Attributes:
        members: Agents, teams, or a callable that gives them.
        mode: coordinate, route, broadcast or tasks; inferred from the flags when None.
        respond_directly: A member's reply is the answer (route).
        determine_input_for_members: The leader words the task; False passes the user's input on.
        delegate_to_all_members: Every member gets the task (broadcast).
        max_iterations: Rounds of the task loop (tasks mode).
        share_member_interactions: Members see what other members did in this run.
        store_member_responses: Keep members' outputs in the stored run.
        stream_member_events: Let members' events through a streamed run.
    """

    members: Any = ()
    mode: Any = None
    respond_directly: bool = False
    determine_input_for_members: bool = True
    delegate_to_all_members: bool = False
    max_iterations: int = 10
    add_team_history_to_members: bool = False
    num_team_history_runs: int = 3
    add_member_tools_to_context: bool = False
    share_member_interactions: bool = False
    get_member_information_tool: bool = False
    store_member_responses: bool = False
    stream_member_events: bool = True
    show_members_responses: bool = False
    callable_members_cache_key: Callable[..., str | None] | None = None
    enable_agentic_knowledge_filters: bool | None = False
    build_context = True
    user_message_role = "user"
    build_user_context = True
    structured_outputs = None
    save_response_to_file = None
    read_tool_call_history = False
    compaction = None
    filesystem = None
