"""One request as the replay server recorded it, and what it says in any of the APIs: model, messages, offered tools.

No matching (see `script`), no sockets (see `connection`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.exact_json import dumps_exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REMOVED = "[removed]"
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "cookie",
        "set-cookie",
        "openai-organization",
    }
)


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers in which the value of every credential is `[removed]`."""
    return {name: REMOVED if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


@dataclass
class RecordedRequest:
    """A request the replay server received.

    Attributes:
        n: Number of the request, from 0, in order of arrival.
        method: HTTP method.
        path: Path without query.
        query: The query string, credentials removed.
        headers: Header names in lower case; credentials removed.
        body: The decoded JSON body; the text when it is not JSON; None when empty.
        dialect: `chat`, `responses`, `messages`, `gemini`, `embeddings`, `moderations` or `other`.
        reply: Position in the script of the reply it received; None when it was refused or answered without the script.
        disconnected: Whether the client went away before the answer was complete.
    """

    n: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    dialect: str
    reply: int | None = None
    disconnected: bool = False

    @property
    def model(self) -> str | None:
        """The model id asked for (in the path for Gemini)."""
        if self.dialect == "gemini":
            return self.path.rsplit("/", 1)[-1].split(":", 1)[0]
        found = self.body.get("model") if isinstance(self.body, dict) else None
        return found if isinstance(found, str) else None

    @property
    def stream(self) -> bool:
        """Whether the request asks for server-sent events."""
        if self.dialect == "gemini":
            return ":streamGenerateContent" in self.path
        return bool(isinstance(self.body, dict) and self.body.get("stream"))

    @property
    def unfit(self) -> str:
        """Why no model could read it, whatever a script says: its method, or a body of the wrong kind; or empty."""
        field = _CONVERSATION.get(self.dialect)
        if field is None:
            return ""
        if self.method != "POST":
            return f"expected a POST, got {self.method!r}"
        if not isinstance(self.body, dict):
            return f"expected a JSON object as its body, got {self.body!r:.300}"
        given = self.body.get(field)
        if given is None or (self.dialect == "responses" and isinstance(given, str)):
            return ""
        if not isinstance(given, list):
            return f"expected a list as {field!r}, got {given!r:.300}"
        odd = next((item for item in given if not isinstance(item, dict)), None)
        return f"expected objects in {field!r}, got {odd!r:.300}" if odd is not None else ""

    @cached_property
    def turns(self) -> list[tuple[str, str]]:
        """The conversation as (role, text) pairs; roles are system, user, assistant and tool in every API."""
        if not isinstance(self.body, dict):
            return []
        reader = {
            "chat": _chat_turns,
            "responses": _responses_turns,
            "messages": _messages_turns,
            "gemini": _gemini_turns,
        }.get(self.dialect)
        return list(reader(self.body)) if reader else []

    @cached_property
    def tool_names(self) -> list[str]:
        """Names of the offered tools, in the order sent."""
        if not isinstance(self.body, dict):
            return []
        return [name for entry in self.body.get("tools") or [] for name in _names(entry)]

    def text(self, role: str | None = None) -> str:
        """All text of one role (or of all roles), joined by newlines."""
        return "\n".join(text for who, text in self.turns if role is None or who == role)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {
            "n": self.n,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
        }


# The field that holds the conversation, of each API that is asked for one.
_CONVERSATION = {"chat": "messages", "responses": "input", "messages": "messages", "gemini": "contents"}


def _names(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        return
    for declared in entry.get("functionDeclarations") or entry.get("function_declarations") or ():
        yield declared.get("name", "")
    inner = entry.get("function", entry)
    name = inner.get("name") or inner.get("type")
    if name:
        yield name


def _flat(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_flat(part) for part in content)
    if isinstance(content, dict):
        for key in ("text", "content", "output", "thinking"):
            if isinstance(content.get(key), (str, list)):
                return _flat(content[key])
        return ""
    return str(content)


def _role(role: Any) -> str:
    return {"developer": "system", "model": "assistant", "function": "tool"}.get(role, str(role))


def _chat_turns(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for message in body.get("messages") or []:
        calls = "".join(
            f" {c.get('function', {}).get('name')}({c.get('function', {}).get('arguments')})"
            for c in message.get("tool_calls") or []
        )
        yield _role(message.get("role")), _flat(message.get("content")) + calls


def _responses_turns(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if body.get("instructions"):
        yield "system", _flat(body["instructions"])
    given = body.get("input")
    if isinstance(given, str):
        yield "user", given
        return
    for item in given or []:
        if item.get("type") == "function_call_output":
            yield "tool", _flat(item.get("output"))
        elif item.get("type") == "function_call":
            yield "assistant", f"{item.get('name')}({item.get('arguments')})"
        elif "role" in item:
            yield _role(item["role"]), _flat(item.get("content"))


def _messages_turns(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if body.get("system"):
        yield "system", _flat(body["system"])
    for message in body.get("messages") or []:
        content = message.get("content")
        if isinstance(content, str):
            yield _role(message.get("role")), content
            continue
        for block in content or []:
            kind = block.get("type")
            if kind == "tool_result":
                yield "tool", _flat(block.get("content"))
            elif kind == "tool_use":
                yield "assistant", f"{block.get('name')}({dumps_exact(block.get('input')).decode()})"
            else:
                yield _role(message.get("role")), _flat(block)


def _gemini_turns(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    instruction = body.get("systemInstruction") or body.get("system_instruction")
    if instruction:
        yield "system", _flat(instruction.get("parts"))
    for content in body.get("contents") or []:
        for part in content.get("parts") or []:
            if "functionResponse" in part:
                yield "tool", orjson.dumps(part["functionResponse"].get("response")).decode()
            elif "functionCall" in part:
                yield (
                    "assistant",
                    f"{part['functionCall'].get('name')}({dumps_exact(part['functionCall'].get('args')).decode()})",
                )
            else:
                yield _role(content.get("role", "user")), _flat(part)
