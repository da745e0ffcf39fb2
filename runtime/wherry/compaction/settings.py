"""The settings of a `Compaction`, and which of them go together. Base of `planning`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wherry.compaction.types import CompactionStats
from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.core.log import log_warning


class WrongCounter(ConfigurationError, TypeError):
    """Something that cannot count where a counter belongs."""


class Unset(int):
    """A default that tells itself from the same number written by a user."""


_AT_TOKENS, _RUNS = Unset(150_000), Unset(5)
_POSITIVE = ("compact_at_tokens", "uncompacted_tokens", "compacted_token_budget")


@dataclass
class CompactionSettings:
    """When the older part of a conversation is replaced by a summary, by which model, and what is kept.

    Attributes:
        id: Name of this object in logs; made up when not given.
        name: A name for people.
        owner_id: Id of the agent it belongs to.
        owner_type: `agent`.
        model: The model that writes summaries, or its id such as `openai:gpt-5-mini`; the agent's own by default.
        instructions: What it is asked for beside the usual, for example "Keep every ticket id".
        compacted_token_budget: How long a summary may be, in tokens; None leaves it to the model.
        enforce_token_budget: Cut a summary that is longer.
        compact_at_tokens: Fold when a request has so many tokens (150,000); None folds only when `Agent.compact` is
            called or, with `on_context_overflow`, when the provider refuses a request.
        use_model_token_count: Let the agent's model count.
        token_counter: Counts in its place: called with the messages and the tools, gives a number.
        uncompacted_runs: How many of the newest runs are kept word for word (5).
        uncompacted_tokens: The same by size, in tokens.
        store_compacted_messages: Store the messages that a summary stands for.
        search_compacted_messages: Offer the model a tool that searches them; as `store_compacted_messages` by default.
        on_context_overflow: Fold, and ask again, when the provider refuses a request as too long. As Agno, it takes the
            default of `compact_at_tokens` away.
        enforce_min_fold_ratio: Leave out folds that gain too little.
        min_fold_ratio: How many times larger than what is kept the folded part has to be for that.
        stats: What this object's folds came to.

    Raises:
        ConfigurationError: (a ValueError) Values that cannot be, or that contradict each other; a TypeError as well
            for a counter that cannot be called.
    """

    id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    owner_type: str | None = None
    model: Any = None
    instructions: str | None = None
    compacted_token_budget: int | None = None
    enforce_token_budget: bool = True
    compact_at_tokens: int | None = _AT_TOKENS
    use_model_token_count: bool = False
    token_counter: Any = None
    uncompacted_runs: int | None = _RUNS
    uncompacted_tokens: int | None = None
    store_compacted_messages: bool = True
    search_compacted_messages: bool | None = None
    on_context_overflow: bool = False
    enforce_min_fold_ratio: bool = False
    min_fold_ratio: float = 2.0
    stats: CompactionStats = field(default_factory=CompactionStats)

    def __post_init__(self) -> None:
        if self.id is None:
            self.id = f"compaction_{new_id()[:8]}"
        if isinstance(self.model, str):
            from wherry.models.names import get_model

            self.model = get_model(self.model)
        self._settle_search()
        if self.on_context_overflow and isinstance(self.compact_at_tokens, Unset):
            self.compact_at_tokens = None
        self._check_counter()
        self._check_numbers()
        self._settle_tail()

    def _settle_search(self) -> None:
        if self.search_compacted_messages is None:
            self.search_compacted_messages = self.store_compacted_messages
        elif self.search_compacted_messages and not self.store_compacted_messages:
            raise ConfigurationError(
                "search_compacted_messages=True finds nothing with store_compacted_messages=False.",
                hint="Store the messages, or leave search_compacted_messages out.",
            )

    def _check_counter(self) -> None:
        if self.token_counter is None:
            return
        if not callable(self.token_counter):
            raise WrongCounter(
                f"token_counter cannot be called: {self.token_counter!r}.",
                hint="Give a function of the messages and the tools that returns a number.",
            )
        if self.use_model_token_count:
            raise ConfigurationError(
                f"use_model_token_count=True stands beside token_counter={self.token_counter!r}.",
                hint="Only one can count; leave the other out.",
            )

    def _check_numbers(self) -> None:
        for name in _POSITIVE:
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigurationError(
                    f"{name} must be greater than zero, not {value!r}.", hint="None switches it off."
                )
        for name in ("uncompacted_runs", "min_fold_ratio"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ConfigurationError(
                    f"{name} must not be less than zero, but is {value!r}.", hint="Zero is allowed."
                )

    def _settle_tail(self) -> None:
        """A size in tokens replaces the number of runs, and has to leave something to fold."""
        tokens, most = self.uncompacted_tokens, self.compact_at_tokens
        if tokens is None:
            return
        if self.uncompacted_runs is not None and not isinstance(self.uncompacted_runs, Unset):
            raise ConfigurationError(
                f"uncompacted_runs={self.uncompacted_runs!r} stands beside uncompacted_tokens={tokens!r}.",
                hint="Both say how much is kept; leave one out.",
            )
        self.uncompacted_runs = None
        if most is not None and tokens >= most:
            raise ConfigurationError(
                f"uncompacted_tokens={tokens!r} leaves nothing to fold at compact_at_tokens={most!r}.",
                hint="Keep less, or fold later.",
            )
        limit = self.tail_limit
        if limit is not None and tokens > limit:
            log_warning(
                f"uncompacted_tokens={tokens} is more than min_fold_ratio leaves of compact_at_tokens={most}; "
                f"{limit} tokens are kept."
            )

    @property
    def ratio(self) -> float:
        """How many times larger than what is kept the folded part has to be; 0 when that is not asked for."""
        return self.min_fold_ratio if self.enforce_min_fold_ratio else 0.0

    @property
    def tail_limit(self) -> int | None:
        """The most tokens that may be kept when `compact_at_tokens` is reached; None without it."""
        return None if self.compact_at_tokens is None else int(self.compact_at_tokens / (1 + self.ratio))

    @property
    def tail_setting(self) -> str:
        """The setting that says how much is kept, with its value."""
        if self.uncompacted_tokens is not None:
            return f"uncompacted_tokens={self.uncompacted_tokens}"
        return f"uncompacted_runs={self.uncompacted_runs}"
