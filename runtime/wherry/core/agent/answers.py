"""A person's answers: matched to the questions that a team's stored run asked, and taken into the output.

Answers may come back as data from a client that echoes only a part of each question. What was stored says whom a
question came from and what was asked; an answer that belongs to none, or could belong to several, is refused before
anything has run. Called when a run goes on.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import RunNotContinuableError
from wherry.core.events.outputs import RunStatus


def bind(output: Any, answers: list[Any]) -> list[Any]:
    """The run's own questions with what was decided about them, in the order of the answers.

    Raises:
        RunNotContinuableError: An answer fits no question of the run, or more than one; the run stays paused.
    """
    asked = output.requirements
    if not asked:
        return answers
    bound: list[Any] = []
    for answer in answers:
        question = answer if any(answer is one for one in asked) else question_of(asked, answer)
        if question is None or any(question is one for one in bound):
            output.status = RunStatus.paused
            raise RunNotContinuableError(
                f"Cannot continue run {output.run_id}: the answer {answer.id!r} belongs to no single question of the "
                f"run; it asked {[item.id for item in asked]}. Send each requirement back with the id it came with. "
                "The run stays paused."
            )
        bound.append(question)
    for question, answer in zip(bound, answers, strict=True):
        if question is not answer:
            take(question, answer)
    return bound


def question_of(asked: list[Any], answer: Any) -> Any:
    """The question with the answer's id, else the only one about the same call; None when there is none."""
    call = getattr(answer.tool_execution, "tool_call_id", None)
    found = [question for question in asked if question.id == answer.id]
    if found:
        same = getattr(found[0].tool_execution, "tool_call_id", None) == call
        return found[0] if len(found) == 1 and same else None
    found = [question for question in asked if getattr(question.tool_execution, "tool_call_id", None) == call]
    return found[0] if len(found) == 1 and call is not None else None


def take(question: Any, answer: Any) -> None:
    """Take decisions over, and nothing else: what runs is what was asked about, as in Agno.

    Values fill what was open, a flag alone answers nothing that is open, and a result counts for calls that somebody
    else carries out only.
    """
    _copy(answer, question, "confirmation", "confirmation_note")
    asked, said = question.tool_execution, answer.tool_execution
    if asked is None or said is None:
        return
    open_before = _open(asked)
    for source in (said, answer):
        for target in (question, asked):
            _fill(target, source)
    _copy(said, asked, "confirmed", "confirmation_note")
    if asked.answered is None and not _open(asked) and (open_before or said.answered):
        asked.answered = True
    if asked.external_execution_required:
        _copy(said, asked, "result", "tool_call_error")
        _copy(answer, question, "external_execution_result")
        if asked.result is None:
            asked.result = answer.external_execution_result


def _copy(source: Any, target: Any, *names: str) -> None:
    for name in names:
        value = getattr(source, name, None)
        if value is not None:
            setattr(target, name, value)


def _open(tool: Any) -> bool:
    """Whether values or choices are missing still."""
    return any(item.value is None for item in tool.user_input_schema or ()) or any(
        item.selected_options is None for item in tool.user_feedback_schema or ()
    )


def _fill(target: Any, source: Any) -> None:
    """Fill in open values and choices by name; those that the model gave stay."""
    values = {item.name: item.value for item in source.user_input_schema or ()}
    for item in target.user_input_schema or ():
        if item.value is None:
            item.value = values.get(item.name)
    choices = {item.question: item.selected_options for item in source.user_feedback_schema or ()}
    for question in target.user_feedback_schema or ():
        chosen = choices.get(question.question)
        if question.selected_options is None and chosen is not None:
            question.select(chosen)


def refuse_outdated(given: Any, stored: Any) -> None:
    """Refuse to go on with an old copy of a run that has ended meanwhile.

    Raises:
        RunNotContinuableError: It has.
    """
    ended = stored is not None and stored.status in (RunStatus.completed, RunStatus.cancelled)
    if ended and given.status == RunStatus.paused:
        status = getattr(stored.status, "value", stored.status)
        refused = RunNotContinuableError(
            f"Cannot continue run {given.run_id}: it is {status} in the database, and the output that was "
            "passed is an older copy. Read it again by run_id and session_id."
        )
        refused.outdated = True
        raise refused


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
