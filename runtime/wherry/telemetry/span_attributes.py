"""What a span tells of a run, a model request, a tool call or a step: attributes under OpenInference's names.

They are what `openinference-instrumentation-agno` records of Agno, so that one table of spans holds both runtimes'.
Everything here reads what a run knows anyway; `spans` decides when a span begins and ends.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry.core.messages import Message
from wherry.core.tools.function import Function
from wherry.core.tools.toolkit import Toolkit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

JSON, TEXT = "application/json", "text/plain"
KIND, NODE, NODE_NAME, NODE_ABOVE = (
    "openinference.span.kind",
    "graph.node.id",
    "graph.node.name",
    "graph.node.parent_id",
)
_ROLES = frozenset({"system", "user", "assistant", "tool"})
# So many attributes may tell of the messages of a request; a span of Agno's has 1,024 in all.
_MOST = 900
_SECRET = ("api_key", "api_base", "aws_access_key", "aws_secret_key", "aws_secret_access_key", "azure_")
# Whose model it is by how its id begins; the first that fits.
_SYSTEMS = {
    "anthropic": ("google_anthropic_vertex", "anthropic", "claude"),
    "openai": ("gpt", "o1", "o3", "o4", "text-embedding", "davinci", "curie", "babbage", "ada", "azure", "openai"),
    "cohere": ("cohere", "command"),
    "mistralai": ("mistral", "mixtral", "pixtral"),
    "google": ("gemini", "vertex", "google"),
}


def as_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON text; what JSON does not know as its `str`."""
    return json.dumps(value, default=str, ensure_ascii=False, indent=indent)


def called(name: str | None, otherwise: str) -> str:
    """A name as it begins the name of a span."""
    return (name or otherwise).replace(" ", "_").replace("-", "_")


def asked(run: Any) -> str:
    """What a run was asked, as text."""
    given = run.output.input
    content = None if given is None else given.input_content
    if not content:
        return str(run.user_message.content) if run.user_message is not None else ""
    if isinstance(content, list):
        return "".join(f"{one.content if isinstance(one, Message) else one}\n" for one in content)
    if isinstance(content, dict):
        return as_text(content, indent=2)
    return str(content.content if isinstance(content, Message) else content)


def answered(content: Any) -> str:
    """What a run answered, as text."""
    if not content:
        return ""
    if isinstance(content, str):
        return content
    dump = getattr(content, "model_dump_json", None)
    if dump is not None:
        return str(dump())
    return json.dumps(content, default=str) if isinstance(content, dict) else str(content)


def _tool_names(tools: Any) -> Iterator[str]:
    for tool in tools:
        if isinstance(tool, Function):
            yield tool.name
        elif isinstance(tool, Toolkit):
            yield from tool.functions
        elif isinstance(tool, dict):
            yield str(tool)
        else:
            yield getattr(tool, "__name__", None) or str(tool)


def of_run(run: Any) -> dict[str, Any]:
    """What is known of an agent's or team's run when it begins."""
    owner, team = run.owner, run.owner._kind == "team"  # noqa: SLF001 - a part of the same runtime
    kind = "team" if team else "agent"
    told: dict[str, Any] = {KIND: "AGENT", "input.value": asked(run)}
    if owner.name:
        told |= {NODE_NAME: owner.name, "agent.name": owner.name}
    if owner.name or team:
        told[f"agno.{kind}"] = owner.name or ""
    if owner.id:
        told[f"agno.{kind}.id"] = owner.id
    if owner.metadata:
        told["metadata"] = json.dumps(owner.metadata, default=str)
    if not team and owner.knowledge:
        told["agno.knowledge"] = type(owner.knowledge).__name__
    if not team and owner.tools and not callable(owner.tools):
        told["agno.tools"] = list(_tool_names(owner.tools))
    told["session.id"] = run.output.session_id
    if run.context.user_id:
        told["user.id"] = run.context.user_id
    return told


def of_ended_run(run: Any) -> dict[str, Any]:
    """What is known of a run when it has ended."""
    output = run.output
    told = {"agno.run.id": output.run_id}
    text = answered(output.content)
    if text or not run.stream:
        told |= {"output.value": text, "output.mime_type": JSON}
    return told


def _calls(before: str, calls: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, call in enumerate(calls):
        at, function = f"{before}.message.tool_calls.{number}.tool_call", call.get("function") or {}
        arguments = function.get("arguments")
        yield f"{at}.id", call.get("id")
        yield f"{at}.function.name", function.get("name")
        yield f"{at}.function.arguments", json.dumps(arguments) if isinstance(arguments, dict) else arguments or "{}"


def _messages(messages: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, message in enumerate(messages):
        if message.role not in _ROLES:
            continue
        before = f"llm.input_messages.{number}"
        yield f"{before}.message.role", message.role
        if message.tool_call_id:
            yield f"{before}.message.tool_call_id", message.tool_call_id
        if message.content:
            yield f"{before}.message.content", message.get_content_string()
        yield from _calls(before, message.tool_calls or ())


def _parameters(model: Any, messages: Any) -> str | None:
    """What is sent with every request of a model, as JSON; None when it is nothing, or its class does not say."""
    ask = getattr(model, "get_request_params", None)
    if ask is None:
        given = getattr(model, "request_params", None)
    elif type(model).__name__ == "OpenAIResponses":
        given = ask(messages=messages)
    else:
        given = ask()
    if not given:
        return None
    return as_text({key: "[REDACTED]" if any(one in key.lower() for one in _SECRET) else given[key] for key in given})


def system_of(model: Any) -> str | None:
    """Whose model it is, as OpenInference names them; None when its id does not tell."""
    name = (model.id or "").lower().strip()
    found = next((system for system, starts in _SYSTEMS.items() if name.startswith(starts)), None)
    if found == "google" and (getattr(model, "vertexai", None) or model.provider == "VertexAI"):
        return "vertexai"
    return found


def of_request(run: Any) -> dict[str, Any]:
    """What is known of a model request when it is sent."""
    model, messages = run.model, run.messages
    shown = [{key: value for key, value in one.to_dict().items() if value is not None} for one in messages]
    told: dict[str, Any] = {KIND: "LLM", "input.mime_type": JSON, "input.value": as_text({"messages": shown})}
    pairs = list(_messages(messages))
    told |= dict(pairs[:_MOST])
    for number, tool in enumerate(run.tools.wire() if run.tools is not None else ()):
        told[f"llm.tools.{number}.tool.json_schema"] = as_text(tool)
    told["llm.invocation_parameters"] = _parameters(model, messages)
    told |= {"llm.model_name": model.id, "llm.provider": model.provider, "llm.system": system_of(model)}
    return {name: value for name, value in told.items() if value is not None}


def of_reply(run: Any, *, streamed: bool) -> dict[str, Any]:
    """What is known of a model request when its reply has come: the last message of the run."""
    reply = run.messages[-1]
    content = reply.content if reply.content is None or isinstance(reply.content, str) else as_text(reply.content)
    message = {"role": reply.role, "content": content, "reasoning_content": reply.reasoning_content}
    message["tool_calls"] = reply.tool_calls
    message = {name: value for name, value in message.items() if value}
    told: dict[str, Any] = {"output.mime_type": JSON}
    told["output.value"] = as_text({"messages": [message]} if streamed else [message])
    before = "llm.output_messages.0"
    told[f"{before}.message.role"] = reply.role
    if reply.reasoning_content:
        parts = [("reasoning", reply.reasoning_content), *([("text", content)] if content else [])]
        for number, (kind, text) in enumerate(parts):
            at = f"{before}.message.contents.{number}.message_content"
            told |= {f"{at}.type": kind, f"{at}.text": text}
    if content:
        told[f"{before}.message.content"] = content
    told |= dict(_calls(before, reply.tool_calls or ()))
    return told | _usage(reply.metrics, total=not streamed and not run.waits.blocking)


def _usage(used: Any, *, total: bool) -> dict[str, Any]:
    """Tokens of a request; the sum for whole replies on a loop alone, as Agno's are told."""
    counts = {
        "llm.token_count.prompt": used.input_tokens,
        "llm.token_count.completion": used.output_tokens,
        "llm.token_count.total": used.total_tokens if total else None,
        "llm.token_count.prompt_details.cache_read": used.cache_read_tokens,
        "llm.token_count.prompt_details.cache_write": used.cache_write_tokens,
    }
    told = {name: count for name, count in counts.items() if count}
    if used.cost is not None:
        told["llm.cost.total"] = used.cost
    return told


def of_call(run: Any, tool: Any) -> dict[str, Any]:
    """What is known of a tool call when it begins."""
    arguments = as_text(tool.tool_args or {})
    told = {KIND: "TOOL", "input.mime_type": JSON, "input.value": arguments}
    told |= {"tool.name": tool.tool_name, "tool.parameters": arguments}
    functions = run.tools.functions if run.tools is not None else {}
    description = getattr(functions.get(tool.tool_name), "description", None)
    return {**told, "tool.description": description} if description else told


def of_workflow(run: Any) -> dict[str, Any]:
    """What is known of a workflow's run when it begins."""
    workflow, steps = run.workflow, run.workflow.steps
    told: dict[str, Any] = {KIND: "CHAIN", "input.value": workflow_input(run.output.input)}
    told |= {NODE_NAME: workflow.name, "agno.workflow.description": workflow.description}
    if steps and hasattr(steps, "__len__"):
        told["agno.workflow.steps_count"] = len(steps)
        names = [one.name for one in steps if getattr(one, "name", None)]
        told |= {
            "agno.workflow.steps": names or None,
            "agno.workflow.step_types": [type(one).__name__ for one in steps],
        }
    told |= {"session.id": run.output.session_id, "user.id": run.context.user_id}
    return {name: value for name, value in told.items() if value is not None and value != ""} | {
        "input.value": told["input.value"]
    }


def workflow_input(given: Any) -> str:
    """What a workflow was given, as text."""
    if not given:
        return ""
    return "\n".join(map(str, given)) if isinstance(given, list) else str(given)


def of_step(step: Any, given: Any) -> dict[str, Any]:
    """What is known of a step when it begins; both may be None, when nobody noted them."""
    told: dict[str, Any] = {KIND: "CHAIN", "input.value": step_input(given)}
    for kind in ("team", "agent"):
        executor = getattr(step, kind, None)
        if executor is not None:
            told |= {"agno.step.type": kind, f"agno.step.{kind}_name": getattr(executor, "name", None)}
            break
    return {name: value for name, value in told.items() if value is not None}


def step_input(given: Any) -> str:
    """What a step was given, as text: the content before it, else what the workflow was asked."""
    if given is None:
        return ""
    content = given.get_last_step_content() or given.input
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "\n".join(map(str, content))
    dump = getattr(content, "model_dump_json", None)
    if dump is not None:
        return str(dump(indent=2, exclude_none=True))
    return as_text(content, indent=2) if isinstance(content, dict) else str(content)


def of_output(content: Any) -> dict[str, Any]:
    """What a workflow or a step gave."""
    if content is None or content == "":
        return {}
    dump = getattr(content, "model_dump_json", None)
    text, kind = (dump(), JSON) if dump is not None else (str(content), TEXT)
    return {"output.value": text, "output.mime_type": kind}
