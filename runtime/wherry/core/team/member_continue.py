"""Handing a person's answers down to the members of a team that wait for them.

Each waiting member's run goes on, its result takes the place of what the leader was told when it paused, and what
waits again is passed up again. Called by a continued run of a team; the way down of a task is in `delegation`.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.agent.continuing import open_run, prepare_run
from wherry.core.agent.resuming import stored_run
from wherry.core.errors import RunCancelledException, RunNotContinuableError
from wherry.core.events.outputs import RunStatus
from wherry.core.run import Event, Run, outcome, visible
from wherry.core.team.member_run import MEDIA, Member
from wherry.core.team.members import is_team, member_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WAITS = "requires human input before continuing."
HEADING = "What the members answered after a person decided:"


async def continue_members(run: Run) -> AsyncIterator[Event]:
    """Go on with every member's run that waits; afterwards the leader's messages tell what came of it.

    Raises:
        RunNotContinuableError: A waiting run, or the member it belongs to, is not there.
        RunCancelledException: A member's run was cancelled.
    """
    output = run.output
    passed_up = [one for one in output.requirements or () if one.member_run_id not in (None, output.run_id)]
    if not passed_up:
        return
    groups: dict[str, Returning] = {}
    try:
        for requirement in passed_up:
            chain = await waiting_runs(run, requirement)
            target = chain[0]
            way = Returning(run, owner_of(run, chain, requirement), target)
            groups.setdefault(target.run_id, way).take(requirement)
    except RunNotContinuableError:
        output.status = RunStatus.paused
        raise
    output.requirements = [one for one in output.requirements if one not in passed_up]
    told: list[str] = []
    for returning in groups.values():
        async for event in returning.go_on():
            yield event
        if "board" in run.extra and not returning.output.is_paused:
            run.extra["board"].settle(returning.member, returning.output)
        told.append(returning.told())
    tell_leader(run, told, [sentence for way in groups.values() for sentence in way.waited()])


async def waiting_runs(run: Run, requirement: Any) -> list[Any]:
    """The runs on the way down to the one that holds the requirement: a direct member's first.

    Raises:
        RunNotContinuableError: One is neither in the output nor in the session.
    """
    # Runs found on the way up are handed down: a nested team's own session does not hold them.
    known = run.extra.setdefault("below", {})
    known.update((other.run_id, other) for other in everyone(run.output))
    chain: list[Any] = []
    wanted = requirement.member_run_id
    while wanted != run.output.run_id:
        found = known[wanted] = known.get(wanted) or await stored_run(run, wanted)
        if found is None:
            raise RunNotContinuableError(
                f"Cannot continue run {run.output.run_id}: run {wanted!r} of member {requirement.member_agent_id!r} is "
                "neither in the output nor in the session. Continue with the output, or give the team a database."
            )
        chain.insert(0, found)
        wanted = found.parent_run_id
    return chain


def everyone(output: Any) -> list[Any]:
    """The outputs of the members below an output, at any depth."""
    found = []
    for inner in getattr(output, "member_responses", None) or ():
        found += [inner, *everyone(inner)]
    return found


def owner_of(run: Run, chain: list[Any], requirement: Any) -> Any:
    """The direct member to whose run a chain leads. The whole way down is looked at, before any member goes on.

    Raises:
        RunNotContinuableError: A team on the way has no such member, or several.
    """
    team, members, owner = run.owner, run.extra["members"], None
    for target in chain:
        wanted = getattr(target, "team_id", None) or getattr(target, "agent_id", None)
        owners = [member for member in members if member_id(member) == wanted]
        if len(owners) != 1:
            what = "is not a member" if not owners else f"is the id of {len(owners)} members"
            raise RunNotContinuableError(
                f"Cannot continue run {run.output.run_id}: {wanted!r}, to which the answer for "
                f"{requirement.member_agent_id!r} goes, {what} of team {team.name!r}. The run stays paused."
            )
        owner = owner if owner is not None else owners[0]
        team, members = owners[0], getattr(owners[0], "members", None)
        if not isinstance(members, (list, tuple)):
            break  # members that a callable chooses are known once their team's run is open
    return owner


class Returning(Member):
    """A member that goes on with its run.

    Attributes:
        target: The run that waits.
        answers: What was decided.
    """

    def __init__(self, parent: Run, member: Any, target: Any) -> None:
        super().__init__(parent, member)
        self.target = target
        self.answers: list[Any] = []

    def take(self, requirement: Any) -> None:
        """Add an answer."""
        self.answers.append(requirement)

    def reopened(self) -> Run:
        """The member's run, ready to be opened."""
        self.state = copy(self.parent.context.session_state)
        given = {name: value for name, value in self.arguments(self.target.run_id).items() if name not in MEDIA}
        child = prepare_run(self.member, self.target, {"requirements": self.answers}, given, self.parent.waits)
        child.extra.update(member=True, below=self.parent.extra["below"])
        self.child = child
        return child

    async def go_on(self) -> AsyncIterator[Event]:
        """The events of the member's run; its output is kept, and its new questions are passed up."""
        parent = self.parent
        if not is_team(self.member):
            # An answer that came back as data knows the call by its id only; the member's own tools do the rest.
            self.target.requirements = self.answers
        child = self.reopened()
        await open_run(child)
        child.ids["parent_run_id"] = parent.output.run_id
        self.output = child.output
        if parent.stream:
            async for event in visible(child, self.member.continue_events(child)):
                yield event
                self.stop_with_parent(child.output.run_id)
        else:
            await outcome(child, self.member.continue_events(child))
        await self.keep()
        if self.output.status == RunStatus.cancelled:
            raise RunCancelledException("")
        parent.stop_if_cancelled()
        if self.output.is_paused:
            self.pass_pause_up()

    async def keep(self) -> None:
        """Put the member's output where the paused one was."""
        output = self.parent.output
        output.member_responses = [one for one in output.member_responses if one.run_id != self.output.run_id]
        await self.store()

    def waited(self) -> tuple[str, str]:
        """What the leader was told while the member waited: of one task, and among what all members said."""
        return f"Member '{self.member.name}' {WAITS}", f"Agent {self.member.name}: {WAITS.capitalize()}"

    def told(self) -> str:
        """What the leader is told."""
        name = self.member.name or member_id(self.member)
        if self.output.is_paused:
            return f"Member '{name}' {WAITS}"
        return f"[{name}]: {self.output.content or 'Task completed'}"


def tell_leader(run: Run, told: list[str], waited: list[str]) -> None:
    """Write the members' results over what the leader was told when they paused; what others said stays."""
    calls = [tool for tool in run.output.tools or () if waits(tool.result or "")]
    for tool in calls:
        kept = [line for whole in tool.result.splitlines() if (line := said(whole, waited)) and line != HEADING]
        lines = [*kept, *told]
        # While everybody waits still, the leader is told what it was told before.
        tool.result = "\n".join(lines if all(waits(line) for line in lines) else [HEADING, *lines])
        for message in run.messages:
            if message.role == "tool" and message.tool_call_id == tool.tool_call_id:
                message.content = tool.result


def waits(text: str) -> bool:
    """Whether the leader is told there that a member waits; of several members at once it is told in capitals."""
    return WAITS in text.lower()


def said(line: str, waited: list[str]) -> str:
    """What a line says besides that members wait: of several at once, what they said stands in one line."""
    if line.startswith("Member '") and waits(line):
        return ""  # of one task, with the task's state behind it
    rest = line
    for sentence in waited:
        rest = rest.replace(sentence, "")
    return line if rest == line else rest.strip()
