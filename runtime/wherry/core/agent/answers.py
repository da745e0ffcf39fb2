"""A person's answers: matched to the questions that a team's stored run asked, and taken into the output.

Answers may come back as data from a client that echoes only a part of each question. What was stored says whom a
question came from; an answer that belongs to none, or could belong to several, is refused before anything has run.
Called when a run goes on.
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


def apply_requirements(output: Any, requirements: Any) -> None:
    """Take the decisions of a person into the output's tool calls.

    Raises:
        ValueError: None were given and some are open.
    """
    if requirements is None:
        if any(not requirement.is_resolved() for requirement in output.requirements or ()):
            raise ValueError("The run waits for decisions: pass them as `requirements`, each resolved.")
        return
    output.requirements = requirements
    decided = {r.tool_execution.tool_call_id: r.tool_execution for r in requirements if r.tool_execution is not None}
    if output.tools:
        # A call that ran already keeps its own record: an old copy of it must not run it again.
        output.tools = [decided.get(t.tool_call_id, t) if t.result is None else t for t in output.tools]
    else:
        output.tools = list(decided.values())


def join_copies(output: Any) -> None:
    """Make requirements and tools one again in an output that was read from JSON, whichever of them was decided."""
    tools = {tool.tool_call_id: index for index, tool in enumerate(output.tools or ())}
    for requirement in output.requirements or ():
        call = requirement.tool_execution
        index = tools.get(call.tool_call_id) if call is not None else None
        if index is None or output.tools[index] is call:
            continue
        if requirement.is_resolved() and output.tools[index].result is None:
            output.tools[index] = call
        else:
            requirement.tool_execution = output.tools[index]
