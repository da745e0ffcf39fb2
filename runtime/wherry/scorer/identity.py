"""What identifies a model, and hashes of plain data: parts of fingerprints. Called by the scorers and environments.

Which fields count is a fact shared with Agno, so that a baseline that one runtime stored can be compared by the other.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from wherry.scorer.base import FingerprintError

_LEFT_OUT = frozenset(
    {
        # connections
        *("organization", "timeout", "max_retries", "extra_query", "default_query"),
        # stamped by a run
        "model_type",
        # what this side does with requests and replies; the answers stay the same
        *("retries", "delay_between_retries", "exponential_backoff", "retry_with_guidance"),
        *("retry_with_guidance_limit", "cache_response", "cache_ttl", "cache_dir", "background_poll_interval"),
        *("background_max_wait", "vector_store_name", "collect_metrics_on_completion", "name", "metadata", "store"),
        *("supports_native_structured_outputs", "supports_json_schema_outputs", "user"),
        # part of the prompt: they belong to the environment
        *("system_prompt", "instructions"),
        # said apart
        *("id", "provider", "base_url"),
    }
)
_SECRET = ("key", "secret", "password", "credential", "header", "client", "proxy")
_WHERRYS = frozenset({"transport"})


def digest_of(data: Any) -> str:
    """Hash of plain data, whatever the order of its keys.

    Raises:
        FingerprintError: Something in it is not JSON.
    """
    try:
        text = json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise FingerprintError(f"A part of the fingerprint is not JSON: {error}") from error
    return hashlib.sha256(text.encode()).hexdigest()


def model_identity(model: Any) -> dict[str, Any]:
    """What makes a model answer as it does: class, id, provider, address, and every setting of its requests."""
    identity = {
        "class": type(model).__qualname__,
        "id": model.id,
        "provider": model.provider,
        "base_url": str(getattr(model, "base_url", None)),
    }
    unwritten = []
    # A model may hold only what it was given, so its fields are asked, too.
    declared = [one.name for one in fields(model)] if is_dataclass(model) else ()
    for name in sorted({*vars(model), *declared}):
        value = getattr(model, name)
        if value is None or not _counts(name):
            continue
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            unwritten.append(name)
        else:
            identity[name] = value
    return identity | ({"unserializable_params": unwritten} if unwritten else {})


def model_prompt(model: Any) -> dict[str, Any]:
    """What a model adds to the prompt; the same keys when there is no model."""
    instructions = getattr(model, "instructions", None)
    return {
        "system_prompt": getattr(model, "system_prompt", None),
        "instructions": list(instructions) if isinstance(instructions, list | tuple) else instructions,
    }


def _counts(name: str) -> bool:
    if name.startswith("_") or name in _LEFT_OUT or name in _WHERRYS:
        return False
    return name != "token" and not name.endswith("_token") and not any(word in name for word in _SECRET)
