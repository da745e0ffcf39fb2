"""The tools of an agent that logs decisions: names and parameters are Agno's. Called by `DecisionLogStore`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Optional
from uuid import uuid4

from wherry.learn.schemas import DecisionLog
from wherry.learn.stores.base import tool_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits


def decision_tools(store: Any, waits: Waits, owner: dict[str, str | None]) -> list[Callable[..., Any]]:
    """The tools that the store's configuration allows.

    Args:
        store: Whose decisions.
        waits: How to wait.
        owner: Ids of agent, session, user and team.
    """

    async def log(decision: str, alternatives: str | None = None, **told: Any) -> str:
        decision_id = f"dec_{uuid4().hex[:8]}"
        others = [text.strip() for text in alternatives.split(",")] if alternatives else None
        made = DecisionLog(
            id=decision_id,
            decision=decision,
            alternatives=others,
            created_at=datetime.now(UTC).isoformat(),
            **{**told, **owner},
        )
        await waits.wire(store.save, store.asave, decision=made)
        return f"Decision logged: {decision_id}"

    async def record(decision_id: str, outcome: str, outcome_quality: str | None = None) -> str:
        given = {"decision_id": decision_id, "outcome": outcome, "outcome_quality": outcome_quality}
        if await waits.wire(store.update_outcome, store.aupdate_outcome, **given):
            return f"Outcome recorded for decision {decision_id}"
        return f"Decision {decision_id} not found"

    async def search(limit: int = 5, **asked: Any) -> str:
        given = {**asked, "limit": limit, "agent_id": owner["agent_id"]}
        found = await waits.wire(store.search, store.asearch, **given)
        return "\n".join(map(_line, found)) or "No matching decisions found."

    config = store.config
    made = []
    if config.agent_can_save:
        made.append(tool_for(waits, log, log_decision, "A decision could not be logged"))
        made.append(tool_for(waits, record, record_outcome, "An outcome could not be recorded"))
    if config.agent_can_search:
        made.append(tool_for(waits, search, search_decisions, "Decisions could not be searched"))
    return made


def _line(decision: Any) -> str:
    text = f"[{decision.id}] {decision.decision}"
    if decision.reasoning:
        text += f" - {decision.reasoning[:50]}..."
    if decision.outcome:
        text += f" -> {decision.outcome[:30]}..."
    return text


# The forms of the tools: `tool_for` puts the work behind them. Optional, as in Agno: a union written with | tells the
# model about null.


def log_decision(
    decision: str,
    reasoning: Optional[str] = None,  # noqa: UP045
    decision_type: Optional[str] = None,  # noqa: UP045
    context: Optional[str] = None,  # noqa: UP045
    alternatives: Optional[str] = None,  # noqa: UP045
    confidence: Optional[float] = None,  # noqa: UP045
) -> str:
    """Keep a decision that matters: which tool, which way of answering, what to ask back, when to hand over.

    Args:
        decision: What you decided.
        reasoning: Why.
        decision_type: Of which kind, in a word or two.
        context: The situation that asked for it.
        alternatives: What else was possible, with commas between.
        confidence: How sure you are, from 0.0 to 1.0.

    Returns:
        The id of the decision.
    """
    raise NotImplementedError


def record_outcome(
    decision_id: str,
    outcome: str,
    outcome_quality: Optional[str] = None,  # noqa: UP045
) -> str:
    """Add what came of a decision.

    Args:
        decision_id: The id of the decision.
        outcome: What came of it.
        outcome_quality: good, bad or neutral.

    Returns:
        What was done.
    """
    raise NotImplementedError


def search_decisions(
    query: Optional[str] = None,  # noqa: UP045
    decision_type: Optional[str] = None,  # noqa: UP045
    days: Optional[int] = None,  # noqa: UP045
    limit: int = 5,
) -> str:
    """Look for earlier decisions.

    Args:
        query: With this text in them.
        decision_type: Of this kind.
        days: Of the last so many days.
        limit: At most so many.

    Returns:
        The decisions, the last first.
    """
    raise NotImplementedError
