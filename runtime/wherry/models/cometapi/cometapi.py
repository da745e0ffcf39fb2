"""Chat completions of CometAPI. Mirrors `agno.models.cometapi.cometapi`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike
from wherry.wires import transport

__all__ = ["CometAPI"]


@dataclass
class CometAPI(OpenAILike):
    """A model served by CometAPI; mirrors `agno.models.cometapi.CometAPI`.

    Without `api_key`, `COMETAPI_KEY` is read; everything else is as for `OpenAILike`.
    """

    id: str = "gpt-5-mini"
    name: str | None = "CometAPI"
    base_url: Any = "https://api.cometapi.com/v1"
    api_key: str | None = key_from("COMETAPI_KEY")

    key_variable: ClassVar[str | None] = "COMETAPI_KEY"

    def get_available_models(self) -> list[str]:
        """Ids of the models the service offers, sorted; one blocking request.

        Raises:
            ModelProviderError: The service refused or could not be reached.
        """
        call = self._call("/models", {})
        call.method, call.body = "GET", None
        return sorted(model["id"] for model in self._loads(transport.send(call)).get("data", []))
