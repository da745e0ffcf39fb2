"""What Claude models take by family: prefill, sampling parameters, thinking budgets, structured output.

Facts only, as Agno lists them; an unknown id counts as a new model. Called by `models.anthropic.claude`.
"""

from __future__ import annotations

_UP_TO_4_5 = (
    "claude-3-",
    *(f"claude-{name}-4-{n}" for name in ("sonnet", "opus", "haiku") for n in (0, 1, 2, 5)),
)
_SAMPLING = (*_UP_TO_4_5, "claude-sonnet-4-6", "claude-opus-4-6")
_FAMILY_NAMES = frozenset({"claude-sonnet-4", "claude-opus-4", "claude-haiku-4"})
_UNSTRUCTURED = frozenset(
    {
        "claude-sonnet-4-20250514",
        "claude-sonnet-4",
        "claude-sonnet-4-0",
        "claude-opus-4-20250514",
        "claude-opus-4",
        "claude-opus-4-0",
    }
)
NON_THINKING = frozenset({"claude-3-haiku-20240307", "claude-3-5-haiku-20241022", "claude-3-5-haiku-latest"})


def core_id(model_id: str) -> str:
    """The id without what Bedrock, Vertex AI or a gateway put around it."""
    core = model_id.rsplit("/", 1)[-1].rsplit("anthropic.", 1)[-1].split("@", 1)[0]
    if ":0" in core:
        core = core.split("-v", 1)[0] if "-v" in core else core.split(":", 1)[0]
    return core


def _among(model_id: str, prefixes: tuple[str, ...]) -> bool:
    core = core_id(model_id)
    return not core.startswith("claude") or core in _FAMILY_NAMES or core.startswith(prefixes)


def takes_prefill(model_id: str) -> bool:
    """Whether a conversation may end with the assistant's words."""
    return _among(model_id, _UP_TO_4_5)


def takes_sampling(model_id: str) -> bool:
    """Whether `temperature`, `top_p`, `top_k` and thinking budgets are accepted."""
    return _among(model_id, _SAMPLING)


def takes_schemas(model_id: str) -> bool:
    """Whether the service binds replies to a JSON schema."""
    return model_id not in _UNSTRUCTURED and not model_id.startswith("claude-3-")
