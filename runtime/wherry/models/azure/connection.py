"""How OpenAI's models on Azure are reached: deployment addresses, API versions, keys and tokens.

Called by `openai_chat` and `openai_responses`.
"""

from __future__ import annotations

import inspect
from os import environ
from typing import TYPE_CHECKING, Any

from wherry.core.errors_services import ModelAuthenticationError
from wherry.models.openai.connection import openai_service
from wherry.models.wired import Ask, HttpModel, Service

if TYPE_CHECKING:
    from wherry.wires.transport import Call

NO_LOGIN = (
    "Azure OpenAI authentication not configured. Please provide one of: api_key (or AZURE_OPENAI_API_KEY), "
    "azure_ad_token (or AZURE_OPENAI_AD_TOKEN), or azure_ad_token_provider"
)


class AzureLogin(HttpModel):
    """Logging in at Azure; mixed into models with the fields `azure_endpoint`, `azure_ad_token` and so on."""

    api_key: str | None
    azure_endpoint: str | None
    azure_ad_token: str | None
    azure_ad_token_provider: Any
    api_version: str | None
    base_url: Any
    client_params: dict[str, Any] | None

    def _azure_settings(self) -> tuple[Any, ...]:
        return (self.azure_endpoint, self.azure_ad_token, self.azure_ad_token_provider, self.api_version)

    def _azure_service(self, path: str, version: str | None) -> Service:
        """The service below an endpoint.

        Args:
            path: Below the endpoint, for example ``/openai``; ignored when `base_url` is set.
            version: API version to ask for.
        """
        further = dict(self.client_params or {})
        given = {name: further.pop(name, None) or getattr(self, name) for name in ("api_key", "azure_ad_token")}
        self.azure_endpoint = (
            further.pop("azure_endpoint", None) or self.azure_endpoint or environ.get("AZURE_OPENAI_ENDPOINT")
        )
        if not (any(given.values()) or self.azure_ad_token_provider):
            given["api_key"] = self.api_key = environ.get("AZURE_OPENAI_API_KEY")
            if not self.api_key:
                given["azure_ad_token"] = self.azure_ad_token = environ.get("AZURE_OPENAI_AD_TOKEN")
        if not (any(given.values()) or self.azure_ad_token_provider):
            raise ModelAuthenticationError(NO_LOGIN, model_name=self.name)
        if not (self.base_url or further.get("base_url") or self.azure_endpoint):
            raise self._error("azure_endpoint not set. Please set the AZURE_OPENAI_ENDPOINT environment variable.")
        service = openai_service(
            _Settings(self, further), None, address=f"{(self.azure_endpoint or '').rstrip('/')}{path}"
        )
        service.headers.pop("authorization", None)
        if given["api_key"]:
            service.headers["api-key"] = given["api_key"]
        elif given["azure_ad_token"]:
            service.headers["authorization"] = f"Bearer {given['azure_ad_token']}"
        if version:
            service.query["api-version"] = version
        return service

    def _request(self, ask: Ask) -> Call:
        call = super()._request(ask)  # type: ignore[safe-super] # a mixin: the model behind it encodes
        if self.azure_ad_token_provider is not None and not _is_async(self.azure_ad_token_provider):
            call.headers = {**call.headers, "authorization": f"Bearer {self.azure_ad_token_provider()}"}
        return call

    async def _arequest(self, ask: Ask) -> Call:
        call = await super()._arequest(ask)
        if self.azure_ad_token_provider is not None and _is_async(self.azure_ad_token_provider):
            call.headers = {**call.headers, "authorization": f"Bearer {await self.azure_ad_token_provider()}"}
        return call


def _is_async(provider: Any) -> bool:
    return inspect.iscoroutinefunction(provider) or inspect.iscoroutinefunction(getattr(provider, "__call__", None))  # noqa: B004 - its kind is asked, not whether it is callable


class _Settings:
    """The model's settings with Azure's own taken out of `client_params`, and without OpenAI's address."""

    def __init__(self, model: Any, further: dict[str, Any]) -> None:
        self.model = model
        further.pop("api_version", None)
        self.client_params = further
        self.api_key = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)
