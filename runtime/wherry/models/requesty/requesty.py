"""Chat completions of Requesty. Mirrors `agno.models.requesty.requesty`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.like import OpenAILike

__all__ = ["Requesty"]


@dataclass
class Requesty(OpenAILike):
    """A model behind Requesty; mirrors `agno.models.requesty.Requesty`. Without `api_key`, `REQUESTY_API_KEY` is read.

    The run's user and session go along, so that the service groups its requests.
    """

    id: str = "openai/gpt-4.1"
    name: str | None = "Requesty"
    provider: str | None = "Requesty"
    base_url: Any = "https://router.requesty.ai/v1"
    api_key: str | None = None
    max_tokens: int | None = 1024

    key_variable: ClassVar[str | None] = "REQUESTY_API_KEY"

    def get_request_params(
        self,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
    ) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(response_format, tools, tool_choice, run_response)
        told = {
            "user_id": getattr(run_response, "user_id", None),
            "trace_id": getattr(run_response, "session_id", None),
        }
        requesty = {name: value for name, value in told.items() if value}
        params["extra_body"] = {**(params.get("extra_body") or {}), "requesty": requesty}
        return params
