"""Responses of Ollama. Mirrors `agno.models.ollama.responses`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING

from wherry.models.openai.connection import openai_service
from wherry.models.openai.open_responses import OpenResponses

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["OllamaResponses"]


@dataclass
class OllamaResponses(OpenResponses):
    """A model on an Ollama server over responses; mirrors `agno.models.ollama.OllamaResponses`.

    Attributes:
        host: Address of the server; None: Ollama's cloud when there is a key, else this machine.
        api_key: Key of the cloud; None: `OLLAMA_API_KEY`.
    """

    id: str = "gpt-oss:20b"
    name: str | None = "OllamaResponses"
    provider: str | None = "Ollama"
    host: str | None = None
    api_key: str | None = None
    store: bool | None = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.api_key = self.api_key or environ.get("OLLAMA_API_KEY")

    def _connect(self) -> Service:
        host = (self.host or ("https://ollama.com" if self.api_key else "http://localhost:11434")).rstrip("/")
        service = openai_service(self, self.api_key or "ollama")
        if not (self.client_params or {}).get("base_url"):
            service.url = host if host.endswith("/v1") else f"{host}/v1"
        return service
