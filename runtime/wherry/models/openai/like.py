"""Any service that speaks chat completions. Mirrors `agno.models.openai.like`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wherry.models.base import Model
from wherry.models.openai.chat import OpenAIChat

__all__ = ["OpenAILike"]


@dataclass
class OpenAILike(OpenAIChat):
    """A model behind chat completions of another service; mirrors `agno.models.openai.like.OpenAILike`.

    Set `base_url` and `api_key`; everything else is as for `OpenAIChat`, except that roles keep their names.
    """

    id: str = "not-provided"
    name: str | None = "OpenAILike"
    api_key: str | None = "not-provided"

    default_role_map: ClassVar[dict[str, str]] = {
        "system": "system",
        "user": "user",
        "assistant": "assistant",
        "tool": "tool",
    }

    def get_provider(self) -> str:
        """Label of the provider in metrics."""
        return Model.get_provider(self)
