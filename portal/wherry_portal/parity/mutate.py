"""One change to what a case feeds in, so that its comparison has to fail: a fixture that cannot fail proves nothing."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "(mutated)"


def mutated(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with its replies' texts changed, else one's tool arguments, else one's usage; else the input.

    All texts, from their first word on: of a run that is cancelled or falls back, any reply may be the one that counts.

    Args:
        recipe: The merged fields of a case; left as it is.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(recipe))
    replies = changed["model_responses"]
    replies[:] = [{"content": reply} if isinstance(reply, str) else reply for reply in replies]
    if sum(_text(reply) for reply in replies):  # every one, not until the first
        return changed
    for change in (_arguments, _usage):
        if any(change(reply) for reply in reversed(replies)):
            return changed
    for turn in changed["user_inputs"]:
        for key in ("content", "print"):
            if key in turn:
                turn[key] = f"{turn[key]} {MARK}" if isinstance(turn[key], str) else MARK
                return changed
    return changed


def _text(reply: dict[str, Any]) -> bool:
    content = reply.get("content")
    if reply.get("error"):
        reply["error"] = f"{MARK} {reply['error']}"
    elif isinstance(content, str) and content.strip() and not _is_json(content) and "chunks" not in reply:
        reply["content"] = f"{MARK} {content}"
    elif isinstance(content, dict) and any(isinstance(value, str) for value in content.values()):
        key = next(key for key, value in content.items() if isinstance(value, str))
        content[key] = f"{MARK} {content[key]}"
    else:
        return False
    return True


def _arguments(reply: dict[str, Any]) -> bool:
    for call in reply.get("tool_calls") or ():
        arguments: Any = call.get("arguments") if isinstance(call, dict) else None
        for key, value in list(arguments.items() if isinstance(arguments, dict) else ()):
            if isinstance(value, str):
                arguments[key] = f"{value} {MARK}"
                return True
    return False


def _usage(reply: dict[str, Any]) -> bool:
    if "raw" in reply or reply.get("status", 200) >= 400 or reply.get("usage", {}) is None:
        return False
    reply["usage"] = {**reply.get("usage", {}), "input_tokens": 777}
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
