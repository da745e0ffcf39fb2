"""How a service in OpenAI's manner is reached: address, key, headers, and what OpenAI's client reads from where.

Called by `chat` and `responses`; other services reuse it with their own key and address.
"""

from __future__ import annotations

from os import environ
from typing import Any

from wherry import __version__
from wherry.core.errors import ConfigurationError
from wherry.models.wired import Service, seconds

OPENAI = "https://api.openai.com/v1"
USER_AGENT = f"wherry/{__version__}"

_USED = ("api_key", "organization", "base_url", "timeout", "max_retries", "default_headers", "default_query")
_KNOWN = frozenset({*_USED, "project", "http_client"})
_WITHOUT_EFFECT = frozenset({"webhook_secret", "websocket_base_url", "admin_api_key", "_strict_response_validation"})


def openai_service(model: Any, key: str | None, *, address: str | None = None) -> Service:
    """The service a model's settings describe.

    Args:
        model: The model; its fields are named as the arguments of OpenAI's client.
        key: API key; None sends no `Authorization`.
        address: Base address when neither the model nor `OPENAI_BASE_URL` names one.

    Raises:
        ConfigurationError: `client_params` holds a key that OpenAI's client has not or Wherry cannot honour.
    """
    found = {name: value for name in _USED if (value := getattr(model, name, None)) is not None}
    found.update(_of_client(getattr(model, "client", None) or getattr(model, "async_client", None)))
    further = model.client_params or {}
    for name in further.keys() - _KNOWN - _WITHOUT_EFFECT:
        raise ConfigurationError(
            f"client_params holds {name!r}, which {type(model).__name__} cannot honour.",
            hint=f"It takes {', '.join(sorted(_KNOWN))}.",
        )
    if key is not None:
        found["api_key"] = key
    found.update({name: value for name, value in further.items() if value is not None})
    base = found.get("base_url") or environ.get("OPENAI_BASE_URL") or address or OPENAI
    return Service(
        url=str(base).rstrip("/"),
        headers=_headers(found),
        query=dict(found.get("default_query") or {}),
        timeout=seconds(found.get("timeout")),
        max_retries=found.get("max_retries", 2),
        client=found.get("http_client") or model.http_client,
    )


def _headers(found: dict[str, Any]) -> dict[str, str]:
    headers = {"accept": "application/json", "content-type": "application/json", "user-agent": USER_AGENT}
    key = found.get("api_key")
    if callable(key):
        key = key()
    if key:
        headers["authorization"] = f"Bearer {key}"
    if organization := found.get("organization") or environ.get("OPENAI_ORG_ID"):
        headers["openai-organization"] = organization
    if project := found.get("project") or environ.get("OPENAI_PROJECT_ID"):
        headers["openai-project"] = project
    headers.update({name.lower(): str(value) for name, value in (found.get("default_headers") or {}).items()})
    return headers


def _of_client(client: Any) -> dict[str, Any]:
    """The settings of a ready OpenAI client; only its public attributes and its own headers are read."""
    if client is None:
        return {}
    names = ("api_key", "organization", "project", "base_url", "timeout", "max_retries")
    found = {name: value for name in names if (value := getattr(client, name, None)) is not None}
    if headers := getattr(client, "_custom_headers", None):
        found["default_headers"] = dict(headers)
    if query := getattr(client, "_custom_query", None):
        found["default_query"] = dict(query)
    return found
