"""A model without a mind: the same request always gets the same answer, made from the user's text, tools and schema.

It never looks at the wording of a system message (which two runtimes may word differently), except for the ids of
team members, nor at a first line that only announces a text. Used as `ReplayServer(fallback=deterministic_reply)`,
by `python -m wherry.testing --auto` and by `wherry record --stub`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from wherry.testing.script import Call, Reply

if TYPE_CHECKING:
    from wherry.testing.request import RecordedRequest

SHORTEST_WORD = 3
_DEPTH = 8
_OWN_USER_TEXT = "<current_task_state>"
"""How a user's turn begins that is a framework's own: its wording is not looked at either."""
_OPENING = re.compile(r"\A[^\n]*:\n\n(?=\S)")
"""A line that only says what follows, such as a conversation to read: frameworks word it differently."""
_GO_ON = "mark all tasks complete"
_OWN_RESULTS = frozenset(
    [
        "add_memory",
        "add_task_note",
        "clear_memory",
        "create_task",
        "delete_memory",
        "mark_all_complete",
        "update_memory",
        "update_session_state",
        "update_task_status",
        "update_user_memory",
    ]
)
"""Tools that frameworks bring themselves and confirm in their own words: what they answer is not repeated."""
_MADE_UP = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}\b"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
)
"""Ids, nonces and times, which are others in each run: their digits are not numbers that anybody gave."""
_SMALL_WORDS = frozenset(
    [
        "the",
        "and",
        "for",
        "use",
        "this",
        "that",
        "with",
        "from",
        "your",
        "you",
        "are",
        "what",
        "which",
        "how",
        "who",
        "please",
        "tool",
        "function",
    ]
)


def deterministic_reply(request: RecordedRequest) -> Reply:
    """Answer a request by rule.

    1. The last turn is the user's and tools are offered: call the tool whose name shares most words with the user's
       text (or that `tool_choice` demands), with arguments made from its schema.
    2. A JSON schema is asked for: an object made from the schema.
    3. Tool results came last: their texts, joined.
    4. Otherwise: an echo of the user's text.
    """
    body = request.body if isinstance(request.body, dict) else {}
    user = _last_user(request)
    results = _results_after_user(request)
    if not results:
        call = _chosen_call(body, user, request.text("system"))
        if call is not None:
            return Reply(tool_calls=(call,))
    schema = _asked_schema(body)
    if schema is not None:
        return Reply(content=orjson.dumps(example_of(schema, user=user)).decode())
    if results:
        return Reply(content="The tools say: " + " | ".join(text[:500] for text in results if text))
    return Reply(content=f"You said: {user[:400]}")


def example_of(
    schema: Any, *, user: str = "", name: str = "value", definitions: Mapping[str, Any] | None = None, depth: int = 0
) -> Any:
    """A value that fits a JSON schema: first enum entry, the user's text or first number, one entry for a list."""
    if not isinstance(schema, Mapping) or depth > _DEPTH:
        return None
    known = schema.get("$defs") or schema.get("definitions") or definitions or {}
    if "$ref" in schema:
        return example_of(
            known.get(str(schema["$ref"]).rsplit("/", 1)[-1]), user=user, name=name, definitions=known, depth=depth + 1
        )
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        options = [option for option in schema.get(key) or [] if option.get("type") != "null"]
        if options:
            return example_of(options[0], user=user, name=name, definitions=known, depth=depth + 1)
    kind = schema.get("type")
    return _of_type(kind[0] if isinstance(kind, list) else kind, schema, user, name, known, depth)


def _of_type(kind: Any, schema: Mapping[str, Any], user: str, name: str, known: Mapping[str, Any], depth: int) -> Any:
    if kind == "object" or "properties" in schema:
        inner = schema.get("properties") or {}
        return {
            key: example_of(value, user=user, name=key, definitions=known, depth=depth + 1)
            for key, value in inner.items()
        }
    if kind == "array":
        items = example_of(schema.get("items"), user=user, name=name, definitions=known, depth=depth + 1)
        return [items] * max(1, int(schema.get("minItems", 1)))
    if kind in ("integer", "number"):
        given = _numbers(user)
        value = float(given[0]) if given else float(schema.get("minimum", 1))
        value = min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
        return int(value) if kind == "integer" else value
    return {"boolean": True, "null": None}.get(kind, user[:80] or name)


def _last_user(request: RecordedRequest) -> str:
    text = next((text for role, text in reversed(request.turns) if role == "user" and text), "")
    return _GO_ON if text.startswith(_OWN_USER_TEXT) else _OPENING.sub("", text)


def _results_after_user(request: RecordedRequest) -> list[str]:
    found: list[str] = []
    called: list[str] = []
    for role, text in request.turns:
        if role == "user":
            found, called = [], []
        elif role == "assistant":
            called += re.findall(r"(\w+)\(\{", text)
        elif role == "tool":
            found.append("done" if called and called.pop(0) in _OWN_RESULTS else text)
    return found


def _chosen_call(body: dict[str, Any], user: str, system: str) -> Call | None:
    tools = [_declared(entry) for entry in body.get("tools") or []]
    named = {tool["name"]: tool for tool in tools if tool.get("name")}
    choice = body.get("tool_choice")
    if not named or choice == "none":
        return None
    if isinstance(choice, dict):
        wanted = (choice.get("function") or choice).get("name")
        best = str(wanted) if wanted in named else next(iter(named))
    else:
        said = _words(user)
        best = max(named, key=lambda name: len(_words(name) & said))
        if not _words(best) & said and choice not in ("required", "any"):
            delegating = [name for name in named if name.startswith("delegate_task_to_member")]
            if not delegating:
                return None
            best = delegating[0]
    return Call(best, orjson.dumps(_arguments_for(named[best], user, system)).decode())


def _arguments_for(tool: dict[str, Any], user: str, system: str) -> dict[str, Any]:
    schema = tool.get("parameters") or tool.get("input_schema") or {}
    wanted = set(schema.get("required") or ()) | {"task"}
    numbers = iter(_numbers(user))
    found: dict[str, Any] = {}
    for name, inner in (schema.get("properties") or {}).items():
        if name not in wanted:
            continue
        if name == "member_id":
            ids = re.findall(r'<member id="([^"]+)"', system)
            found[name] = next((i for i in ids if _words(i) & _words(user)), ids[0] if ids else "unknown")
        elif isinstance(inner, Mapping) and inner.get("type") in ("integer", "number"):
            found[name] = example_of(inner, user=next(numbers, ""), name=name)
        else:
            found[name] = example_of(inner, user=user, name=name, definitions=schema.get("$defs"))
    return found


def _numbers(text: str) -> list[str]:
    """The numbers of a text in order, without the digits of what is made up for a run."""
    return re.findall(r"-?\d+(?:\.\d+)?", _MADE_UP.sub("", text))


def _declared(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {}
    inner = entry.get("function", entry)
    return inner if isinstance(inner, dict) else {}


def _asked_schema(body: dict[str, Any]) -> Any:
    chat = body.get("response_format") or {}
    flat = (body.get("text") or {}).get("format") or (body.get("output_config") or {}).get("format") or {}
    if chat.get("type") == "json_schema":
        return (chat.get("json_schema") or {}).get("schema")
    if flat.get("type") == "json_schema":
        return flat.get("schema")
    if chat.get("type") == "json_object":
        return {"type": "object", "properties": {}}
    generation = body.get("generationConfig") or {}
    return generation.get("responseSchema") or generation.get("responseJsonSchema")


def _words(text: str) -> set[str]:
    return {
        word for word in re.findall(r"[a-z0-9]+", text.lower().replace("_", " ")) if len(word) >= SHORTEST_WORD
    } - _SMALL_WORDS
