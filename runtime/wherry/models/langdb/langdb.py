"""Chat completions of LangDB. Mirrors `agno.models.langdb.langdb`."""

from __future__ import annotations

from dataclasses import dataclass
from os import environ
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors_services import ModelAuthenticationError
from wherry.models.openai.connection import key_from
from wherry.models.openai.like import OpenAILike

if TYPE_CHECKING:
    from wherry.models.wired import Service

__all__ = ["LangDB"]


@dataclass
class LangDB(OpenAILike):
    """A model behind LangDB; mirrors `agno.models.langdb.LangDB`. Without `api_key`, `LANGDB_API_KEY` is read.

    Attributes:
        project_id: Project; None: `LANGDB_PROJECT_ID`.
        base_host_url: Host; None: `LANGDB_API_BASE_URL`, else the one in us-east-1.
        label: Sent as `x-label`.
    """

    id: str = "gpt-4o"
    name: str | None = "LangDB"
    provider: str | None = "LangDB"
    api_key: str | None = key_from("LANGDB_API_KEY")
    project_id: str | None = None
    base_host_url: str | None = None
    base_url: Any = None
    label: str | None = None

    key_variable: ClassVar[str | None] = "LANGDB_API_KEY"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.project_id = self.project_id or environ.get("LANGDB_PROJECT_ID")
        self.base_host_url = self.base_host_url or environ.get("LANGDB_API_BASE_URL", "https://api.us-east-1.langdb.ai")

    def _connect(self) -> Service:
        self.api_key = self._key()
        if not self.project_id:
            raise ModelAuthenticationError(
                "LANGDB_PROJECT_ID not set. Please set the LANGDB_PROJECT_ID environment variable.",
                model_name=self.name,
            )
        self.base_url = self.base_url or f"{self.base_host_url}/{self.project_id}/v1"
        if self.label and not self.default_headers:
            self.default_headers = {"x-label": self.label}
        return super()._connect()
