"""Handing a task to members: the leader's tools for it. What a member does with it is in `member_run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.team.generator_tool import as_entrypoint
from wherry.core.team.member_run import Member
from wherry.core.team.members import find, roster
from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from wherry.core.run import Run


def delegation_tools(run: Run) -> list[Any]:
    """The tools by which a leader reaches its members in this run's mode."""
    team = run.owner
    if not run.extra.get("members"):
        return []
    if team.mode.value == "tasks":
        from wherry.core.team.task_tools import task_tools

        return task_tools(run)
    tools: list[Any] = []
    if team.get_member_information_tool:
        tools.append(Function.from_callable(information_tool(run)))
    tools.append(to_all(run) if team.delegate_to_all_members else to_one(run))
    return tools


def information_tool(run: Run) -> Callable[[], str]:
    """`get_member_information`, bound to a run."""

    def get_member_information() -> str:
        """Show the members of the team again."""
        return roster(run)

    return get_member_information


# The next two are never called: they are the names, schemas and texts that `as_entrypoint` gives the real ones.


def delegate_task_to_member(member_id: str, task: str) -> str:
    """Hand a task to one member and get its reply.

    Args:
        member_id (str): Id of the member, exactly as it stands in <team_members>.
        task (str): What the member is to do, with everything it needs to know, and what a good result is.
    """
    return f"{member_id}: {task}"


def delegate_task_to_members(task: str) -> str:
    """Give one task to every member and get all replies; one call reaches all of them.

    Args:
        task (str): What the members are to do, with everything they need to know, and what a good result is.
    """
    return task


def to_one(run: Run) -> Function:
    """`delegate_task_to_member`, bound to a run."""

    async def delegate(member_id: str, task: str) -> AsyncGenerator[Any, None]:
        member = find(run.extra["members"], member_id)
        if member is None:
            yield f"There is no member with the id {member_id}. Choose one of these members:\n\n{roster(run)}"
            return
        async for item in Member(run, member).work(task):
            yield item

    team = run.owner
    # In route mode the member's reply is the answer and ends the run.
    made = Function.from_callable(as_entrypoint(run, delegate, delegate_task_to_member))
    made.stop_after_tool_call = made.show_result = team.respond_directly
    return made


def to_all(run: Run) -> Function:
    """`delegate_task_to_members`, bound to a run."""

    async def delegate(task: str) -> AsyncGenerator[Any, None]:
        members = run.extra["members"]
        if run.waits.blocking:
            for member in members:
                async for item in Member(run, member, prefix=True).work(task):
                    yield item
            return
        works = [Member(run, member, prefix=True) for member in members]
        if run.stream:
            async for item in run.waits.merge([work.work(task) for work in works]):
                yield item
            return
        for texts in await run.waits.together([work.texts(task) for work in works]):
            if isinstance(texts, BaseException):
                raise texts
            for text in texts:
                yield text

    return Function.from_callable(as_entrypoint(run, delegate, delegate_task_to_members))
