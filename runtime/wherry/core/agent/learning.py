"""Learning in a run: the machine of an agent or team, its context, its tools, and the reading beside the answer.

Called where an owner has `learning=` only, by the runner, the prompts, `own_tools` and the lifecycle; the learning
itself is in `wherry.learn`. Mirrors the functions of the same purpose in `agno.agent._init` and `agno.agent._managers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.messages import Message
from wherry.core.metrics import RunMetrics, merge_background_metrics

if TYPE_CHECKING:
    from wherry.core.run import Run


def settle_machine(owner: Any) -> Any:
    """The owner's machine, with the owner's database, model and knowledge where it has none of its own; or None.

    A machine that asks people first makes the owner show the model its earlier messages.
    """
    from wherry.learn.machine import LearningMachine

    given, made = owner.learning, None
    if owner.db is None:
        log_warning("learning= needs a db; nothing is learned.")
    elif given is True:
        made = LearningMachine(db=owner.db, model=owner.model, user_profile=True, user_memory=True)
    elif isinstance(given, LearningMachine):
        made = given
        if made.db is None:
            made.db = owner.db
        if made.model is None:
            made.model = owner.model
        if made.learned_knowledge and made.knowledge is None and owner.knowledge is not None:
            made.knowledge = owner.knowledge
        if made.requires_history and not owner.add_history_to_context:
            owner.add_history_to_context = True
    return made


def _who(run: Run) -> dict[str, Any]:
    """Whose run it is, as Agno tells stores: of a team's run by the team only."""
    owner, context = run.owner, run.context
    team = owner._kind == "team"  # noqa: SLF001 - a part of the same object
    ids = {"team_id": owner.id} if team else {"agent_id": owner.id}
    session_id = run.session.session_id if run.session is not None else None
    return {"user_id": context.user_id, "session_id": session_id, **ids}


def _around(run: Run) -> dict[str, Any]:
    """The run's context, whole and in parts."""
    context = run.context
    parts = {"metadata": context.metadata, "dependencies": context.dependencies}
    return {"run_context": context, **parts, "session_state": context.session_state}


def asked(content: Any) -> str | None:
    """The text of an input, by which stores look for what matters; None when there is none."""
    if isinstance(content, Message):
        content = content.content
    if hasattr(content, "model_dump"):
        content = content.model_dump()
    if isinstance(content, dict):
        content = [value for value in content.values() if isinstance(value, str)]
    if isinstance(content, list):
        return "\n".join(text for text in map(asked, content) if text) or None
    return None if content is None else str(content) or None


async def learnings_block(run: Run) -> str:
    """How to use the tools of the machine, and what it knows."""
    owner = run.owner
    machine = owner.learning_machine
    if machine is None or not owner.add_learnings_to_context:
        return ""
    guidance = machine._framework_instructions()  # noqa: SLF001 - a part of the same object
    given = {**_who(run), "message": asked(run.output.input.input_content), **_around(run)}
    known = await run.waits.wire(machine.build_context, machine.abuild_context, **given)
    text = "\n".join(part for part in (guidance, known) if part)
    return f"{text}\n" if text else ""


async def learning_tools(run: Run) -> list[Any]:
    """The tools of the machine."""
    machine = run.owner.learning_machine
    if machine is None:
        return []
    agent = run.owner._kind == "agent"  # noqa: SLF001 - a part of the same object
    given = {**_who(run), "run_context": run.context} if agent else _who(run)
    found: list[Any] = await run.waits.wire(machine.get_tools, machine.aget_tools, **given)
    return found


def start_learning(run: Run) -> None:
    """Let the machine read the messages that the model is about to get, beside the answer."""
    machine = run.owner.learning_machine
    if machine is not None:
        run.learning_job = run.waits.start(_learn(run, machine, list(run.messages)))


async def _learn(run: Run, machine: Any, messages: list[Message]) -> RunMetrics:
    metrics, owner = RunMetrics(), run.owner
    given = {**_who(run), "run_metrics": metrics}
    if owner._kind == "agent":  # noqa: SLF001 - a part of the same object
        given |= {"team_id": owner.team_id, **_around(run)}
    try:
        await run.waits.wire(machine.process, machine.aprocess, messages=messages, **given)
    except Exception as error:  # noqa: BLE001 - whatever a user's store, database or provider raises must not break the run
        log_warning(f"Nothing could be learned: {error!r}")
    return metrics


async def wait_for_learning(run: Run) -> None:
    """Wait until everything is learned; its tokens count for the run."""
    job, run.learning_job = run.learning_job, None
    try:
        metrics = await job()
    except Exception as error:  # noqa: BLE001 - as above
        log_warning(f"Nothing could be learned: {error!r}")
        return
    merge_background_metrics(run.output.metrics, [metrics])
