"""Chat completions of a vLLM server. Mirrors `agno.models.vllm.vllm`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["VLLM"]


@dataclass
class VLLM(OpenAILike):
    """A model on a vLLM server; mirrors `agno.models.vllm.VLLM`.

    Without `api_key`, `VLLM_API_KEY` is read; without `base_url`, `VLLM_BASE_URL`, else port 8000 of this machine.

    Attributes:
        top_k: How many tokens to choose among.
        enable_thinking: Passed to the chat template.
    """

    id: str = "not-set"
    name: str | None = "VLLM"
    provider: str | None = "VLLM"
    base_url: Any = None
    api_key: str | None = None
    temperature: float | None = 0.7
    top_p: float | None = 0.8
    presence_penalty: float | None = 1.5
    top_k: int | None = None
    enable_thinking: bool | None = None

    key_variable: ClassVar[str | None] = "VLLM_API_KEY"

    def _connect(self) -> Service:
        self.api_key = self._key()
        self.base_url = self.base_url or environ.get("VLLM_BASE_URL", "http://localhost:8000/v1/")
        return super()._connect()

    def get_request_params(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body of a request without model and messages."""
        params = super().get_request_params(*args, **kwargs)
        keys: dict[str, Any] = {}
        if self.top_k is not None:
            keys["top_k"] = self.top_k
        if self.enable_thinking is not None:
            keys["chat_template_kwargs"] = {"enable_thinking": self.enable_thinking}
        if keys:
            params["extra_body"] = {**(params.get("extra_body") or {}), **keys}
        return params
