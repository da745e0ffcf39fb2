"""What compaction answers and keeps: the record of one fold, the outcome of `Agent.compact`, running totals.

A fold replaces the older messages of a conversation by one summary. Mirrors `agno.compaction.types`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from time import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherry.core.metrics import RunMetrics

ARCHIVE_NAMESPACE_PREFIX = "history"


class CompactionStatus(str, Enum):
    """How a call of `Agent.compact` ended; only `compacted` changed anything."""

    COMPACTED = "compacted"
    NOT_ENABLED = "not_enabled"
    NO_HISTORY = "no_history"
    NOTHING_TO_FOLD = "nothing_to_fold"
    ALREADY_COMPACTED = "already_compacted"
    NOT_WORTH_IT = "not_worth_it"
    SUMMARY_FAILED = "summary_failed"


@dataclass
class CompactionResult:
    """The outcome of `Agent.compact`.

    Attributes:
        status: How it ended.
        message: The same for people, with the numbers that decided it.
        record: What was done, if something was.
        metrics: What the model used that was asked for the summary; None when none was asked.
    """

    status: CompactionStatus
    message: str
    record: CompactionRecord | None = None
    metrics: RunMetrics | None = None

    @property
    def compacted(self) -> bool:
        """Whether messages were replaced by a summary."""
        return self.status == CompactionStatus.COMPACTED

    def to_dict(self) -> dict[str, Any]:
        """Every field, and `compacted`, for JSON."""
        return {
            "status": self.status.value,
            "message": self.message,
            "compacted": self.compacted,
            "record": None if self.record is None else self.record.to_dict(),
            "metrics": None if self.metrics is None else self.metrics.to_dict(),
        }


@dataclass
class CompactionRecord:
    """One fold, as a row of `agno_compactions` has it.

    Attributes:
        messages_compacted: How many messages the summary stands for.
        summary: Its text.
        first_kept_message_id: The message from which on the conversation is still sent word for word.
        id: Id of the row.
        run_id: The run that folded; None for a call of `Agent.compact`.
        archived: Whether the messages themselves were stored with it.
        tokens_before: Size of what the model was sent before.
        tokens_after: Size of what it is sent now.
        created_at: Unix seconds.
        ended_later: Ids of messages before the kept ones that the summary does not stand for, since their runs ended
            after it was written; see `wherry.compaction.later`. Never stored.
    """

    messages_compacted: int
    summary: str
    first_kept_message_id: str | None = None
    id: str | None = None
    run_id: str | None = None
    archived: bool = False
    tokens_before: int | None = None
    tokens_after: int | None = None
    created_at: int = field(default_factory=lambda: int(time()))
    ended_later: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, as a run stores them."""
        stored = (name for name in vars(self) if name != "ended_later")
        return {name: getattr(self, name) for name in stored if getattr(self, name) is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CompactionRecord:
        """From `to_dict`, or from a row of the table."""
        made = cls(data.get("messages_compacted", 0), data.get("summary", ""), data.get("first_kept_message_id"))
        made.id, made.run_id = data.get("id") or data.get("compaction_id"), data.get("run_id")
        made.archived = bool(data.get("archived") or data.get("archived_messages"))
        made.tokens_before, made.tokens_after = data.get("tokens_before"), data.get("tokens_after")
        made.created_at = data.get("created_at") or made.created_at
        return made


@dataclass
class CompactionStats:
    """What the folds of one `Compaction` came to, since the process began."""

    compactions: int = 0
    messages_compacted: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def record(self, record: CompactionRecord) -> None:
        """Count a fold."""
        self.compactions += 1
        self.messages_compacted += record.messages_compacted
        self.tokens_before += record.tokens_before or 0
        self.tokens_after += record.tokens_after or 0

    def clear(self) -> None:
        """Begin at zero again."""
        self.compactions = self.messages_compacted = self.tokens_before = self.tokens_after = 0
        self.extra.clear()
