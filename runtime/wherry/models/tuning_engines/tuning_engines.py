"""Chat completions of Tuning Engines. Mirrors `agno.models.tuning_engines.tuning_engines`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import Any, ClassVar

from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

__all__ = ["TuningEngines"]


@dataclass
class TuningEngines(OpenAILike):
    """A model served by Tuning Engines; mirrors `agno.models.tuning_engines.TuningEngines`.

    Without `api_key`, `TUNING_ENGINES_API_KEY` is read; without `base_url`, `TUNING_ENGINES_BASE_URL`.
    """

    id: str = "gpt-4o"
    name: str | None = "Tuning Engines"
    provider: str | None = "Tuning Engines"
    base_url: Any = None
    api_key: str | None = key_from("TUNING_ENGINES_API_KEY")

    key_variable: ClassVar[str | None] = "TUNING_ENGINES_API_KEY"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.base_url = self.base_url or environ.get("TUNING_ENGINES_BASE_URL", "https://api.tuningengines.com/v1")
