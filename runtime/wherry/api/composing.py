"""Whom a run request is for: a registered owner, an agent the request brings, or a workflow made of its steps.

Nothing is registered here: what a request brings is used for its run only. Registering is `POST …/agents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.api.bodies import field
from wherry.api.problems import Problem
from wherry.core.workflow.record_making import plan_of
from wherry.core.workflow.workflow import Workflow
from wherry.manifests import AgentRuntime

if TYPE_CHECKING:
    from wherry.api.service import RuntimeService


def owner_of(service: RuntimeService, kind: str, identity: str, data: dict[str, Any]) -> Any:
    """The agent, team or workflow that a request runs.

    Raises:
        Problem: 404 when there is none, 409 when what is registered and what the request brings contradict each other.
        ManifestError: A manifest in the request cannot be used.
    """
    brought = agents_of(service, field(data, "agents", list, []))
    if kind == "agents" and identity in brought:
        return brought[identity]
    if kind == "workflows":
        steps = field(data, "steps", list)
        if identity not in service.owners[kind] and steps:
            return composed(service, identity, steps, {**service.owners["agents"], **brought})
        owner = service.find(kind, identity)
        if steps is not None:
            check_steps(owner, steps)
        return owner
    return service.find(kind, identity)


def agents_of(service: RuntimeService, manifests: list[Any]) -> dict[str, Any]:
    """Agents that a request brings, by id; one that is registered with the same configuration is that one.

    Raises:
        Problem: 409 when another configuration has the id.
    """
    found: dict[str, Any] = {}
    for data in manifests:
        manifest = AgentRuntime.from_dict(data)
        if manifest.id in service.owners["agents"]:
            if service.manifests.get(manifest.id) != manifest:
                raise Problem("conflict", f"An agent {manifest.id!r} with another configuration is registered.")
            found[manifest.id] = service.owners["agents"][manifest.id]
        else:
            found[manifest.id] = service.build(manifest)
    return found


def asked_step(step: Any, number: int) -> tuple[str, str | None]:
    """Id and agent of a step in a request.

    Raises:
        Problem: 400 when it is neither a string nor an object with an id.
    """
    if isinstance(step, str):
        return step, None
    if isinstance(step, dict) and isinstance(step.get("id"), str) and isinstance(step.get("agent"), str | None):
        return step["id"], step.get("agent")
    raise Problem("bad_request", f"Step {number} must be a string, or an object with id and agent.", field="steps")


def own_steps(workflow: Any) -> list[tuple[str, str | None]]:
    """A registered workflow's steps and who does each; an owner of another runtime tells its own.

    Raises:
        Problem: 409 when the other runtime cannot tell.
    """
    if isinstance(workflow, Workflow):
        return [(step.id, step.agent_id) for step in plan_of(workflow).steps if "/" not in step.id]
    found: list[tuple[str, str | None]] | None = workflow.planned_steps()
    if found is None:
        raise Problem("conflict", "The steps of this workflow are one function; leave 'steps' out.")
    return found


def check_steps(workflow: Any, steps: list[Any]) -> None:
    """Refuse a request whose steps are not the workflow's.

    Raises:
        Problem: 409.
    """
    have = own_steps(workflow)
    asked = [asked_step(step, number) for number, step in enumerate(steps, 1)]
    names = [name for name, _ in have]
    if [name for name, _ in asked] != names:
        raise Problem("conflict", f"The workflow's steps are {names}, not {[name for name, _ in asked]}.", steps=names)
    for (name, agent), (_, other) in zip(asked, have, strict=True):
        if agent is not None and agent != other:
            raise Problem("conflict", f"Step {name!r} is done by {other!r}, not by {agent!r}.", steps=names)


def composed(service: RuntimeService, identity: str, steps: list[Any], agents: dict[str, Any]) -> Any:
    """A workflow of a request's steps, one after the other; a step that names no agent has its agent's id.

    Raises:
        Problem: 409 when a step names an agent that is neither registered nor brought.
    """
    made = []
    for number, step in enumerate(steps, 1):
        name, agent = asked_step(step, number)
        who = agents.get(agent or name)
        if who is None:
            raise Problem("conflict", f"Step {name!r} names the agent {agent or name!r}, which is not registered.")
        made.append((name, who))
    return service.compose(identity, made)
