"""Who is in a team: settling members for a run, finding them, describing them to the leader.

Called by the team, its prompt and its delegation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.outside import introduce
from wherry.core.agent.runner import Runner
from wherry.core.names import url_safe_string

if TYPE_CHECKING:
    from wherry.core.run import Run


def member_id(member: Any) -> str | None:
    """The id by which the leader names a member: an agent's or team's own; as in Agno, of any other its name made safe.

    A remote agent called "Desk Helper" is `desk-helper` here, whatever its id on its server.
    """
    if isinstance(member, Runner) and member.id is not None:
        return str(member.id)
    own, name = getattr(member, "id", None), getattr(member, "name", None)
    if own is not None and not name:
        return str(own)
    return url_safe_string(str(name)) if name else None


def is_team(member: Any) -> bool:
    """Whether a member is a team itself."""
    return getattr(member, "_kind", "") == "team"


def adopt(team: Any, member: Any) -> None:
    """Make a member belong to a team: it shares the session, the store of results, and the model when it has none."""
    if team._result_store is not None or getattr(member, "_result_store", None) is not None:  # noqa: SLF001 - our own object
        from wherry.core.team.member_results import bind_store

        if hasattr(member, "_result_store"):
            bind_store(team, member)
    if is_team(member):
        member.parent_team_id = team.id
        member.set_id()
        if not callable(member.members):
            for inner in member.members:
                adopt(member, inner)
        return
    if hasattr(member, "_kind"):
        member.team_id = team.id
        member.__dict__["_team"] = team
        member.set_id()
        if member.model is None:
            member.model = team.model


async def settle_members(run: Run) -> None:
    """The members of this run; a callable is asked, once per cache key."""
    team = run.owner
    members = team.members
    if callable(members):
        from wherry.core.agent.own_tools import from_factory

        members = await from_factory(run, members, "members", team.callable_members_cache_key)
    run.extra["members"] = list(members or ())
    run.context.members = run.extra["members"]
    for member in run.extra["members"]:
        adopt(team, member)
        await introduce(member, run.waits)


def find(members: list[Any], wanted: str) -> Any:
    """The member with this id, searched through nested teams, or None."""
    for member in members:
        if member_id(member) == wanted:
            return member
        if is_team(member) and not callable(member.members):
            inner = find(list(member.members), wanted)
            if inner is not None:
                return inner
    return None


def tool_names(member: Any, *, asynchronous: bool = False) -> list[str]:
    """Names of a member's tools, with those that only an asynchronous run has."""
    if not isinstance(getattr(member, "tools", None), list):
        return []
    names: list[str] = []
    for tool in member.tools:
        if hasattr(tool, "functions") and hasattr(tool, "get_functions"):
            functions = tool.get_async_functions() if asynchronous else tool.get_functions()
            names += [function.name for function in functions.values()]
        elif isinstance(tool, dict):
            names.append(str(tool.get("name")))
        else:
            names.append(str(getattr(tool, "name", None) or getattr(tool, "__name__", tool)))
    return names


def roster(run: Run) -> str:
    """The members of a team's run, as its leader reads them."""
    return described(
        list(run.extra["members"]),
        with_tools=run.owner.add_member_tools_to_context,
        asynchronous=not run.waits.blocking,
    )


def described(members: list[Any], indent: int = 0, *, with_tools: bool = False, asynchronous: bool = False) -> str:
    """The roster as the leader reads it; only direct members show their id, for only they can be addressed."""
    pad = " " * indent
    text = ""
    for member in members:
        identity = f'id="{member_id(member)}" ' if indent == 0 else ""
        kind = ' type="team"' if is_team(member) else ""
        text += f'{pad}<member {identity}name="{member.name}"{kind}>\n'
        if (role := getattr(member, "role", None)) is not None:
            text += f"{pad}  Role: {role}\n"
        if getattr(member, "description", None) is not None:
            text += f"{pad}  Description: {member.description}\n"
        if is_team(member) and not callable(member.members):
            inner, deeper = list(member.members), member.add_member_tools_to_context
            text += described(inner, indent + 2, with_tools=deeper, asynchronous=asynchronous)
        elif with_tools and (names := tool_names(member, asynchronous=asynchronous)):
            text += f"{pad}  Tools: {', '.join(names)}\n"
        text += f"{pad}</member>\n"
    return text
