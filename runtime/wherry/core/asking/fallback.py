"""Which model takes over when one fails. Mirrors `agno.models.fallback`."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.errors_services import ContextWindowExceededError, ModelProviderError, ModelRateLimitError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.run import Run

_LIMITED = (429, 529)
_LISTS = ("on_error", "on_rate_limit", "on_context_overflow")


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

    def resolve_models(self) -> None:
        """Make models of ids such as `openai:gpt-5-mini` in all three lists, and copies of given models.

        As in Agno an agent's fallbacks are its own: what is done to the models that were given does not reach them.
        """
        from wherry.models.names import model_from

        for name in _LISTS:
            models = getattr(self, name)
            if models:
                setattr(self, name, [deepcopy(model_from(model)) for model in models if model is not None])


def candidates(config: FallbackConfig, error: ModelProviderError) -> list[Any]:
    """The models that may take over after this error; none after a request that the provider refuses as faulty."""
    limited = isinstance(error, ModelRateLimitError) or error.status_code in _LIMITED
    too_long = isinstance(error, ContextWindowExceededError)
    if limited and config.on_rate_limit:
        return config.on_rate_limit
    if too_long and config.on_context_overflow:
        return config.on_context_overflow
    if not (limited or too_long) and 400 <= (error.status_code or 0) < 500:
        return []
    return config.on_error


def config_of(owner: Any) -> FallbackConfig | None:
    """The owner's fallback settings, also when they were set after its construction, which settles what it is given."""
    config: FallbackConfig | None = owner.fallback_config
    if config is None and owner.fallback_models:
        config = owner.fallback_config = FallbackConfig(on_error=list(owner.fallback_models))
    if config is not None and any(isinstance(model, str) for name in _LISTS for model in getattr(config, name) or ()):
        config.resolve_models()
    return config


class Chain:
    """The models that take over from one, in turn, after its first error.

    Attributes:
        primary: The model that failed.
        error: Its error: what a run fails with when nobody takes over.
    """

    def __init__(self, run: Run, error: ModelProviderError) -> None:
        self.primary, self.error = run.model, error
        self.config = config_of(run.owner)
        self._left = iter(candidates(self.config, error) if self.config is not None else ())

    def next(self, run: Run, error: Exception) -> bool:
        """Let the next model take over from the one that failed; False when there is none left."""
        model = next(self._left, None)
        if model is None:
            return False
        log_warning(f"{run.model.id!r} failed ({error}); {model.id!r} takes over")
        run.model = model
        return True

    def settle(self, run: Run) -> None:
        """Tell who took over; the next conversation starts with the first model again."""
        told_who_took_over(self.config, self.primary, run.model, self.error)


def told_who_took_over(config: FallbackConfig | None, primary: Any, model: Any, error: Exception) -> None:
    """Call the callback of the settings; one that fails is logged."""
    if config is None or config.callback is None:
        return
    try:
        config.callback(primary.id, model.id, error)
    except Exception as failure:  # noqa: BLE001 - as in Agno, who listens cannot spoil an answer
        log_warning(f"The callback of the fallback models failed: {failure!r}")
