"""Responses of Ramp's router. Mirrors `agno.models.ramp.router`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.models.openai.open_responses import OpenResponses
from wherry.wires import responses as wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.models.wired import Ask

__all__ = ["RampRouter"]

_ROUTING = ("allow_flex_tier", "provider_timeout", "timeout_before_headers")
_INTERNAL = frozenset({"requires_confirmation", "external_execution", "approval_type"})


@dataclass
class RampRouter(OpenResponses):
    """A model behind Ramp's router; mirrors `agno.models.ramp.RampRouter`.

    Without `api_key`, `RAMP_ROUTER_API_KEY` is read.

    Attributes:
        models: Models to try in order, instead of `id`.
        allow_flex_tier: Allow the slower, cheaper tier.
        provider_timeout: Seconds to wait for one provider.
        timeout_before_headers: Seconds to wait for its first answer.

    Raises:
        ConfigurationError: `background` is set; the service cannot give the result back.
    """

    id: str = "gpt-5.6-luna"
    name: str | None = "RampRouter"
    provider: str | None = "RampRouter"
    base_url: Any = "https://api.router.com/v1"
    api_key: str | None = None
    store: bool | None = None
    models: list[str] | None = None
    allow_flex_tier: bool | None = None
    provider_timeout: float | None = None
    timeout_before_headers: float | None = None

    key_variable: ClassVar[str | None] = "RAMP_ROUTER_API_KEY"
    names_reasoning: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.background:
            raise ConfigurationError(
                "RampRouter does not support background=True: the router has no way to fetch the result.",
                hint="Leave background out.",
            )

    def _model_keys(self) -> dict[str, Any]:
        return {} if self.models else super()._model_keys()

    def _format_messages(
        self, messages: list[Message], compress_tool_results: bool = False, tools: Sequence[Any] | None = None
    ) -> list[wire.Item]:
        items = super()._format_messages(messages, compress_tool_results, tools)
        return [
            {key: value for key, value in item.items() if key != "id"} if item.get("type") == "function_call" else item
            for item in items
        ]

    def get_request_params(
        self,
        messages: list[Message] | None = None,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: str | dict[str, Any] | None = None,
        run_response: Any = None,
    ) -> dict[str, Any]:
        """The body of a request without model and input."""
        params = super().get_request_params(messages, response_format, tools, tool_choice, run_response)
        if tools := params.get("tools"):
            params["tools"] = [{key: value for key, value in tool.items() if key not in _INTERNAL} for tool in tools]
        keys = {name: value for name in _ROUTING if (value := getattr(self, name)) is not None}
        if self.models:
            keys["models"] = self.models
        if keys:
            params["extra_body"] = {**(params.get("extra_body") or {}), **keys}
        return params

    def _decoder(self, ask: Ask) -> Callable[[dict[str, Any]], ModelResponse | None]:
        return wire.StreamDecoder(self._error, keep_reasoning=not self._chains(), text_is_reasoning=False)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        decoded = super()._parse_provider_response(response, **kwargs)
        if decoded.reasoning_content == decoded.content:
            decoded.reasoning_content = None
        return decoded
