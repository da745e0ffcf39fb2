"""Any service that speaks responses. Mirrors `agno.models.openai.open_responses`."""

from __future__ import annotations

from dataclasses import dataclass

from wherry.models.openai.responses import OpenAIResponses

__all__ = ["OpenResponses"]


@dataclass
class OpenResponses(OpenAIResponses):
    """A model behind responses of another service; mirrors `agno.models.openai.open_responses.OpenResponses`.

    Set `base_url`; nothing is kept by the service unless `store` says so.
    """

    id: str = "not-provided"
    name: str | None = "OpenResponses"
    provider: str | None = "OpenResponses"
    api_key: str | None = "not-provided"
    store: bool | None = False

    def _using_reasoning_model(self) -> bool:
        return False
