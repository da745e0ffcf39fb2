"""Chat completions of Portkey's gateway. Mirrors `agno.models.portkey.portkey`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any

from wherry.core.errors_services import ModelAuthenticationError
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["Portkey"]


@dataclass
class Portkey(OpenAILike):
    """A model behind Portkey; mirrors `agno.models.portkey.Portkey`.

    Attributes:
        portkey_api_key: Key of the gateway; None: `PORTKEY_API_KEY`.
        virtual_key: Key by which the gateway finds the provider's; None: `PORTKEY_VIRTUAL_KEY`.
        config: Routing, retries and the like.
    """

    id: str = "gpt-4o-mini"
    name: str | None = "Portkey"
    provider: str | None = "Portkey"
    base_url: Any = "https://api.portkey.ai/v1"
    portkey_api_key: str | None = None
    virtual_key: str | None = None
    config: dict[str, Any] | None = None

    def _connect(self) -> Service:
        key = self.portkey_api_key or environ.get("PORTKEY_API_KEY")
        if not key:
            raise ModelAuthenticationError(
                "PORTKEY_API_KEY not set. Please set the PORTKEY_API_KEY environment variable.", model_name=self.name
            )
        self.virtual_key = self.virtual_key or environ.get("PORTKEY_VIRTUAL_KEY")
        service = super()._connect()
        service.headers["authorization"] = "Bearer not-needed"
        service.headers["x-portkey-api-key"] = key
        if self.virtual_key:
            service.headers["x-portkey-virtual-key"] = self.virtual_key
        if self.config is not None:
            service.headers["x-portkey-config"] = json.dumps(self.config)
        return service
