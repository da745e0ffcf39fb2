"""Chat completions of Cloudflare's AI Gateway. Mirrors `agno.models.cloudflare.cloudflare`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["Cloudflare"]

GATEWAY = "https://gateway.ai.cloudflare.com/v1"


@dataclass
class Cloudflare(OpenAILike):
    """A model behind Cloudflare's AI Gateway; mirrors `agno.models.cloudflare.Cloudflare`.

    Without `api_key`, `CLOUDFLARE_API_TOKEN` is read. Without `base_url`, the address is made of the account and
    the gateway.

    Attributes:
        id: Name of the model; the names of Workers AI (``@cf/…``) may be given without ``workers-ai/``.
        account_id: Cloudflare account; None: `CLOUDFLARE_ACCOUNT_ID`.
        gateway_id: Gateway; None: `CLOUDFLARE_AI_GATEWAY_ID`, else ``default``.
    """

    id: str = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
    name: str | None = "Cloudflare"
    provider: str | None = "Cloudflare"
    api_key: str | None = None
    account_id: str | None = None
    gateway_id: str | None = None
    base_url: Any = None

    key_variable: ClassVar[str | None] = "CLOUDFLARE_API_TOKEN"

    def __post_init__(self) -> None:
        self.id = self.id.strip()
        if self.id.startswith("@cf/"):
            self.id = f"workers-ai/{self.id}"

    def _connect(self) -> Service:
        key = self._key()
        if self.base_url is None:
            account = self.account_id or environ.get("CLOUDFLARE_ACCOUNT_ID")
            if not account:
                raise self._error("CLOUDFLARE_ACCOUNT_ID not set. Set it, pass account_id=..., or pass base_url=...")
            gateway = self.gateway_id or environ.get("CLOUDFLARE_AI_GATEWAY_ID") or "default"
            self.base_url = f"{GATEWAY}/{account}/{gateway}/compat"
        self.api_key = key
        return super()._connect()
