"""Responses of xAI. Mirrors `agno.models.xai.responses`, except for signing in with a subscription."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.matrix import raise_not_migrated
from wherry.models.openai.open_responses import OpenResponses

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["xAIResponses"]

_THINKING = frozenset({"grok-4.3", "grok-4.5", "grok-4.6"})
_ENCRYPTED = "reasoning.encrypted_content"


@dataclass
class xAIResponses(OpenResponses):  # noqa: N801 - Agno's name
    """A Grok model over responses; mirrors `agno.models.xai.xAIResponses`. Without `api_key`, `XAI_API_KEY` is read.

    Attributes:
        token_provider: Called for each new connection instead of `api_key`; returns a token.
        reasoning_replay: Send the model's encrypted reasoning back in later turns.

    Raises:
        NotMigratedError: `token_manager` or `async_token_provider` is given.
    """

    id: str = "grok-4-1-fast-non-reasoning-latest"
    name: str | None = "xAIResponses"
    provider: str | None = "xAI"
    base_url: Any = "https://api.x.ai/v1"
    api_key: str | None = None
    store: bool | None = False
    token_provider: Callable[[], str] | None = None
    async_token_provider: Any = None
    token_manager: Any = None
    require_user_token: bool = False
    reasoning_replay: bool = False

    key_variable: ClassVar[str | None] = "XAI_API_KEY"
    names_reasoning: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("token_manager", "async_token_provider", "require_user_token"):
            if getattr(self, name):
                raise_not_migrated(f"agno.models.xai.responses.xAIResponses({name})", what=f"xAIResponses({name}=…)")
        if self._using_reasoning_model() and _ENCRYPTED not in (self.include or ()):
            self.include = [*(self.include or ()), _ENCRYPTED]

    def _using_reasoning_model(self) -> bool:
        thinks = self.id in _THINKING or ("reasoning" in self.id and "non-reasoning" not in self.id)
        return self.reasoning_replay and thinks

    def _key(self) -> str | None:
        if self.api_key is None and self.token_provider is not None:
            return self.token_provider()
        return super()._key()
