"""One member's run on a task of its leader: what it is given, its events, and what the leader keeps of it.

Called by the leader's tools (`delegation`, `task_tools`) and, for a run that goes on, by `member_continue`.
"""

from __future__ import annotations

import json
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any, NoReturn

from wherry.core.agent.outside import runnable
from wherry.core.agent.own_way import own_events, own_way
from wherry.core.agent.saving import scrub, scrubbed
from wherry.core.cancel import cancel_run, register_member_run
from wherry.core.errors import ConfigurationError, RunCancelledException
from wherry.core.events.outputs import RunStatus
from wherry.core.ids import new_id
from wherry.core.messages import Message
from wherry.core.run import Run, outcome, visible
from wherry.core.sessions.session_history import copied_history, runs_remembered
from wherry.core.sessions.session_state import merge_into
from wherry.core.team.members import is_team, member_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

MEDIA = ("images", "videos", "audio", "files")
_CONVERSATION_ROLES = ("user", "assistant", "tool")


class Member:
    """One member at work on one task.

    Attributes:
        child: The member's run.
        output: The member's output once it is done.
        tool: The leader's tool that led here.
    """

    tool = "delegate_task_to_member"

    def __init__(self, parent: Run, member: Any, *, prefix: bool = False, own_task: bool = False) -> None:
        self.parent = self.leader = parent
        self.member = runnable(member)
        self.prefix = f"Agent {member.name}: " if prefix else ""
        self.own_task = own_task
        self.child: Any = None
        self.output: Any = None
        self.state: dict[str, Any] | None = None

    def task_text(self, task: str) -> Any:
        """What the member is told: the leader's words or the user's, after what the team shares."""
        team = self.parent.owner
        text: Any = task
        if not team.determine_input_for_members and not self.own_task:
            asked = self.parent.user_message  # as the leader is asked it, with all that was added
            text = None if asked is None else asked.content
        parts = [part for part in (self.shared_interactions(), self.shared_history()) if part]
        return "\n\n".join([*parts, str(text or "")]) if parts else text

    def shared_interactions(self) -> str | None:
        """What other members did in this run, when the team shares it."""
        team, done = self.parent.owner, self.parent.extra.get("interactions")
        if not team.share_member_interactions or not done:
            return None
        text = "<member_interaction_context>\nWhat other members of the team have done so far.\n"
        for name, asked, output in done:
            answered = output.content if isinstance(output.content, str) else output.get_content_as_string()
            text += f"Member: {name}\nTask: {asked}\nResponse: {answered}\n\n"
        return f"{text}</member_interaction_context>\n"

    def shared_history(self) -> str | None:
        """What the team was asked before, when it shares it."""
        team, session = self.parent.owner, self.parent.session
        if not team.add_team_history_to_members or session is None:
            return None
        own = self.member.id if is_team(self.member) else None
        text: str | None = session.get_team_history_context(team_id=own, num_runs=team.num_team_history_runs)
        return text

    def history(self) -> list[Message]:
        """The member's own earlier messages in the team's session."""
        team, member, session = self.parent.owner, self.member, self.parent.session
        if not getattr(member, "add_history_to_context", False) or session is None:
            return []
        role = team.system_message_role
        found = session.get_messages(
            last_n_runs=runs_remembered(member) or runs_remembered(team),
            limit=member.num_history_messages,
            skip_roles=[role] if role not in _CONVERSATION_ROLES else None,
            member_ids=None if is_team(member) else [member.id],
            team_id=member.id if is_team(member) else None,
        )
        return copied_history(found)

    def start(self, task: str) -> Run:
        """The member's run, ready to go."""
        content, arguments = self.handed(task)
        child: Run = self.member.make_run(content, self.parent.waits, arguments)
        self.placed(child)
        return child

    def handed(self, task: str) -> tuple[Any, dict[str, Any]]:
        """What the member's run is asked, and its other arguments."""
        parent, member, team = self.parent, self.member, self.parent.owner
        content = self.task_text(task)
        past = self.history()
        if past and isinstance(content, str):
            content = [*past, Message(role="user", content=content)]
        if not team.send_media_to_model:
            member.send_media_to_model = False
        if team.respond_directly and member.output_schema is None and parent.context.output_schema is not None:
            member.output_schema = parent.context.output_schema
        elif team.respond_directly and member.output_schema is not None:
            parent.extra["routed_schema"] = member.output_schema
        if team.enable_agentic_knowledge_filters and not member.enable_agentic_knowledge_filters:
            member.enable_agentic_knowledge_filters = team.enable_agentic_knowledge_filters
        self.state = copy(parent.context.session_state)
        run_id = new_id()
        register_member_run(parent.output.run_id, run_id)
        return content, self.arguments(run_id)

    def placed(self, child: Run) -> None:
        """Tell the member's run where it belongs."""
        parent, self.child = self.parent, child
        child.extra["member"] = True
        child.output.parent_run_id = parent.output.run_id
        child.ids["parent_run_id"] = parent.output.run_id
        child.ids |= {name: parent.ids[name] for name in ("workflow_id", "workflow_run_id") if name in parent.ids}

    def arguments(self, run_id: str) -> dict[str, Any]:
        """The settings a member's run takes over from the team's."""
        parent, member, team = self.parent, self.member, self.parent.owner
        given = parent.output.input
        filters = parent.context.knowledge_filters if member.knowledge and not member.knowledge_filters else None
        return {
            "stream": parent.stream,
            "stream_events": parent.stream and (parent.lifecycle or team.stream_member_events),
            "run_id": run_id,
            "session_id": parent.session.session_id,
            "user_id": parent.context.user_id,
            "session_state": self.state,
            "images": list(given.images or ()),
            "videos": list(given.videos or ()),
            "audio": list(given.audios or ()),
            "files": list(given.files or ()),
            "knowledge_filters": filters,
            "dependencies": parent.context.dependencies,
            "metadata": parent.context.metadata,
            "add_dependencies_to_context": parent.options.get("add_dependencies_to_context"),
            "add_session_state_to_context": parent.options.get("add_session_state_to_context"),
            "debug_mode": parent.options.get("debug_mode"),
        }

    async def work(self, task: str) -> AsyncGenerator[Any, None]:
        """Run the member: its events when the team streams, then or otherwise the text for the leader."""
        extra = self.parent.extra
        method: Any = own_way(self.member, blocking=self.parent.waits.blocking)
        child = self.start(task) if method is None else None
        if child is not None:
            self.output = child.output
        extra["at_work"] = extra.get("at_work", 0) + 1
        try:
            if child is None:
                async for event in self.by_own_way(method, task):
                    yield event
            elif self.parent.stream:
                run_id = child.output.run_id or ""  # as it is here: a run on a server takes over the id it has there
                async for event in visible(child, self.member.events(child)):
                    yield event
                    self.stop_with_parent(run_id)
            else:
                await outcome(child, self.member.events(child))
        finally:
            extra["at_work"] -= 1
        await self.record(task)
        if self.output.status == RunStatus.cancelled:
            self.end_cancelled()
        self.parent.stop_if_cancelled()
        text = self.reply()
        if text is not None:
            yield text

    def end_cancelled(self) -> NoReturn:
        """End the team's run as cancelled, because the member's was.

        Raises:
            RunCancelledException: Always.
        """
        parent = self.parent
        if self.child is not None and self.child.extra.get("wordless"):
            # As in Agno, a whole run tells that its member's was cancelled.
            raise RunCancelledException("" if parent.stream else f"Run {self.output.run_id} was cancelled")
        if not parent.stream:  # a stream has overheard what the member said
            parent.output.content = parent.output.content or self.output.content
            parent.extra["member_words"] = True
        raise RunCancelledException("")

    async def texts(self, task: str) -> list[str]:
        """What the leader is told, for members that run side by side unstreamed."""
        return [item async for item in self.work(task)]

    async def by_own_way(self, method: Callable[..., Any], task: str) -> AsyncGenerator[Any, None]:
        """Have a member run by its own `run` or `arun`, which a subclass overrides: its events.

        Raises:
            ConfigurationError: The method ended without an output.
        """
        content, arguments = self.handed(task)
        run_id = arguments["run_id"]
        async for item in own_events(method, content, arguments, self.placed):
            if hasattr(item, "event"):
                yield item
                self.stop_with_parent(run_id)
            else:
                self.output = item
        if self.output is None:
            called = f"{type(self.member).__name__}.{method.__name__}()"
            raise ConfigurationError(
                f"{called} of member {member_id(self.member)!r} gave no output.",
                hint="Return the RunOutput; with yield_run_output=True, yield it after the events.",
            )
        self.output.parent_run_id = self.parent.output.run_id

    def stop_with_parent(self, run_id: str) -> None:
        """Cancel the member's run when the team's was cancelled."""
        try:
            self.parent.look()
        except RunCancelledException:
            cancel_run(run_id)

    def reply(self) -> str | None:
        """What the leader is told; nothing when it has seen the reply as events."""
        output = self.output
        if output.is_paused:
            self.pass_pause_up()
            if self.prefix:
                return f"{self.prefix}Requires human input before continuing."
            return f"Member '{self.member.name}' requires human input before continuing."
        if self.parent.stream:
            return None
        text = reply_text(output, strip=not self.prefix)
        return f"{self.prefix}{text}" if text is not None else None

    def pass_pause_up(self) -> None:
        """The team waits for what the member waits for."""
        parent = self.parent.output
        for requirement in self.output.requirements or ():
            passed = copy(requirement)
            passed.tool_execution = deepcopy(passed.tool_execution)
            passed.user_input_schema = deepcopy(passed.user_input_schema)
            passed.member_agent_id = passed.member_agent_id or member_id(self.member)
            passed.member_agent_name = passed.member_agent_name or self.member.name
            passed.member_run_id = passed.member_run_id or self.output.run_id
            parent.requirements = [*(parent.requirements or ()), passed]
        paused = self.parent.extra.setdefault("paused_members", {})
        paused[self.output.run_id] = self.output

    async def record(self, task: str) -> None:
        """Keep the member's output: in the team's output, session, state and media."""
        parent, output, member = self.parent, self.output, self.member
        name = member.name or member.id or "Unknown"
        parent.extra.setdefault("interactions", []).append((name, task, output))
        if parent.stream and output.status == RunStatus.error:
            # As in Agno, a stream that fails hands over no output: there are its events, and what the leader is told.
            self.share_state()
            return
        self.link()
        await self.store()
        # As in Agno, what a member does not store is not in its live output either, until it goes on after a pause.
        scrub(self.member, output)

    def link(self) -> None:
        """Write the member's run id to the leader's calls, as Agno does.

        A whole run lists its calls when the leader has answered, so that those of this answer stay without the id. A
        delegation writes to every listed call, a task to the first that has none.
        """
        leader = self.leader
        tools = leader.output.tools or []
        listed = tools if leader.stream else tools[: leader.extra.get("tools_listed", 0)]
        for call in listed:
            if call.tool_name == self.tool and not (self.own_task and call.child_run_id):
                call.child_run_id = self.output.run_id
                if self.own_task:
                    return

    async def store(self) -> None:
        """Add the member's output to the team's, with its media, and to the session; take over its state."""
        parent, output = self.parent, self.output
        parent.output.add_member_run(output)
        kept = self.child.extra.pop("kept", None) if self.child is not None else None
        stored = kept or scrubbed(self.member, output)
        if parent.owner._result_store is not None:  # noqa: SLF001 - our own object
            from wherry.core.team.member_results import stored_form

            stored = await stored_form(parent, stored)
        parent.session.upsert_run(stored)
        parent.extra["member_runs"] = (
            *parent.extra.get("member_runs", ()),
            *(self.child.extra.get("member_runs", ()) if self.child is not None else ()),
            stored,
        )
        if parent.owner.media_storage is not None:
            self.note_refused()
        self.share_state()

    def note_refused(self) -> None:
        """Remember which media are not to be kept by the team's storage, though they are shown in its answer."""
        refused = self.parent.extra.setdefault("media_refused", set())
        if self.child is not None:
            refused |= self.child.extra.get("media_refused", set())
        if not self.member.store_media:
            refused |= {media.id for kind in MEDIA for media in getattr(self.output, kind, None) or ()}

    def share_state(self) -> None:
        """Merge what the member did to its copy of the session state into the team's."""
        state = self.parent.context.session_state
        if self.state is not None and state is not None:
            merge_into(state, self.state)


def reply_text(output: Any, *, strip: bool) -> str | None:
    """An output as the text that a leader reads."""
    content, tools = output.content, output.tools
    if content is None and not tools:
        return "No response from the member agent."
    if isinstance(content, str):
        text = content.strip()
        if text:
            return text if strip else content
        results = [tool.result for tool in tools or () if tool.result]
        return ",".join(results) if tools else None
    if hasattr(content, "model_dump_json"):
        return str(content.model_dump_json(indent=2))
    try:
        return json.dumps(content, indent=2, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        return str(error)
