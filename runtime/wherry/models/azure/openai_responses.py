"""Responses of OpenAI's models on Azure. Mirrors `agno.models.azure.openai_responses`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.models.azure.connection import AzureLogin
from wherry.models.openai.responses import OpenAIResponses

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["AzureOpenAIResponses"]

SUITABLE_VERSION = "2025-04-01-preview"


@dataclass
class AzureOpenAIResponses(AzureLogin, OpenAIResponses):
    """A model deployed on Azure over responses; mirrors `agno.models.azure.AzureOpenAIResponses`.

    `id` is the name of the deployment. Keys and endpoint as for `AzureOpenAI`.

    Attributes:
        api_version: Version of the API; None: `OPENAI_API_VERSION`, else one that knows responses.
        is_reasoning_model: Whether the deployed model reasons; None: as the deployment's name suggests.

    Raises:
        ConfigurationError: `id` is not given.
    """

    id: str = "not-provided"
    name: str | None = "AzureOpenAIResponses"
    provider: str | None = "Azure"
    supports_native_structured_outputs: bool = True
    api_version: str | None = None
    azure_endpoint: str | None = None
    azure_ad_token: str | None = None
    azure_ad_token_provider: Any = None
    is_reasoning_model: bool | None = None

    def __post_init__(self) -> None:
        if not self.id or self.id == "not-provided":
            raise ConfigurationError(
                "AzureOpenAIResponses got no id.", hint="Set id to the name of your deployment on Azure."
            )
        super().__post_init__()

    def _using_reasoning_model(self) -> bool:
        return super()._using_reasoning_model() if self.is_reasoning_model is None else self.is_reasoning_model

    def _settings(self) -> tuple[Any, ...]:
        return (*super()._settings(), *self._azure_settings())

    def _connect(self) -> Service:
        given = (self.client_params or {}).get("api_version")
        version = given or self.api_version or environ.get("OPENAI_API_VERSION") or SUITABLE_VERSION
        return self._azure_service("/openai", version)
