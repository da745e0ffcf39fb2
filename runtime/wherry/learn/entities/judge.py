"""Which facts hold no longer once others are told: one question to a model, before an entity is written.

Called by the store of entities. When the model fails nothing is retired: a fact wrongly hidden is worse than one too
many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.messages import Message
from wherry.learn.entities.changes import live
from wherry.learn.entities.forgetting import label
from wherry.learn.reading import read_out
from wherry.learn.shapes.entities import dated_fact

if TYPE_CHECKING:
    from wherry.core.waits import Waits

MOST_FACTS = 50
Verdict = list[tuple[str, float]]

TASK = (
    "You look after what is known of something, and find the facts that no longer hold.\n\n"
    "You get the facts that hold so far, each with its id, and what was told just now. An old fact no longer holds "
    "when it and a new one cannot both be true: a value has changed, a state is over, a decision was taken back, or "
    "the new one tells the same thing as it is now. Facts that go together both stay.\n\n"
    "Call `mark_superseded` exactly once, with the ids of those that no longer hold and, in the same order, how sure "
    "you are of each, from 0.0 to 1.0; with two empty lists when there are none. In doubt leave a fact alone: what is "
    "marked is hidden from everybody."
)


async def judged(waits: Waits, config: Any, entity: Any | None, fresh: list[str]) -> Verdict:
    """The facts of an entity that no longer hold, each with how sure the model is.

    Args:
        waits: How to wait.
        config: An `EntityMemoryConfig` with the model, without which nobody is asked.
        entity: As it is, or None for a new one.
        fresh: What was told.
    """
    if entity is None or not fresh or config.model is None:
        return []
    facts = [fact for fact in live(entity) if fact.get("id")][-MOST_FACTS:]
    if not facts:
        return []
    verdict: Verdict = []

    def mark_superseded(fact_ids: list[str], confidences: list[float] = []) -> str:  # noqa: B006 - Agno's parameters
        """Say which facts no longer hold.

        Args:
            fact_ids: The ids of the facts that no longer hold; empty when all do.
            confidences: How sure you are of each, from 0.0 to 1.0, in the same order.

        Returns:
            That it was noted.
        """
        verdict.extend((str(fact), float(sure)) for fact, sure in zip(fact_ids, confidences, strict=False))
        return "Noted."

    try:
        await read_out(waits, config.model, _asked(config, entity, facts, fresh), [mark_superseded], limit=1)
    except Exception as error:  # noqa: BLE001 - whatever a model raises: the facts are written, and none is retired
        log_warning(f"It could not be judged which facts on {label(entity)} no longer hold; all are kept: {error}")
        return []
    return verdict


def _asked(config: Any, entity: Any, facts: list[dict[str, Any]], fresh: list[str]) -> list[Message]:
    parts = [TASK]
    if config.instructions:
        parts.append(f"## Additional Instructions\n\n{config.instructions}")
    if config.additional_instructions:
        parts.append(config.additional_instructions)
    system = config.system_message or "\n\n".join(parts)
    held = "\n".join(f"- [{fact['id']}] {dated_fact(fact)}" for fact in facts)
    told = "\n".join(f"- {fact}" for fact in fresh)
    user = f"This is about {label(entity)}.\n\nHeld so far:\n{held}\n\nTold just now:\n{told}"
    return [Message(role="system", content=system), Message(role="user", content=user)]
