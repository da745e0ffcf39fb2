"""A message as lines of the log, for people who watch a run with debug on."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from wherry.core import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.messages import Message

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log_message(message: Message, *, metrics: bool, level: str | None, use_compressed_content: bool) -> None:
    """Log one record with everything the message says; nothing is built when the level is off."""
    number = _LEVELS.get(level or "debug", logging.DEBUG)
    if log.logger.isEnabledFor(number):
        log.logger.log(number, "%s", "\n".join(_lines(message, metrics, use_compressed_content)))


def _lines(message: Message, metrics: bool, compressed: bool) -> Iterator[str]:
    yield f"== {message.role} =="
    for label, value in (
        ("name", message.name),
        ("tool call", message.tool_call_id),
        ("reasoning", message.reasoning_content),
    ):
        if value:
            yield f"{label}: {value}"
    content = message.get_content(compressed)
    if content:
        yield content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str)
    for call in message.tool_calls or ():
        function: dict[str, Any] = call.get("function") or {}
        yield f"calls {function.get('name')}({function.get('arguments', '')}) as {call.get('id')}"
    for label in ("images", "videos", "audio", "files"):
        items = getattr(message, label)
        if items:
            yield f"{label}: {len(items)}"
    if metrics and "metrics" in message.__dict__:
        used = message.metrics.to_dict()
        if used:
            yield f"metrics: {used}"
