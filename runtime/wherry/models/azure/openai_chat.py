"""Chat completions of OpenAI's models on Azure. Mirrors `agno.models.azure.openai_chat`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wherry.models.azure.connection import AzureLogin
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["AzureOpenAI"]


@dataclass
class AzureOpenAI(AzureLogin, OpenAILike):
    """A model deployed on Azure; mirrors `agno.models.azure.AzureOpenAI`.

    Without `api_key`, `AZURE_OPENAI_API_KEY` is read; without `azure_endpoint`, `AZURE_OPENAI_ENDPOINT`.

    Attributes:
        api_version: Version of the API.
        azure_endpoint: Address of the resource.
        azure_deployment: Name of the deployment; None: `AZURE_OPENAI_DEPLOYMENT`, else `id`.
        azure_ad_token: Token to log in with instead of a key.
        azure_ad_token_provider: Function, sync or async, that returns one for each request.
    """

    id: str = "not-provided"
    name: str | None = "AzureOpenAI"
    provider: str | None = "Azure"
    supports_native_structured_outputs: bool = True
    api_key: str | None = None
    api_version: str | None = "2024-10-21"
    azure_endpoint: str | None = None
    azure_deployment: str | None = None
    azure_ad_token: str | None = None
    azure_ad_token_provider: Any = None

    def _settings(self) -> tuple[Any, ...]:
        return (*super()._settings(), *self._azure_settings(), self.azure_deployment, self.id)

    def _connect(self) -> Service:
        self.azure_deployment = self.azure_deployment or environ.get("AZURE_OPENAI_DEPLOYMENT")
        deployment = (self.client_params or {}).get("azure_deployment") or self.azure_deployment or self.id
        where = f"/deployments/{quote(deployment, safe='')}"
        version = (self.client_params or {}).get("api_version") or self.api_version
        service = self._azure_service(f"/openai{where}", version)
        if "/deployments" not in service.url:
            service.url += where
        return service
