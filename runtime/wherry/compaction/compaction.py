"""`Compaction`: the older part of a conversation becomes a summary; its messages are stored and can be searched.

Given to agents as `compaction=`. Only what a model is sent changes; the runs of a session stay as they are. Mirrors
`agno.compaction.compaction`. The runs of agents call it from `core.agent.compacting` and `core.agent.overflow`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from wherry.compaction.archive import CompactionArchive, render_message, render_messages
from wherry.compaction.counting import estimate_tokens
from wherry.compaction.later import left_out
from wherry.compaction.planning import DEFAULT_TOKENIZER_MODEL_ID, Planning
from wherry.compaction.prompts import (
    ARCHIVE_AWARE_PROMPT,
    DEFAULT_COMPACTION_PROMPT,
    LENGTH_RULE_BUDGET,
    LENGTH_RULE_COMPACT,
    MORE_INSTRUCTIONS,
    PREVIOUS_SUMMARY,
)
from wherry.compaction.searching import search_tool
from wherry.compaction.shortening import shortened
from wherry.compaction.types import CompactionRecord
from wherry.compaction.views import place_of
from wherry.core.deadline import RunTimedOut
from wherry.core.errors import RunCancelledException
from wherry.core.ids import new_id
from wherry.core.log import log_error, log_warning
from wherry.core.messages import Message
from wherry.core.metrics import accumulate_model_metrics
from wherry.core.usage import ModelType
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish

if TYPE_CHECKING:
    from wherry.core.metrics import RunMetrics

DEFAULT_SUMMARIZE_CHAR_BUDGET = 400_000

__all__ = ["DEFAULT_COMPACTION_PROMPT", "DEFAULT_SUMMARIZE_CHAR_BUDGET", "DEFAULT_TOKENIZER_MODEL_ID", "Compaction"]


class Fold(TypedDict):
    """What `compact` is told of a conversation.

    Attributes:
        session_id: Whose it is.
        db: Where the fold is stored; nowhere without one.
        previous: The fold in force.
        run_metrics: Where the summary's tokens are counted.
        tokens_before: Size of the request that led to it, for `build_record`.
        run_id: The run that folds.
        context_prefix: The messages before the conversation, such as the system message.
        user_id: Written into the row.
        sent_messages: What a model was sent of the conversation, where that is less.
        overhead_tokens: Size of the prefix and the tools; counted from the prefix when not given.
    """

    session_id: str
    db: NotRequired[Any]
    previous: NotRequired[CompactionRecord | None]
    run_metrics: NotRequired[RunMetrics | None]
    tokens_before: NotRequired[int | None]
    run_id: NotRequired[str | None]
    context_prefix: NotRequired[list[Message] | None]
    user_id: NotRequired[str | None]
    sent_messages: NotRequired[list[Message] | None]
    overhead_tokens: NotRequired[int | None]


@dataclass
class Compaction(Planning):
    """When and how the older part of a conversation is replaced by a summary; see `CompactionSettings`."""

    def compact(self, messages: list[Message], **fold: Unpack[Fold]) -> CompactionRecord | None:
        """Summarise the older part of a conversation and store the fold; None when nothing was done.

        Args:
            messages: The conversation; it stays as it is, see `apply_record`.
            **fold: See `Fold`.
        """
        return finish(self._folded(BLOCKING, messages, fold))

    async def acompact(self, messages: list[Message], **fold: Unpack[Fold]) -> CompactionRecord | None:
        """`compact` for async code."""
        return await self._folded(LOOPING, messages, fold)

    async def _folded(self, waits: Waits, messages: list[Message], fold: Fold) -> CompactionRecord | None:
        previous, prefix = fold.get("previous"), fold.get("context_prefix") or []
        overhead = fold.get("overhead_tokens")
        if overhead is None:
            overhead = estimate_tokens(prefix)
        cut = self.plan(messages, previous, overhead)
        if cut is None:
            return None
        done = place_of(messages, previous) or 0
        folded = [*left_out(messages[:done], previous), *messages[done:cut]]
        archive = self.archive_for(fold["session_id"], fold.get("db"), fold.get("user_id"))
        kept = archive is not None and self.store_compacted_messages
        summary = await self._summary(waits, folded, previous, fold.get("run_metrics"), archived=kept)
        if not summary:
            return None
        if self.enforce_token_budget and self.compacted_token_budget is not None:
            searchable = bool(archive is not None and self.search_compacted_messages)
            summary = shortened(summary, self.compacted_token_budget, self.tokenizer(), searchable=searchable)
        size, run_id = fold.get("tokens_before"), fold.get("run_id")
        record = self.build_record(messages, summary, messages[cut].id, len(folded), size, run_id=run_id)
        if previous is not None:  # the newest of a session is in force, also of two that one second saw
            record.created_at = max(record.created_at, previous.created_at + 1)
        sent = fold.get("sent_messages")
        before = messages if sent is None else sent
        self.measure(record, [*prefix, *before], [*prefix, *self.apply_record(messages, record)])
        self.tell_sizes(messages, record, done, overhead + self.allowance(previous))
        if archive is not None:
            stored = await waits.call(archive.write, record, folded if self.store_compacted_messages else [])
            record.archived = stored and self.store_compacted_messages
        self.stats.record(record)
        return record

    def build_record(
        self,
        messages: list[Message],
        summary: str,
        first_kept_message_id: str | None,
        messages_compacted: int,
        tokens_before: int | None = None,
        run_id: str | None = None,
    ) -> CompactionRecord:
        """The record of a fold, with an id of its own; override it to write more into a record.

        Args:
            messages: The conversation.
            summary: What takes the place of its older part.
            first_kept_message_id: Where the kept part begins.
            messages_compacted: How many messages the summary stands for.
            tokens_before: Size of the request; `measure` counts it anew.
            run_id: The run that folds.
        """
        own = new_id().replace("-", "")
        record = CompactionRecord(messages_compacted, summary, first_kept_message_id, own, run_id)
        record.tokens_before = tokens_before
        return record

    async def _summary(
        self,
        waits: Waits,
        folded: list[Message],
        previous: CompactionRecord | None,
        metrics: RunMetrics | None,
        *,
        archived: bool,
    ) -> str | None:
        """Ask the model for a summary; None, which the log explains, when it gives none."""
        model = self.model
        if model is None:
            log_warning("The conversation is not compacted: its Compaction has no model.")
            return None
        asked = self.request_for(folded, previous.summary if previous is not None else None, archived=archived)
        try:
            reply = await waits.wire(model.response, model.aresponse, messages=asked)
        except (RunCancelledException, RunTimedOut):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider raises must not break the run
            log_error(f"The conversation is not compacted: {error}")
            return None
        accumulate_model_metrics(reply, model, ModelType.COMPACTION_MODEL, metrics)
        return reply.content  # type: ignore[no-any-return]

    def request_for(self, folded: list[Message], previous: str | None, *, archived: bool) -> list[Message]:
        """What the model that writes summaries is asked.

        Args:
            folded: The messages to summarise; the oldest are left out when all are more than 400,000 characters.
            previous: The summary so far.
            archived: Whether the agent will be able to search the messages.
        """
        transcript = render_messages(_newest(folded))
        if previous:
            transcript = PREVIOUS_SUMMARY.format(summary=previous, transcript=transcript)
        budget = self.compacted_token_budget
        rule = LENGTH_RULE_COMPACT
        if budget is not None:
            words, characters = round(budget * 0.75), budget * 4
            rule = LENGTH_RULE_BUDGET.format(budget_tokens=budget, budget_words=words, budget_characters=characters)
        prompt = DEFAULT_COMPACTION_PROMPT.format(length_rule=rule)
        if self.instructions:
            prompt += MORE_INSTRUCTIONS.format(instructions=self.instructions)
        if archived:
            prompt += ARCHIVE_AWARE_PROMPT
        return [Message(role="system", content=prompt), Message(role="user", content=transcript)]

    def archive_for(self, session_id: str, db: Any = None, user_id: str | None = None) -> CompactionArchive | None:
        """Where the folds of a session are; None without a database."""
        return None if db is None else CompactionArchive(db, session_id, user_id)

    def tools_for(self, session_id: str, db: Any = None) -> list[Any] | None:
        """The tool that searches what was folded in a session; None while nothing was, or when it is not wanted."""
        if not (self.search_compacted_messages and self.store_compacted_messages):
            return None
        archive = self.archive_for(session_id, db)
        return None if archive is None or archive.latest() is None else [search_tool(archive)]


def _newest(messages: list[Message]) -> list[Message]:
    """The newest messages that fit into one request for a summary; at least one."""
    left, count = DEFAULT_SUMMARIZE_CHAR_BUDGET, 0
    for message in reversed(messages):
        left -= len(render_message(message)) + 2
        if left < 0 and count:
            break
        count += 1
    return messages[len(messages) - count :]
