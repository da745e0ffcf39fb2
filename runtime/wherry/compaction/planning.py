"""Whether to fold a conversation, and where to cut it. Base of `compaction`; asks no model and no database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.compaction.counting import counted, estimate_tokens
from wherry.compaction.cutting import boundary, is_envelope, leading, newest_question, tail_start
from wherry.compaction.later import left_out
from wherry.compaction.settings import CompactionSettings, Unset
from wherry.compaction.types import CompactionStatus
from wherry.compaction.views import place_of, view
from wherry.core.callables import kind_of_callable
from wherry.core.log import log_debug, log_info, log_warning
from wherry.core.waits import BLOCKING, finish
from wherry.models.token_counts import count_text_tokens, count_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.compaction.types import CompactionRecord
    from wherry.core.messages import Message

DEFAULT_TOKENIZER_MODEL_ID = "gpt-5.4"


class Planning(CompactionSettings):
    """What a `Compaction` decides by itself."""

    def should_compact(
        self, messages: list[Message], *, context_tokens: int | None = None, model: Any = None, tools: Any = None
    ) -> bool:
        """Whether a request has reached `compact_at_tokens`.

        Args:
            messages: What would be sent.
            context_tokens: Its size, when the caller has counted.
            model: The model it goes to, which may count.
            tools: The tools that go with it.
        """
        if self.compact_at_tokens is None:
            return False
        tokens = context_tokens if context_tokens is not None else self._size(messages, model, tools)
        if tokens < self.compact_at_tokens:
            return False
        log_info(f"The context has {tokens} tokens and is to be compacted at {self.compact_at_tokens}")
        return True

    def _size(self, messages: list[Message], model: Any, tools: Any) -> int:
        counter = model.count_tokens if self.use_model_token_count and model is not None else self.token_counter
        if counter is not None and kind_of_callable(counter) == "coroutine":
            counter = None  # nobody here can await it
        size = finish(counted(BLOCKING, counter, messages, tools))
        return count_tokens(messages, tools, self.tokenizer(model)) if size is None else size

    def tokenizer(self, model: Any = None) -> str:
        """Id of the model whose tokenizer counts texts, where one is installed."""
        known = (getattr(one, "id", None) for one in (model, self.model))
        return next((model_id for model_id in known if model_id), DEFAULT_TOKENIZER_MODEL_ID)

    def plan(
        self, messages: list[Message], previous: CompactionRecord | None = None, overhead_tokens: int = 0
    ) -> int | None:
        """Index of the first message to keep, or None when nothing is to be folded; see `plan_with_reason`."""
        return self.plan_with_reason(messages, previous, overhead_tokens)[0]

    def plan_with_reason(
        self, messages: list[Message], previous: CompactionRecord | None = None, overhead_tokens: int = 0
    ) -> tuple[int | None, CompactionStatus, str]:
        """Where to cut, and why there or nowhere.

        Args:
            messages: The conversation.
            previous: The fold in force, behind which nothing is cut again.
            overhead_tokens: Size of the system message and the tools, which share `compact_at_tokens` with the rest.
        """
        done = place_of(messages, previous) or 0
        cut = self.boundary_for(messages, done, overhead_tokens + self.allowance(previous))
        if cut is None or cut <= done:
            return self._declined(previous)
        folded = _weight([*left_out(messages[:done], previous), *messages[done:cut]])
        kept = max(_weight(messages[cut:]), 1)
        if self.ratio > 0 and folded / kept < self.ratio:
            reason = (
                f"{folded} tokens would be folded and {kept} kept; enforce_min_fold_ratio asks for "
                f"{self.min_fold_ratio} times as many. Lower {self.tail_setting} or min_fold_ratio to fold earlier."
            )
            log_info(f"Not compacted: {reason}")
            return None, CompactionStatus.NOT_WORTH_IT, reason
        return cut, CompactionStatus.COMPACTED, "There is something to compact."

    def _declined(self, previous: CompactionRecord | None) -> tuple[None, CompactionStatus, str]:
        if previous is None:
            status = CompactionStatus.NOTHING_TO_FOLD
            reason = f"{self.tail_setting} keeps all of the conversation; lower it to fold earlier."
        else:
            status = CompactionStatus.ALREADY_COMPACTED
            reason = "Nothing but what is kept has been said since it was compacted last."
        log_info(f"Not compacted: {reason}")
        return None, status, reason

    def allowance(self, previous: CompactionRecord | None) -> int:
        """How many tokens the next summary will have: its budget, or as many as the last one."""
        if self.compacted_token_budget is not None:
            return self.compacted_token_budget
        return count_text_tokens(previous.summary) if previous is not None and previous.summary else 0

    def boundary_for(self, messages: list[Message], min_index: int = 0, overhead_tokens: int = 0) -> int | None:
        """Index of the first message to keep, or None where no cut is safe.

        Args:
            messages: The conversation.
            min_index: The cut has to come after it.
            overhead_tokens: What the kept part shares `compact_at_tokens` with.
        """
        if self.uncompacted_tokens is None:
            return self._after_runs(messages, min_index, overhead_tokens)[0]
        limit = self._limit(overhead_tokens)
        wanted = self.uncompacted_tokens if limit is None else min(self.uncompacted_tokens, limit)
        return self._by_size(messages, wanted, min_index)

    def _limit(self, overhead: int) -> int | None:
        """The most tokens to keep, so that a fold leaves room for what is said next; None without a threshold."""
        limit = self.tail_limit
        if limit is None or self.compact_at_tokens is None:
            return None
        return max(0, min(limit, (self.compact_at_tokens - overhead) // 2))

    def _by_size(self, messages: list[Message], tokens: int, floor: int) -> int | None:
        """Keep so many tokens, and always the newest question with what followed it."""
        cut = boundary(messages, tail_start(messages, tokens, max(floor, leading(messages))), floor)
        question = newest_question(messages)
        if cut is not None and question is not None and cut > question:
            return boundary(messages, question, floor)
        return cut

    def _after_runs(self, messages: list[Message], floor: int, overhead: int) -> tuple[int | None, bool]:
        """Where the runs to keep begin; later, and then True, when they are larger than may be kept."""
        wanted = self._runs_begin(messages)
        cut = None if wanted is None else boundary(messages, wanted, floor)
        limit = self._limit(overhead)
        begin = floor if cut is None else cut
        if limit is None or estimate_tokens(messages[begin:]) <= limit:
            return cut, False
        shorter = self._by_size(messages, limit, floor)
        return (cut, False) if shorter is None or shorter <= begin else (shorter, True)

    def _runs_begin(self, messages: list[Message]) -> int | None:
        """Index of the user message with which the runs to keep begin; None when they are all there is."""
        keep = self.uncompacted_runs or 0
        if keep <= 0:
            return len(messages)
        questions = [index for index, message in enumerate(messages) if message.role == "user"]
        return questions[-keep] if len(questions) > keep else None

    def apply_record(self, messages: list[Message], record: CompactionRecord) -> list[Message]:
        """What is sent of a conversation with this fold; all of it when the fold belongs to another conversation.

        The ids by which a provider would go on with its own copy of the conversation are left out.
        """
        return view(messages, record, searchable=bool(self.search_compacted_messages and record.archived))

    def measure(self, record: CompactionRecord, before: list[Message], after: list[Message]) -> None:
        """Write the sizes of two lists of messages into a record."""
        name = self.tokenizer()
        record.tokens_before, record.tokens_after = count_tokens(before, None, name), count_tokens(after, None, name)

    def tell_sizes(self, messages: list[Message], record: CompactionRecord, done: int, overhead: int) -> None:
        """Log what makes folds come too often."""
        most = self.compact_at_tokens
        if most is None:
            return
        if self.uncompacted_tokens is None and self._after_runs(messages, done, overhead)[1]:
            log = log_debug if isinstance(self.uncompacted_runs, Unset) else log_info
            log(f"{self.tail_setting} is more than fits below compact_at_tokens={most}; fewer messages are kept")
        question = newest_question(messages)
        if question is not None and estimate_tokens(messages[question:]) > max((most - overhead) // 2, 0):
            log_warning(
                f"compact_at_tokens={most} is little for the newest question beside {overhead} tokens of system "
                "message, tools and summary: nearly every run will compact. Raise it, or lower compacted_token_budget."
            )
        if record.tokens_after and record.tokens_after >= most:
            log_warning(
                f"The context still has {record.tokens_after} tokens of compact_at_tokens={most}, so the next run will "
                "compact again. Raise it, or keep less."
            )


def _weight(messages: Sequence[Message]) -> int:
    """Tokens of messages; ids of results that are kept apart do not count, since they stay whatever is folded."""
    return estimate_tokens([message for message in messages if not is_envelope(message)])
