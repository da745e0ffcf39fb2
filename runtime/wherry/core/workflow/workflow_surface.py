"""Public methods of workflows beside running: sessions and runs by hand, the steps as data, hooks.

Mixed into `Workflow`. Each is a short door to the module that does the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import Iterator


class WorkflowSurface:
    """Methods of `agno.workflow.Workflow` that no run calls."""

    hooks_in_background = False

    def read_or_create_session(self, session_id: str, user_id: str | None = None) -> Any:
        """The stored session, or a new one that is not stored yet.

        Raises:
            ConfigurationError: (a ValueError) The database is asynchronous.
        """
        from wherry.core.workflow.workflow_saving import known_or_new

        return finish(known_or_new(self, BLOCKING, session_id, user_id))

    async def aread_or_create_session(self, session_id: str, user_id: str | None = None) -> Any:
        """`read_or_create_session` on the event loop."""
        from wherry.core.workflow.workflow_saving import known_or_new

        return await known_or_new(self, LOOPING, session_id, user_id)

    def save_run(self, run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None) -> None:
        """Store one run; does nothing without a database. What the database refuses is logged, as in Agno.

        Args:
            run: A WorkflowRunOutput.
            session_id: The session it belongs to, which has to be stored.
            user_id: Whose it is.
            run_index: Its place in the session; after the others by default.
        """
        from wherry.core.workflow.workflow_saving import save_one

        finish(save_one(self, BLOCKING, run, session_id, user_id, run_index))

    async def asave_run(
        self, run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None
    ) -> None:
        """`save_run` on the event loop."""
        from wherry.core.workflow.workflow_saving import save_one

        await save_one(self, LOOPING, run, session_id, user_id, run_index)

    def to_dict_for_steps(self) -> dict[str, Any]:
        """The workflow as an outline: names, descriptions and types of its steps at any depth, with agents and teams.

        Mirrors `agno.workflow.Workflow.to_dict_for_steps`. Agents and teams are the objects themselves; `to_dict` gives
        plain data.
        """
        workflow: Any = self
        return {
            "name": workflow.name,
            "workflow_id": workflow.id,
            "description": workflow.description,
            "steps": [outlined(step) for step in given_steps(workflow)],
            "session_id": workflow.session_id,
        }

    def update_agents_and_teams_session_info(self) -> None:
        """Write the workflow's id to the agents and teams of its steps, and to their members."""
        workflow: Any = self
        for executor in executors(given_steps(workflow), deep=False):
            if hasattr(executor, "workflow_id"):
                executor.workflow_id = workflow.id
            members = getattr(executor, "members", None)
            for member in members if isinstance(members, list) else ():
                if hasattr(member, "workflow_id"):
                    member.workflow_id = workflow.id

    def propagate_run_hooks_in_background(self, run_in_background: bool = True) -> None:
        """Let the hooks of all agents and teams of the steps wait until the run is over.

        Holds for runs that are given `background_tasks`; guardrails never wait. Mirrors
        `agno.workflow.Workflow.propagate_run_hooks_in_background`.
        """
        self.hooks_in_background = run_in_background
        for executor in executors(given_steps(self), deep=True):
            executor.propagate_run_hooks_in_background(run_in_background)


def given_steps(workflow: Any) -> list[Any]:
    """The steps as they were given; none for a function that stands for all of them."""
    steps = getattr(workflow.steps, "steps", workflow.steps)
    return list(steps) if isinstance(steps, (list, tuple)) else []


def inside(step: Any) -> Iterator[Any]:
    """The steps inside a group, in order, of all its branches."""
    if hasattr(step, "step_type"):
        yield from getattr(step, "steps", None) or ()
        yield from getattr(step, "else_steps", None) or ()


def executors(steps: Any, *, deep: bool) -> Iterator[Any]:
    """The agents, teams and workflows that do the work of steps, or of steps at any depth."""
    for step in steps:
        if hasattr(step, "_kind"):
            if deep:
                yield step
            continue
        executor = next(
            (found for kind in ("agent", "team", "workflow") if (found := getattr(step, kind, None)) is not None), None
        )
        if executor is not None:
            yield executor
        if deep:
            yield from executors(inside(step), deep=True)


def outlined(step: Any) -> dict[str, Any]:
    """One step of `to_dict_for_steps`."""
    kind = getattr(step, "_kind", None)
    if kind is None and not hasattr(step, "step_type"):
        return {"name": step.__name__, "description": "User-defined callable step", "type": "Step"}
    if kind in ("agent", "team"):
        name, text = step.name or f"unnamed_{kind}", step.description or f"{kind.title()} step"
        return {"name": name, "description": text, "type": "Step", kind: step}
    if kind == "workflow":
        name, text = step.name or "unnamed_workflow", step.description or "Nested workflow step"
        return {"name": name, "description": text, **nested(step)}
    made: dict[str, Any] = {"name": step.name, "description": step.description, "type": step.step_type.value}
    if made["type"] == "Step":
        made.update(agent=step.agent, team=step.team)
        if step.workflow is not None:
            made.update(nested(step.workflow))
        return made
    made["steps"] = [outlined(inner) for inner in step.steps]
    if getattr(step, "else_steps", None):
        made["else_steps"] = [outlined(inner) for inner in step.else_steps]
    return made


def nested(workflow: Any) -> dict[str, Any]:
    """What the outline says of a workflow that is a step."""
    made = {"type": "Workflow", "workflow_id": workflow.id}
    if workflow.steps is not None and (hasattr(workflow.steps, "step_type") or not callable(workflow.steps)):
        made["steps"] = [outlined(step) for step in given_steps(workflow)]
    return made
