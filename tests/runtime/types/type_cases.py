"""The catalogue of objects that both sides build: each class bare, full, and in the shapes that differ in kind."""

from __future__ import annotations

from typing import Any

AT = 1_700_000_000
TOOL_METRICS = {"$": "metrics.ToolCallMetrics", "start_time": 1.5, "end_time": 2.5, "duration": 1.0}
FIELD = {"$": "tools.function.UserInputField", "name": "size", "field_type": {"$type": "int"}, "description": "cm"}
OPTION = {"$": "tools.function.UserFeedbackOption", "label": "red", "description": "warm"}
QUESTION = {"$": "tools.function.UserFeedbackQuestion", "question": "Colour?", "header": "C", "options": [OPTION]}
TOOL = {
    "$": "models.response.ToolExecution",
    "tool_call_id": "call_1",
    "tool_name": "add",
    "tool_args": {"a": 1, "b": [1, {"c": None}]},
    "tool_call_error": False,
    "result": "3",
    "metrics": TOOL_METRICS,
    "created_at": AT,
    "stop_after_tool_call": True,
}
ASKING = {**TOOL, "requires_user_input": True, "user_input_schema": [FIELD], "user_feedback_schema": [QUESTION]}
CONFIRM = {**TOOL, "requires_confirmation": True, "approval_type": "required", "approval_id": "ap"}
REQUIREMENT = {
    "$": "run.requirement.RunRequirement",
    "tool_execution": CONFIRM,
    "id": "req_1",
    "created_at": {"$time": "2026-01-02T03:04:05.678901+00:00"},
}
REFERENCE = {
    "$": "media.MediaReference",
    "media_id": "m",
    "storage_key": "k",
    "storage_backend": "s3",
    "size": 3,
    "metadata": {"a": 1},
}
IMAGE = {"$": "media.Image", "id": "img", "content": {"$bytes": "\x89PNG"}, "mime_type": "image/png", "detail": "low"}
AUDIO = {"$": "media.Audio", "id": "aud", "content": {"$bytes": "RIFF"}, "transcript": "hi", "expires_at": 9}
VIDEO = {"$": "media.Video", "id": "vid", "url": "http://127.0.0.1/v.mp4", "duration": 0.0, "fps": 24.0}
FILE = {
    "$": "media.File",
    "id": "f",
    "content": {"$bytes": "%PDF"},
    "mime_type": "application/pdf",
    "filename": "a.pdf",
}
TEXT_FILE = {"$": "media.File", "id": "t", "content": {"$bytes": "caf\xc3\xa9"}, "mime_type": "text/plain"}
USED = {"$": "metrics.MessageMetrics", "input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "duration": 0.0}
MESSAGE = {
    "$": "models.message.Message",
    "id": "msg",
    "role": "assistant",
    "content": "Grüße",
    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
    "metrics": USED,
    "created_at": AT,
}
PLAIN_MESSAGE = {"$": "models.message.Message", "id": "m0", "role": "user", "content": "Hi", "created_at": AT}
REFERENCES = {"$": "models.message.MessageReferences", "query": "q", "references": [{"a": 1}, "b"], "time": 0.5}
CITATIONS = {
    "$": "models.message.Citations",
    "raw": [{"x": 1}],
    "urls": [{"$": "models.message.UrlCitation", "url": "http://127.0.0.1/", "title": None}],
    "documents": [{"$": "models.message.DocumentCitation", "document_title": "T", "cited_text": "c"}],
}
STEP = {
    "$": "reasoning.step.ReasoningStep",
    "title": "Add",
    "next_action": {"$enum": ["reasoning.step.NextAction", "CONTINUE"]},
    "confidence": 0.5,
}
MODEL_METRICS = {"$": "metrics.ModelMetrics", "id": "gpt", "provider": "OpenAI Chat", "input_tokens": 3, "cost": 0.0}
RUN_METRICS = {
    "$": "metrics.RunMetrics",
    "input_tokens": 3,
    "total_tokens": 3,
    "duration": 1.25,
    "time_to_first_token": 0.25,
    "details": {"model": [{**MODEL_METRICS, "provider_metrics": {}}], "output_model": []},
    "additional_metrics": {"eval_duration": 1},
}
RUN_INPUT = {"$": "run.agent.RunInput", "input_content": "Hi", "images": [IMAGE], "audios": [AUDIO]}
TEAM_INPUT = {"$": "run.team.TeamRunInput", "input_content": [PLAIN_MESSAGE, {"role": "user", "images": [IMAGE]}]}
MEMBER = {
    "$": "run.agent.RunOutput",
    "run_id": "r2",
    "agent_id": "a2",
    "content": "part",
    "created_at": AT,
    "events": [],
}
STEP_OUTPUT = {
    "$": "workflow.types.StepOutput",
    "step_name": "one",
    "step_type": "Step",
    "content": {"a": 1},
    "images": [IMAGE],
    "metrics": RUN_METRICS,
    "steps": [{"$": "workflow.types.StepOutput", "step_name": "inner", "content": 5}],
}
STEP_METRICS = {
    "$": "workflow.types.StepMetrics",
    "step_name": "one",
    "executor_type": "agent",
    "executor_name": "A",
    "metrics": RUN_METRICS,
}
WORKFLOW_METRICS = {"$": "workflow.types.WorkflowMetrics", "steps": {"one": STEP_METRICS}, "duration": 2.0}
TASK = {"$": "run.team.TaskData", "id": "t", "title": "T", "dependencies": ["s"]}
AGENT_EVENT = {"$": "run.agent.RunContentEvent", "created_at": AT, "agent_id": "a", "run_id": "r", "content": "x"}
STATE = {"n": 1, "deep": {"list": [1, {"$tuple": [2, 3]}]}}

# A value for each field name an event or output may have.
BY_NAME: dict[str, Any] = {
    "created_at": AT,
    "tools": [TOOL, ASKING],
    "tool": CONFIRM,
    "content": "Grüße\n",
    "citations": CITATIONS,
    "response_audio": AUDIO,
    "image": IMAGE,
    "images": [IMAGE],
    "videos": [VIDEO],
    "audio": [AUDIO],
    "files": [FILE, TEXT_FILE],
    "references": [REFERENCES],
    "additional_input": [PLAIN_MESSAGE],
    "messages": [PLAIN_MESSAGE, MESSAGE],
    "reasoning_steps": [STEP],
    "reasoning_messages": [MESSAGE],
    "metadata": {"b": 1, "a": [None]},
    "metrics": RUN_METRICS,
    "session_state": STATE,
    "model_provider_data": {"id": "resp_1"},
    "additional_data": {"k": ["v"]},
    "requirements": [REQUIREMENT],
    "memories": [{"memory": "m"}],
    "followups": ["And then?"],
    "tasks": [TASK],
    "dependencies": ["t1"],
    "member_responses": [MEMBER],
    "nested_depth": 1,
    "step_index": 2,
    "step_results": [STEP_OUTPUT],
    "iteration_results": [STEP_OUTPUT],
    "all_results": [[STEP_OUTPUT], []],
    "step_executor_runs": [MEMBER],
    "step_output": STEP_OUTPUT,
    "step_response": STEP_OUTPUT,
    "selected_steps": ["one"],
    "available_choices": ["one", "two"],
    "user_input_schema": [{"name": "x"}],
    "executor_requirements": [{"id": "req"}],
    "data": {"done": 0.5},
    "events": [AGENT_EVENT],
    "workflow_agent_run": MEMBER,
    "input": "Hi",
    "status": {"$enum": ["run.base.RunStatus", "paused"]},
    "cancellation_stage": {"$enum": ["run.base.CancellationStage", "executing"]},
    "confidence": 0.5,
    "workflow_agent": True,
    "goal_complete": True,
    "should_continue": False,
    "condition_result": False,
    "archived": True,
    "requires_confirmation": True,
    "requires_user_input": True,
    "requires_output_review": True,
    "allow_multiple_selections": True,
}
NUMBERS = {
    "queue_attempt",
    "last_checkpoint_at_message_index",
    "forked_from_message_index",
    "paused_step_index",
    "attempt",
    "iteration",
    "max_iterations",
    "total_iterations",
    "executed_steps",
    "steps_count",
    "parallel_step_count",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "reasoning_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "tool_results_compressed",
    "original_size",
    "compressed_size",
    "messages_compacted",
    "tokens_before",
    "tokens_after",
}
# Left out of the comparison: what these hold is not made here, or has a test of its own.
SKIPPED = {
    "event",
    "event_index",
    "session_summary",
    "compaction",
    "run_output",
    "step_requirements",
    "error_requirements",
    "pause_kind",
    "executor_type",
}


def sample(name: str, path: str) -> Any:
    """A value for a field of the class at `path`."""
    if name == "run_input":
        return TEAM_INPUT if ".team." in path else RUN_INPUT
    if name == "input" and path.endswith(".RunOutput"):
        return RUN_INPUT
    if name == "input" and path.endswith(".TeamRunOutput"):
        return TEAM_INPUT
    if name == "metrics" and "workflow" in path:
        return WORKFLOW_METRICS
    if name == "status" and path.endswith("Event"):
        return "PAUSED"
    if name == "time_to_first_token":
        return 0.5
    if name in NUMBERS:
        return 7
    return BY_NAME.get(name, f"a {name}")


def full(path: str, names: tuple[str, ...], *without: str) -> dict[str, Any]:
    """The class at `path` with a value for every field."""
    left_out = SKIPPED | set(without)
    return {"$": path, **{name: sample(name, path) for name in names if name not in left_out}}


TO_DICT: list[tuple[str, dict[str, Any]]] = [
    ("image of bytes", IMAGE),
    ("image of a path", {"$": "media.Image", "id": "i", "filepath": {"$path": "a/b.png"}}),
    ("image of a reference", {"$": "media.Image", "id": "i", "media_reference": REFERENCE, "metadata": {"k": 1}}),
    (
        "image of a reference as JSON",
        {
            "$": "media.Image",
            "id": "i",
            "media_reference": {"media_id": "m", "storage_key": "k", "storage_backend": "s"},
        },
    ),
    ("image of text", {"$": "media.Image", "id": "i", "content": "abc"}),
    (
        "image with every text",
        {
            "$": "media.Image",
            "id": "i",
            "url": "http://127.0.0.1/",
            "format": "png",
            "original_prompt": "o",
            "revised_prompt": "r",
            "alt_text": "a",
            "unknown": 1,
        },
    ),
    ("audio", AUDIO),
    ("audio without rate", {**AUDIO, "sample_rate": None, "channels": 2}),
    ("video", VIDEO),
    (
        "video with every field",
        {**VIDEO, "width": 1, "height": 2, "eta": "3", "format": "mp4", "mime_type": "video/mp4"},
    ),
    ("file", FILE),
    ("text file", TEXT_FILE),
    ("broken text file", {**TEXT_FILE, "content": {"$bytes": "\xff\xfe"}}),
    ("file of text", {"$": "media.File", "id": "f", "content": "plain"}),
    (
        "file of an id",
        {"$": "media.File", "id": "file-1", "size": 0, "name": "n", "format": "txt", "external": {"uri": "u"}},
    ),
    ("empty file content", {"$": "media.File", "id": "file-1", "content": {"$bytes": ""}}),
    ("reference", REFERENCE),
    ("plain message", PLAIN_MESSAGE),
    ("answer", MESSAGE),
    (
        "message with all",
        {
            **MESSAGE,
            "name": "n",
            "compressed_content": "c",
            "tool_call_id": "t",
            "tool_name": "x",
            "tool_args": {},
            "tool_call_error": False,
            "images": [IMAGE],
            "audio": [AUDIO],
            "videos": [VIDEO],
            "files": [FILE],
            "audio_output": AUDIO,
            "image_output": IMAGE,
            "reasoning_content": "r",
            "redacted_reasoning_content": "",
            "provider_data": {"a": 1},
            "citations": CITATIONS,
            "references": REFERENCES,
            "from_history": True,
            "stop_after_tool_call": True,
            "temporary": True,
            "checkpoint_status": "RUNNING",
            "checkpoint_created_at": AT,
            "extra": 1,
        },
    ),
    (
        "message of parts",
        {**PLAIN_MESSAGE, "content": [{"type": "text", "text": "a"}], "tool_args": "text", "tool_calls": []},
    ),
    (
        "message with media as JSON",
        {**PLAIN_MESSAGE, "images": [{"url": "http://127.0.0.1/", "id": "i"}], "files": [{"id": "f"}]},
    ),
    ("tool call", TOOL),
    ("tool call that asks", ASKING),
    ("bare tool call", {"$": "models.response.ToolExecution", "created_at": AT}),
    ("requirement", REQUIREMENT),
    ("requirement that asks", {**REQUIREMENT, "tool_execution": ASKING}),
    ("field", FIELD),
    ("question", QUESTION),
    (
        "question without options",
        {"$": "tools.function.UserFeedbackQuestion", "question": "q", "selected_options": ["a"]},
    ),
    ("model metrics", MODEL_METRICS),
    ("tool metrics", TOOL_METRICS),
    ("message metrics", {**USED, "provider_metrics": {}, "cost": 0.0, "time_to_first_token": 0.1}),
    ("run metrics", RUN_METRICS),
    ("empty run metrics", {"$": "metrics.RunMetrics", "details": {}, "additional_metrics": {}}),
    (
        "session metrics",
        {
            "$": "metrics.SessionMetrics",
            "input_tokens": 1,
            "details": {"model": [MODEL_METRICS]},
            "additional_metrics": {"a": 1},
        },
    ),
    ("bare model response", {"$": "models.response.ModelResponse", "created_at": AT}),
    ("run input", RUN_INPUT),
    ("team input", TEAM_INPUT),
    ("input of a model", {"$": "run.agent.RunInput", "input_content": {"$model": {"a": 1, "b": None}}}),
    ("input of a message", {"$": "run.agent.RunInput", "input_content": PLAIN_MESSAGE}),
    ("input of a dict", {"$": "run.agent.RunInput", "input_content": {"a": 1}}),
    ("input of texts", {"$": "run.agent.RunInput", "input_content": ["a", {"$model": {"a": 1}}]}),
    (
        "output with a model",
        {
            "$": "run.agent.RunOutput",
            "content": {"$model": {"a": 1, "b": None}},
            "run_id": "r",
            "tools": [TOOL],
            "created_at": AT,
        },
    ),
    ("output with a dict", {"$": "run.agent.RunOutput", "content": STATE, "created_at": AT}),
    (
        "output with empty lists",
        {
            "$": "run.agent.RunOutput",
            "content": "",
            "messages": [],
            "tools": [],
            "events": [],
            "images": [],
            "created_at": AT,
        },
    ),
    (
        "team output with a model",
        {
            "$": "run.team.TeamRunOutput",
            "content": {"$model": {"a": 1}},
            "member_responses": [MEMBER],
            "created_at": AT,
        },
    ),
    ("team output without members", {"$": "run.team.TeamRunOutput", "created_at": AT}),
    (
        "workflow output with a model",
        {
            "$": "run.workflow.WorkflowRunOutput",
            "input": {"$model": {"q": 1, "z": None}},
            "content": {"$model": {"a": 1}},
            "step_results": [STEP_OUTPUT, [STEP_OUTPUT]],
            "step_executor_runs": [],
            "created_at": AT,
        },
    ),
    ("content event with a model", {**AGENT_EVENT, "content": {"$model": {"a": 1, "b": None}}, "tools": [TOOL]}),
    (
        "reasoning step event",
        {"$": "run.agent.ReasoningStepEvent", "created_at": AT, "content": STEP, "reasoning_content": "r"},
    ),
    (
        "step completed with a model",
        {
            "$": "run.workflow.StepCompletedEvent",
            "created_at": AT,
            "content": {"$model": {"a": 1}},
            "step_index": {"$tuple": [1, 2]},
        },
    ),
    ("step output event", {"$": "run.workflow.StepOutputEvent", "created_at": AT, "step_output": STEP_OUTPUT}),
    (
        "step output event with a model",
        {
            "$": "run.workflow.StepOutputEvent",
            "created_at": AT,
            "step_output": {**STEP_OUTPUT, "content": {"$model": {"a": 1}}},
        },
    ),
    ("step output", STEP_OUTPUT),
    (
        "step input",
        {
            "$": "workflow.types.StepInput",
            "input": {"a": 1},
            "previous_step_content": {"b": 2},
            "previous_step_outputs": {"one": STEP_OUTPUT},
            "images": [IMAGE],
        },
    ),
    (
        "step input with a model",
        {
            "$": "workflow.types.StepInput",
            "input": {"$model": {"a": 1}},
            "previous_step_content": {"$model": {"b": 1}},
            "additional_data": {"x": 1},
        },
    ),
    ("workflow input", {"$": "workflow.types.WorkflowExecutionInput", "input": 5, "files": [FILE]}),
    ("workflow metrics", WORKFLOW_METRICS),
    ("task", TASK),
]

DUMPS: list[tuple[str, dict[str, Any], str]] = [
    (f"{kind} {options}", spec, f"{method}:{options}")
    for kind, spec in (
        ("image", {**IMAGE, "content": {"$bytes": "abc"}}),
        ("file", TEXT_FILE),
        ("message", MESSAGE),
        ("citations", CITATIONS),
        ("step", STEP),
        ("references", REFERENCES),
        (
            "message with media",
            {
                **PLAIN_MESSAGE,
                "images": [{**IMAGE, "content": {"$bytes": "abc"}}],
                "citations": CITATIONS,
                "extra": {"a": None},
            },
        ),
    )
    for method, options in (
        ("model_dump_json", "{}"),
        ("model_dump_json", '{"exclude_none": true}'),
        ("model_dump", '{"exclude_none": true}'),
        ("model_dump", '{"mode": "json", "include": ["id", "query", "title"]}'),
    )
]

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("image without source", {"$": "media.Image"}),
    ("image with two sources", {"$": "media.Image", "url": "u", "filepath": "f"}),
    ("audio without source", {"$": "media.Audio", "id": "a"}),
    ("file without source", {"$": "media.File", "name": "n"}),
    ("file of a strange type", {"$": "media.File", "id": "f", "mime_type": "application/x-strange"}),
    ("message without role", {"$": "models.message.Message", "content": "x"}),
    ("message with a dict", {"$": "models.message.Message", "role": "user", "content": {"a": 1}}),
]

USED_TOO = {
    "$": "metrics.MessageMetrics",
    "output_tokens": 4,
    "cost": 0.5,
    "duration": 1.5,
    "time_to_first_token": 0.2,
    "provider_metrics": {"a": 1, "b": "x"},
}
RUN_TOO = {
    **RUN_METRICS,
    "cost": 0.25,
    "time_to_first_token": 0.1,
    "additional_metrics": {"eval_duration": 2, "x": "y"},
    "details": {
        "model": [{**MODEL_METRICS, "cost": 1.5, "provider_metrics": {"n": 1}}],
        "memory_model": [MODEL_METRICS],
    },
}
ANSWERED = {
    "tool_execution": {
        "tool_name": "t",
        "requires_user_input": True,
        "user_input_schema": [{"name": "size", "field_type": "int", "description": None, "value": None}],
    },
    "created_at": "2026-01-02T03:04:05+00:00",
    "id": "r",
}
STORED_TOOL = {"tool_name": "t", "requires_confirmation": True, "created_at": AT}
ASKED_TOOL = {
    "tool_name": "t",
    "created_at": AT,
    "user_feedback_schema": [{"question": "q", "options": [{"label": "a"}, {"label": "b"}]}],
}


def _stored(**more: Any) -> dict[str, Any]:
    return {"$from": ["run.requirement.RunRequirement", {"id": "r", "created_at": "2026-01-02T03:04:05+00:00", **more}]}


# Objects after something was done to them, and what they then say.
DONE: list[tuple[str, dict[str, Any], str]] = [
    ("sum of message metrics", {"$sum": [{**USED, "provider_metrics": {"a": 2, "c": []}}, USED_TOO]}, "to_dict"),
    ("sum of run metrics", {"$sum": [RUN_METRICS, RUN_TOO, {"$": "metrics.RunMetrics"}]}, "to_dict"),
    (
        "sum of session metrics",
        {
            "$sum": [
                {"$": "metrics.SessionMetrics", "input_tokens": 1, "details": {"model": [MODEL_METRICS]}},
                {
                    "$": "metrics.SessionMetrics",
                    "cost": 1.0,
                    "details": {"model": [MODEL_METRICS]},
                    "additional_metrics": {"a": 1},
                },
            ]
        },
        "to_dict",
    ),
    (
        "session after two runs",
        {
            "$after": [
                {"$after": [{"$": "metrics.SessionMetrics"}, "accumulate_from_run", [RUN_METRICS]]},
                "accumulate_from_run",
                [RUN_TOO],
            ]
        },
        "to_dict",
    ),
    (
        "model metrics twice",
        {"$after": [MODEL_METRICS, "accumulate", [{**MODEL_METRICS, "cost": 2.0, "provider_metrics": {"a": 1}}]]},
        "to_dict",
    ),
    ("run metrics again", RUN_METRICS, "again"),
    (
        "tool metrics from text",
        {
            "$from": [
                "metrics.ToolCallMetrics",
                {"start_time": "2026-01-02T03:04:05+00:00", "end_time": "7.5", "duration": 1},
            ]
        },
        "to_dict",
    ),
    (
        "tool metrics from nonsense",
        {"$from": ["metrics.ToolCallMetrics", {"start_time": "soon", "strange": 1}]},
        "to_dict",
    ),
    ("confirmed", {"$after": [REQUIREMENT, "confirm", []]}, "to_dict"),
    ("confirmed is resolved", {"$after": [REQUIREMENT, "confirm", []]}, "is_resolved"),
    ("confirmed twice", {"$after": [{"$after": [REQUIREMENT, "confirm", []]}, "confirm", []]}, "to_dict"),
    ("rejected", {"$after": [REQUIREMENT, "reject", ["no"]]}, "to_dict"),
    ("kind of a question", {**REQUIREMENT, "tool_execution": ASKING}, "pause_type"),
    ("kind of a confirmation", REQUIREMENT, "pause_type"),
    (
        "input given",
        {"$after": [{**REQUIREMENT, "tool_execution": ASKING}, "provide_user_input", [{"size": 5, "strange": 1}]]},
        "to_dict",
    ),
    ("nothing to give", {"$after": [REQUIREMENT, "provide_user_input", [{"size": 5}]]}, "to_dict"),
    (
        "feedback given",
        {
            "$after": [
                {**REQUIREMENT, "tool_execution": {**ASKING, "requires_user_input": None, "user_input_schema": None}},
                "provide_user_feedback",
                [{"Colour?": ["red"]}],
            ]
        },
        "to_dict",
    ),
    (
        "result given",
        {
            "$after": [
                {
                    **REQUIREMENT,
                    "tool_execution": {**TOOL, "external_execution_required": True, "external_execution_silent": True},
                },
                "set_external_execution_result",
                ["ok"],
            ]
        },
        "to_dict",
    ),
    (
        "silence",
        {
            **REQUIREMENT,
            "tool_execution": {**TOOL, "external_execution_required": True, "external_execution_silent": True},
        },
        "external_execution_silent",
    ),
    ("restored confirmation", _stored(confirmation=True, tool_execution=STORED_TOOL), "to_dict"),
    ("restored rejection", _stored(confirmation=False, confirmation_note="no", tool_execution=STORED_TOOL), "to_dict"),
    (
        "restored result",
        _stored(external_execution_result="ok", tool_execution={**STORED_TOOL, "external_execution_required": True}),
        "to_dict",
    ),
    (
        "restored input",
        _stored(
            **{**ANSWERED, "tool_execution": {**ANSWERED["tool_execution"], "created_at": AT}},
            user_input_schema=[{"name": "size", "field_type": "int", "description": None, "value": 4}],
        ),
        "to_dict",
    ),
    (
        "restored input of a tool without fields",
        _stored(
            tool_execution=STORED_TOOL,
            user_input_schema=[{"name": "size", "field_type": "strange", "description": None, "value": 4}],
        ),
        "to_dict",
    ),
    (
        "restored feedback",
        _stored(tool_execution=ASKED_TOOL, user_feedback_schema=[{"question": "q", "selected_options": ["b"]}]),
        "to_dict",
    ),
    (
        "restored feedback with one open",
        _stored(
            tool_execution={
                **ASKED_TOOL,
                "user_feedback_schema": [*ASKED_TOOL["user_feedback_schema"], {"question": "r"}],
            },
            user_feedback_schema=[{"question": "q", "selected_options": ["b"]}],
        ),
        "to_dict",
    ),
    (
        "restored with a broken moment",
        {"$from": ["run.requirement.RunRequirement", {"id": "r", "created_at": "soon", "tool_execution": STORED_TOOL}]},
        "needs_confirmation",
    ),
    (
        "filter",
        {
            "$": "filters.OR",
            "*": [
                {
                    "$": "filters.AND",
                    "*": [{"$": "filters.EQ", "*": ["a", 1]}, {"$": "filters.IN", "*": ["b", [1, 2]]}],
                },
                {"$": "filters.NOT", "*": [{"$": "filters.CONTAINS", "*": ["c", "x"]}]},
            ],
        },
        "to_dict",
    ),
    *(
        (f"filter {name}", {"$": f"filters.{name}", "*": ["k", 1]}, "to_dict")
        for name in ("EQ", "NEQ", "GT", "GTE", "LT", "LTE", "STARTSWITH")
    ),
    ("message text", PLAIN_MESSAGE, "get_content_string"),
    ("message text of parts", {**PLAIN_MESSAGE, "content": [{"type": "text", "text": "a"}, "b"]}, "get_content_string"),
    ("message text of a list", {**PLAIN_MESSAGE, "content": ["ü", 1]}, "get_content_string"),
    (
        "message compressed",
        {**PLAIN_MESSAGE, "compressed_content": "c"},
        'get_content:{"use_compressed_content": true}',
    ),
    ("valid message", PLAIN_MESSAGE, "content_is_valid"),
    ("empty message", {**PLAIN_MESSAGE, "content": ""}, "content_is_valid"),
    (
        "message with media again",
        {
            **MESSAGE,
            "images": [{**IMAGE, "detail": None}],
            "audio": [AUDIO],
            "videos": [VIDEO],
            "files": [FILE, TEXT_FILE],
            "audio_output": AUDIO,
        },
        "again",
    ),
    ("tool call again", ASKING, "again"),
    ("step output again", STEP_OUTPUT, "again"),
    (
        "step input again",
        {
            "$": "workflow.types.StepInput",
            "input": {"a": 1},
            "previous_step_outputs": {"one": STEP_OUTPUT},
            "images": [IMAGE],
        },
        "again",
    ),
    ("input text", {"$": "workflow.types.StepInput", "input": {"a": "ü"}}, "get_input_as_string"),
    (
        "nested step content",
        {"$": "workflow.types.StepInput", "previous_step_outputs": {"one": STEP_OUTPUT}},
        'get_step_content:{"step_name": "one"}',
    ),
    (
        "content of a step inside",
        {"$": "workflow.types.StepInput", "previous_step_outputs": {"one": STEP_OUTPUT}},
        'get_step_content:{"step_name": "inner"}',
    ),
    (
        "content of no step",
        {"$": "workflow.types.StepInput", "previous_step_outputs": {"one": STEP_OUTPUT}},
        'get_step_content:{"step_name": "none"}',
    ),
    (
        "content of a parallel",
        {
            "$": "workflow.types.StepInput",
            "previous_step_outputs": {
                "p": {
                    **STEP_OUTPUT,
                    "step_type": "Parallel",
                    "steps": [
                        STEP_OUTPUT,
                        {"$": "workflow.types.StepOutput", "step_name": "leaf", "content": "x"},
                        {"$": "workflow.types.StepOutput", "step_name": "blank", "content": " "},
                    ],
                }
            },
        },
        'get_step_content:{"step_name": "p"}',
    ),
    (
        "all contents",
        {
            "$": "workflow.types.StepInput",
            "previous_step_outputs": {"one": STEP_OUTPUT, "two": {"$": "workflow.types.StepOutput", "content": "t"}},
        },
        "get_all_previous_content",
    ),
    (
        "last content",
        {"$": "workflow.types.StepInput", "previous_step_outputs": {"one": STEP_OUTPUT}},
        "get_last_step_content",
    ),
    ("answer as text", {"$": "run.agent.RunOutput", "content": {"a": "ü"}}, "get_content_as_string"),
    (
        "model answer as text",
        {"$": "run.team.TeamRunOutput", "content": {"$model": {"a": 1, "b": None}}},
        "get_content_as_string",
    ),
    ("input as text", {"$": "run.agent.RunInput", "input_content": [PLAIN_MESSAGE, "x"]}, "input_content_string"),
    ("message as text", {"$": "run.agent.RunInput", "input_content": PLAIN_MESSAGE}, "input_content_string"),
    (
        "team with a member",
        {
            "$after": [
                {"$": "run.team.TeamRunOutput", "created_at": AT},
                "add_member_run",
                [{**MEMBER, "images": [IMAGE]}],
            ]
        },
        "to_dict",
    ),
    (
        "read output",
        {
            "$from": [
                "run.agent.RunOutput",
                {
                    "run": {
                        "run_id": "r",
                        "status": "COMPLETED",
                        "strange": 1,
                        "created_at": AT,
                        "cancellation_stage": "LATER",
                    }
                },
            ]
        },
        "to_dict",
    ),
    (
        "read output in an unknown state",
        {"$from": ["run.agent.RunOutput", {"run_id": "r", "status": "NEW", "created_at": AT, "tools": []}]},
        "to_dict",
    ),
    (
        "read workflow output",
        {
            "$from": [
                "run.workflow.WorkflowRunOutput",
                {
                    "run_id": "r",
                    "status": "PAUSED",
                    "created_at": AT,
                    "step_executor_runs": [
                        {"team_id": "t", "created_at": AT},
                        {"agent_id": "a", "created_at": AT},
                        {"workflow_name": "n", "parent_run_id": "r", "created_at": AT},
                    ],
                },
            ]
        },
        "to_dict",
    ),
]
