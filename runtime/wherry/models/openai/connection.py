"""How a service in OpenAI's manner is reached: address, key, headers, and what OpenAI's client reads from where.

Called by `chat` and `responses`; other services reuse it with their own key and address.
"""

from __future__ import annotations

from dataclasses import field
from operator import attrgetter
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from wherry import __version__
from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import ContextWindowExceededError, ModelAuthenticationError
from wherry.models.wired import HttpModel, Service, error_text, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

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
        address: Base address when the model names none; None: `OPENAI_BASE_URL`, else OpenAI's own.

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
    base = found.get("base_url") or address or environ.get("OPENAI_BASE_URL") or OPENAI
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


_all_settings: Callable[[Any], tuple[Any, ...]] = attrgetter(
    "api_key",
    "base_url",
    "organization",
    "timeout",
    "max_retries",
    "default_headers",
    "default_query",
    "http_client",
    "client_params",
    "client",
    "async_client",
)


def key_from(*variables: str) -> Any:
    """Default of `api_key` in classes that read it from the environment when they are made, as Agno's do."""
    return field(default_factory=lambda: next(filter(None, map(environ.get, variables)), None))


class OpenAILogin(HttpModel):
    """Base of the models with OpenAI's settings: their keys, and how they tell errors.

    Attributes:
        key_variable: Environment variable of the key; None: the service needs none.
    """

    api_key: str | None
    base_url: Any
    organization: str | None
    timeout: float | None
    max_retries: int | None
    default_headers: Any
    default_query: Any
    http_client: Any
    client_params: dict[str, Any] | None
    client: Any
    async_client: Any

    key_variable: ClassVar[str | None] = "OPENAI_API_KEY"
    # What tools are called with is text inside these replies, so no number outside of it is long.
    _parse = staticmethod(orjson.loads)

    def _settings(self) -> tuple[Any, ...]:
        return _all_settings(self)

    def _key(self) -> str | None:
        """The API key; what is found in the environment is kept.

        Raises:
            ModelAuthenticationError: There is none.
        """
        given = getattr(self.client or self.async_client, "api_key", None)
        if given:
            return str(given)
        if not self.api_key and self.key_variable:
            self.api_key = environ.get(self.key_variable)
            if not self.api_key and "api_key" not in (self.client_params or {}):
                raise ModelAuthenticationError(
                    f"{self.key_variable} not set. Please set the {self.key_variable} environment variable.",
                    model_name=self.name,
                )
        return self.api_key

    def _connect(self) -> Service:
        return openai_service(self, self._key())

    def _refused(self, status: int, body: bytes) -> Exception:
        text = error_text(body)
        if status != 429 and _code(body) == "context_length_exceeded":
            return ContextWindowExceededError(text, status, self.name, self.id)
        return self._error(text, status)

    def get_client(self) -> Any:
        """Agno's access to OpenAI's own client, which Wherry does not use.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no SDK client: it speaks HTTP itself.",
            hint="Create openai.OpenAI() where you need the client.",
        )

    get_async_client = get_client


def _code(body: bytes) -> Any:
    try:
        failure = orjson.loads(body).get("error")
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return failure.get("code") if isinstance(failure, dict) else None
