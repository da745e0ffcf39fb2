"""A request that the provider refuses as too long: fold the conversation and ask the same model once more.

Called by the loop, for agents whose compaction has `on_context_overflow`. The newest question with what followed it is
never folded, and as many runs are kept as the settings say, or fewer where that does not help.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wherry.compaction.counting import estimate_tokens
from wherry.compaction.cutting import leading
from wherry.core.agent.compacting import in_force, log_compaction, request_size
from wherry.core.deadline import RunTimedOut
from wherry.core.errors import RunCancelledException
from wherry.core.errors_services import ContextWindowExceededError, ModelProviderError
from wherry.core.log import log_info, log_warning

if TYPE_CHECKING:
    from wherry.compaction.compaction import Compaction
    from wherry.core.messages import Message
    from wherry.core.run import Run


async def shrunk(run: Run, error: ModelProviderError) -> bool:
    """Whether the conversation was folded, in place, so that it may fit now.

    Whatever goes wrong here leaves the provider's error to be dealt with as without compaction.
    """
    compaction = run.owner.compaction
    if not compaction.on_context_overflow:
        return False
    if not isinstance(ModelProviderError.classify(error), ContextWindowExceededError):
        return False
    try:
        return await _fold(run, compaction)
    except (RunCancelledException, RunTimedOut):
        raise
    except Exception as failure:  # noqa: BLE001 - the error that the run has met already is the one to tell
        log_warning(f"The request is too long and could not be compacted: {failure!r}")
        return False


async def _fold(run: Run, compaction: Compaction) -> bool:
    messages = run.messages
    folder = _folder(compaction, messages)
    if folder is None:
        log_warning("The request is too long, and there is nothing in it that could be compacted.")
        return False
    previous, overhead = await in_force(run), _overhead(messages)
    cut = folder.plan(messages, previous, overhead)
    if cut is None:
        return False
    tools = run.tools.wire() if run.tools is not None else None
    before = await request_size(run, messages, tools)
    given: dict[str, Any] = {
        "session_id": run.context.session_id,
        "db": None if _stands_before(run, messages[cut]) else run.owner.db,
        "user_id": run.session.user_id if run.session is not None else None,
        "previous": previous,
        "run_id": run.output.run_id,
        "run_metrics": run.output.metrics,
        "tokens_before": before,
        "overhead_tokens": overhead,
    }
    record = await run.waits.wire(folder.compact, folder.acompact, messages, **given)
    if record is None:
        return False
    folded = compaction.apply_record(messages, record)
    after = await request_size(run, folded, tools)
    if after >= before:
        log_warning(f"Compacting did not make the request shorter: {before} tokens before, {after} after.")
        return False
    messages[:] = folded
    run.output.compaction = record
    log_compaction(record)
    return True


def _stands_before(run: Run, kept: Message) -> bool:
    """Whether a fold that keeps nothing but this run holds for it alone: others that it stands for come after the run.

    So it is where a run went on after later ones. It keeps its place in the session, and the runs to come would be sent
    all that follows it beside a summary of the same.
    """
    if "continue" not in run.extra or kept.from_history or run.session is None:
        return False
    runs = run.session.runs or []
    return any(other.run_id == run.output.run_id for other in runs[:-1])


def _overhead(messages: list[Message]) -> int:
    return estimate_tokens(messages[: leading(messages)])


def _folder(compaction: Compaction, messages: list[Message]) -> Compaction | None:
    """The settings to fold with: those given, or with fewer runs to keep until as much is folded as is kept."""
    lead, found = leading(messages), None
    runs = compaction.uncompacted_runs
    kept = [runs] if compaction.uncompacted_tokens is not None else range(runs or 1, 0, -1)
    for keep in kept:
        own = compaction if keep == runs else replace(compaction, uncompacted_runs=keep, stats=compaction.stats)
        cut = own.boundary_for(messages, lead, _overhead(messages))
        if cut is None or cut <= lead:
            continue
        found = own
        if estimate_tokens(messages[lead:cut]) >= estimate_tokens(messages[cut:]):
            break
    if found is not None and found is not compaction:
        log_info(f"Too long a request: {found.uncompacted_runs} runs are kept in place of {runs}")
    return None if found is None else replace(found, min_fold_ratio=0, stats=compaction.stats)
