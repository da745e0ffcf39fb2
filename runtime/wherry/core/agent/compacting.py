"""The history of a run where older messages are replaced by a summary.

Imported by agents that set `compaction` only; what folds is `wherry.compaction`. `settle_compaction` is called when an
agent is made and when it becomes ready, the rest by `assembly`, `own_tools` and the lifecycle. A request that the
provider refuses as too long is the business of `overflow`, `Agent.compact` that of `compact_now`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from wherry.compaction.archive import stores_compaction_records
from wherry.compaction.compaction import Compaction
from wherry.compaction.counting import counted, estimate_tokens
from wherry.compaction.later import ended_later
from wherry.compaction.types import CompactionRecord
from wherry.compaction.views import place_of
from wherry.core.log import log_info, log_warning
from wherry.core.sessions.session_history import copies, found_messages, runs_remembered, with_statuses
from wherry.models.token_counts import count_tokens

if TYPE_CHECKING:
    from wherry.core.messages import Message
    from wherry.core.run import Event, Run

_MOST_RUNS = 500  # of these one may be the cut; a fold in force is looked for in all


def settle_compaction(owner: Any, *, ready: bool, tell: bool = False) -> None:
    """Make a `Compaction` of what an agent was given, lend it the model, and tell what cannot work.

    Args:
        owner: The agent.
        ready: Whether it is about to run; before that, as in Agno, True stays True.
        tell: Warn of other options that do not go with it.
    """
    given = owner.compaction
    if owner.db is not None and not stores_compaction_records(owner.db):
        name = type(owner.db).__name__
        log_warning(f"{name} cannot store compactions, so compaction is off; SqliteDb and PostgresDb can.")
        owner.compaction = None
        return
    if given is True and ready:
        given = owner.compaction = Compaction(compact_at_tokens=None, on_context_overflow=True)
    elif given is False and ready:
        owner.compaction = None
    if not isinstance(given, Compaction):
        if not isinstance(given, bool):
            log_warning(f"compaction={given!r} is neither True nor a Compaction, so compaction is off.")
            owner.compaction = None
        return
    if given.model is None:
        given.model = owner.model
    if tell:
        _tell(owner, given)


def _tell(owner: Any, compaction: Compaction) -> None:
    if compaction.compact_at_tokens is not None and not owner.add_history_to_context:
        log_warning("compact_at_tokens does nothing without add_history_to_context=True: no history is sent.")
    if owner.add_session_summary_to_context:
        log_warning("The model is sent two summaries: that of compaction, and the session's own.")


async def in_force(run: Run, *, known_to: str | None = None) -> CompactionRecord | None:
    """The fold that a session has; of a run's own time when `known_to` names the run."""
    owner = run.owner
    archive = owner.compaction.archive_for(run.context.session_id, owner.db)
    row = None if archive is None else await run.waits.call(archive.latest, known_to)
    return record_from(run.session, row)


def record_from(session: Any, row: dict[str, Any] | None) -> CompactionRecord | None:
    """A fold as its row has it, with what it does not stand for; see `wherry.compaction.later`."""
    if not row:
        return None
    record = CompactionRecord.from_dict(row)
    if session is not None:
        runs = with_statuses(session.runs_within(_MOST_RUNS, context_only=True), None)
        record.ended_later = ended_later(runs, record, row.get("archived_messages"))
    return record


def searched_back(owner: Any, session: Any, record: CompactionRecord | None) -> list[Message]:
    """The messages that may be folded: of the newest 500 runs, or from where an older fold keeps them."""
    found = found_messages(owner, session, max(owner.num_history_runs or 0, _MOST_RUNS), None)
    if record is None or not record.summary or place_of(found, record) is not None:
        return found
    everything = found_messages(owner, session, None, None)
    begin = place_of(everything, record)
    return found if begin is None else everything[begin:]


def window(owner: Any, session: Any) -> Counter[str] | None:
    """Ids of the messages that are sent before the first fold, as often as they are there; None for all.

    With `compact_at_tokens` that is the limit; without it nothing else keeps a history short.
    """
    if owner.compaction.compact_at_tokens is not None:
        return None
    found = found_messages(owner, session, runs_remembered(owner), owner.num_history_messages)
    return Counter(message.id for message in found)


def replayed(
    compaction: Compaction, messages: list[Message], record: CompactionRecord | None, within: Counter[str] | None
) -> list[Message]:
    """What is sent of a history: summary and kept messages, or before the first fold what is within the window."""
    if record is not None and place_of(messages, record) is not None:
        return compaction.apply_record(messages, record)
    if within is None:
        return messages
    left, kept = Counter(within), []
    for message in reversed(messages):  # a fork has copies of its source's messages, ids and all: the newest count
        if left[message.id] > 0:
            left[message.id] -= 1
            kept.append(message)
    return kept[::-1]


async def past(run: Run) -> tuple[list[Message], CompactionRecord | None, list[Message]]:
    """The history that may be folded, the fold in force, and what is sent of it as things are."""
    owner, session, output = run.owner, run.session, run.output
    record = await in_force(run, known_to=output.forked_from_run_id or output.regenerated_from)
    messages = copies(owner, searched_back(owner, session, record))
    return messages, record, replayed(owner.compaction, messages, record, window(owner, session))


async def resumed_history(run: Run) -> list[Message]:
    """What a run that goes on is sent of its history; nothing is folded for it."""
    return (await past(run))[2]


async def compacted_history(run: Run, prefix: list[Message]) -> list[Message]:
    """What a run is sent of its history, folded first if it has grown too long.

    Args:
        run: The run.
        prefix: The messages that come before it.
    """
    compaction = run.owner.compaction
    messages, record, sent = await past(run)
    if not messages or compaction.compact_at_tokens is None:
        return sent
    tools = run.tools.wire() if run.tools is not None else None
    size = await request_size(run, [*prefix, *sent], tools, model_id=run.model.id or "gpt-4o")
    if not compaction.should_compact(sent, context_tokens=size, model=run.model, tools=tools):
        return sent
    overhead = estimate_tokens(prefix, tools)
    if compaction.plan(messages, record, overhead) is None:
        return sent
    log_info("The history is being compacted")
    told: list[tuple[str, dict[str, Any]]] = [("CompactionStartedEvent", {})]
    run.extra["compactions"] = told
    made = await run.waits.wire(
        compaction.compact,
        compaction.acompact,
        messages,
        session_id=run.context.session_id,
        db=run.owner.db,
        user_id=run.session.user_id,
        previous=record,
        run_metrics=run.output.metrics,
        tokens_before=size,
        run_id=run.output.run_id,
        context_prefix=prefix,
        overhead_tokens=overhead,
        sent_messages=sent,
    )
    if made is None:
        return sent
    log_compaction(made)
    run.output.compaction = made
    names = ("messages_compacted", "tokens_before", "tokens_after", "archived")
    told.append(("CompactionCompletedEvent", {name: getattr(made, name) for name in names}))
    folded: list[Message] = compaction.apply_record(messages, made)
    return folded


async def request_size(run: Run, messages: list[Message], tools: Any, *, model_id: str = "gpt-4o") -> int:
    """Size of a request, by whatever the agent's compaction counts with."""
    compaction, model, waits = run.owner.compaction, run.model, run.waits
    counter = compaction.token_counter
    if compaction.use_model_token_count:
        counter = model.count_tokens if waits.blocking else model.acount_tokens
    size = await counted(waits, counter, messages, tools)
    return count_tokens(messages, tools, model_id) if size is None else size


def log_compaction(record: CompactionRecord) -> None:
    """Tell what a fold came to."""
    log_info(
        f"{record.messages_compacted} messages were compacted: {record.tokens_before} tokens before, "
        f"{record.tokens_after} after"
    )


def told(run: Run) -> list[Event]:
    """The events of a fold that was made while the messages of the run were put together."""
    found: list[Event] = []
    for name, own in run.extra.pop("compactions", ()):
        found += run.note(name, own) if run.watched else ()
    return found


async def search_tools(run: Run) -> list[Any]:
    """The tool that searches what was folded before this run, when there is something."""
    owner = run.owner
    if not owner.compaction.search_compacted_messages:
        return []
    found = await run.waits.call(owner.compaction.tools_for, run.context.session_id, owner.db)
    return found or []
