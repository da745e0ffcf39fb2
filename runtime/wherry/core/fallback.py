"""Which model takes over when one fails. Mirrors `agno.models.fallback`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ContextWindowExceededError, ModelRateLimitError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.run import Run


@dataclass
class FallbackConfig:
    """Fallback models by kind of failure; each list is tried in order.

    Attributes:
        on_error: For any provider error that has no list of its own.
        on_rate_limit: For rate limits.
        on_context_overflow: For messages longer than the model's window.
        callback: Called with (primary id, fallback id, error) when a fallback takes over.
    """

    on_error: list[Any] = field(default_factory=list)
    on_rate_limit: list[Any] = field(default_factory=list)
    on_context_overflow: list[Any] = field(default_factory=list)
    callback: Callable[[str, str, Exception], None] | None = None

    @property
    def has_fallbacks(self) -> bool:
        """Whether any list holds a model."""
        return bool(self.on_error or self.on_rate_limit or self.on_context_overflow)


def candidates(config: FallbackConfig, error: Exception) -> list[Any]:
    """The models that may take over after this error."""
    if isinstance(error, ModelRateLimitError) and config.on_rate_limit:
        return config.on_rate_limit
    if isinstance(error, ContextWindowExceededError) and config.on_context_overflow:
        return config.on_context_overflow
    return config.on_error


def config_of(owner: Any) -> FallbackConfig | None:
    """The owner's fallback settings; `fallback_models` is short for `on_error`."""
    if owner.fallback_config is not None:
        return owner.fallback_config  # type: ignore[no-any-return]
    if not owner.fallback_models:
        return None
    from wherry.models.names import model_from

    owner.fallback_config = FallbackConfig(on_error=[model_from(model) for model in owner.fallback_models])
    return owner.fallback_config  # type: ignore[no-any-return]


def next_model(run: Run, error: Exception) -> Any:
    """The next model to try after an error, or None when there is none left."""
    config = config_of(run.owner)
    if config is None:
        return None
    tried = run.extra.setdefault("models_tried", [])
    for model in candidates(config, error):
        if not any(model is other for other in tried):
            tried.append(model)
            log_warning(f"{run.model.id!r} failed ({error}); {model.id!r} takes over")
            if config.callback is not None:
                config.callback(run.model.id, model.id, error)
            return model
    return None
