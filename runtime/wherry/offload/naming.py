"""Ids and places of offloaded results. They follow from the call and are Agno's: what one writes, the other finds."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any

from wherry.fs._paths import MAX_SEGMENT_CHARS

_HASH_CHARS = 8
_RUN_CHARS = 120
_UNSAFE = re.compile(r"[^a-z0-9._@+-]")
_NO_SEGMENT = re.compile(r"[\\/\x00-\x1f]")


def digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def args_hash(tool_args: dict[str, Any] | None) -> str:
    """A digest of a call's arguments, whatever their order."""
    try:
        told = json.dumps(tool_args or {}, sort_keys=True, separators=(",", ":"), default=str)
    except (TypeError, ValueError):
        told = str(tool_args)
    return digest(told)


def result_id_for(session_id: str, run_id: str, tool_call_id: str) -> str:
    """The id of the result of a call: `res_` and ten hexadecimal digits."""
    return f"res_{digest(f'{session_id}:{run_id}:{tool_call_id}')[:10]}"


def namespace_for(session_id: str, scope: str = "") -> str:
    """The namespace of a session's results; a digest tells apart what looks alike in it.

    Args:
        session_id: Whose.
        scope: The database schema of the index: on Postgres all schemas share one table of texts.
    """
    readable = _UNSAFE.sub("_", session_id.lower())[: MAX_SEGMENT_CHARS - _HASH_CHARS - 1] or "_"
    told = digest(f"{scope}:{session_id}" if scope else session_id)
    return f"tool-results/{readable}-{told[:_HASH_CHARS]}"


def is_json(text: str) -> bool:
    """Whether a text is a JSON object or array."""
    if text.lstrip()[:1] not in ("[", "{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def path_for(run_id: str, result_id: str, *, json_text: bool, shared: bool) -> str:
    """Where a result's text lies in its namespace; those of teams and their members are shared."""
    segment = (_NO_SEGMENT.sub("_", run_id) or "_")[:_RUN_CHARS]
    return f"{'shared' if shared else 'results'}/{segment}/{result_id}.{'json' if json_text else 'txt'}"
