"""Matching a person's answers to the questions that a team's stored run asked.

Answers may come back as data from a client that echoes only a part of each question. What was stored says whom a
question came from; an answer that belongs to none, or could belong to several, is refused before anything has run.
Called when a team's run goes on.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import RunNotContinuableError
from wherry.core.events.outputs import RunStatus

_ORIGIN = ("member_agent_id", "member_agent_name", "member_run_id")


def bind(output: Any, answers: list[Any]) -> None:
    """Give each answer the origin of the question it belongs to.

    Raises:
        RunNotContinuableError: An answer fits no question of the run, or more than one; the run stays paused.
    """
    asked = output.requirements
    if not asked:
        return
    taken: set[int] = set()
    for answer in answers:
        if any(answer is question for question in asked):
            continue
        question = question_of(asked, answer)
        if question is None or id(question) in taken:
            output.status = RunStatus.paused
            raise RunNotContinuableError(
                f"Cannot continue run {output.run_id}: the answer {answer.id!r} belongs to no single question of the "
                f"run; it asked {[item.id for item in asked]}. Send each requirement back with the id it came with. "
                "The run stays paused."
            )
        taken.add(id(question))
        for name in _ORIGIN:
            setattr(answer, name, getattr(question, name))
        keep_asked(question.tool_execution, answer.tool_execution)


def question_of(asked: list[Any], answer: Any) -> Any:
    """The question with the answer's id, else the only one about the same call; None when there is none."""
    call = getattr(answer.tool_execution, "tool_call_id", None)
    found = [question for question in asked if question.id == answer.id]
    if found:
        same = getattr(found[0].tool_execution, "tool_call_id", None) == call
        return found[0] if len(found) == 1 and same else None
    found = [question for question in asked if getattr(question.tool_execution, "tool_call_id", None) == call]
    return found[0] if len(found) == 1 and call is not None else None


def keep_asked(asked: Any, answered: Any) -> None:
    """What runs is what was asked about; a result counts for calls that somebody else carries out only."""
    if asked is None or answered is None:
        return
    answered.tool_name, answered.tool_args = asked.tool_name, asked.tool_args
    if not asked.external_execution_required:
        answered.result = asked.result


def refuse_outdated(given: Any, stored: Any) -> None:
    """Refuse to go on with an old copy of a run that has ended meanwhile.

    Raises:
        RunNotContinuableError: It has.
    """
    ended = stored is not None and stored.status in (RunStatus.completed, RunStatus.cancelled)
    if ended and given.status == RunStatus.paused:
        raise RunNotContinuableError(
            f"Cannot continue run {given.run_id}: it is {stored.status.value} in the database, and the output that was "
            "passed is an older copy. Read it again by run_id and session_id."
        )
