"""Running agents, teams and workflows of an AgentOS server: whole, streamed, continued and cancelled.

The three kinds have the same endpoints; they differ in what an answer is read as. A part of `AgentOSClient`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wherry.client.asking import Asking, Headers, as_json, given, segment
from wherry.core.events.event_registry import (
    run_output_event_from_dict,
    team_run_output_event_from_dict,
    workflow_run_output_event_from_dict,
)
from wherry.core.events.outputs import RunOutput, TeamRunOutput
from wherry.core.events.outputs_workflow import WorkflowRunOutput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from wherry.core.media import Audio, File, Image, Video

Output = TypeVar("Output", RunOutput, TeamRunOutput, WorkflowRunOutput)
_MEDIA = {"images": "images", "audio": "audio", "videos": "videos", "files": "input_files"}


@dataclass(frozen=True, slots=True)
class Kind(Generic[Output]):
    """One of the three kinds.

    Attributes:
        path: Its endpoints.
        output: What a whole answer is read as.
        event: Reads an event of a stream.
        answers: The field in which answers of people are sent.
    """

    path: str
    output: type[Output]
    event: Callable[[dict[str, Any]], Any]
    answers: str


AGENT = Kind("/agents", RunOutput, run_output_event_from_dict, "tools")
TEAM = Kind("/teams", TeamRunOutput, team_run_output_event_from_dict, "requirements")
WORKFLOW = Kind("/workflows", WorkflowRunOutput, workflow_run_output_event_from_dict, "step_requirements")


def further(fields: dict[str, Any]) -> dict[str, Any]:
    """Further fields of a form; a dictionary is sent as JSON."""
    return {name: as_json(name, value) if isinstance(value, dict) else value for name, value in fields.items()}


def run_form(message: str, *, stream: bool, **fields: Any) -> dict[str, Any]:
    """The form that starts a run."""
    form: dict[str, Any] = {"message": message, "stream": stream}
    for name, sent_as in _MEDIA.items():
        if media := fields.pop(name, None):
            form[sent_as] = json.dumps([one.to_dict() for one in media])
    return given(**{**form, **further(fields)})


def answers_form(kind: Kind[Output], answers: Sequence[Any], *, stream: bool, **fields: Any) -> dict[str, Any]:
    """The form with which a run goes on."""
    told = [one.to_dict() if hasattr(one, "to_dict") else one for one in answers]
    own = given(**{name: fields.pop(name, None) for name in ("session_id", "user_id")})
    return {kind.answers: json.dumps(told), "stream": stream, **own, **further(fields)}


def runs_of(kind: Kind[Output], name: str) -> str:
    """The endpoint that starts runs."""
    return f"{kind.path}/{segment(name)}/runs"


def run_of(kind: Kind[Output], name: str, run_id: str) -> str:
    """The endpoint of one run, without what is done to it."""
    return f"{runs_of(kind, name)}/{segment(run_id)}"


class Runs(Asking):
    """Runs of the three kinds; what a keyword means is what the server's endpoint takes it for."""

    async def _run(self, kind: Kind[Output], name: str, message: str, headers: Headers, /, **fields: Any) -> Output:
        form = run_form(message, stream=False, **fields)
        told = await self._apost(runs_of(kind, name), form, headers=headers, as_form=True)
        return kind.output.from_dict(told)

    def _stream(
        self, kind: Kind[Output], name: str, message: str, headers: Headers, /, **fields: Any
    ) -> AsyncIterator[Any]:
        form = run_form(message, stream=True, **fields)
        return self._parse_sse_events(
            self._astream_post_form_data(runs_of(kind, name), form, headers=headers), kind.event
        )

    async def _continue(
        self, kind: Kind[Output], where: tuple[str, str], answers: Sequence[Any], headers: Headers, /, **fields: Any
    ) -> Output:
        form = answers_form(kind, answers, stream=False, **fields)
        told = await self._apost(f"{run_of(kind, *where)}/continue", form, headers=headers, as_form=True)
        return kind.output.from_dict(told)

    def _continue_stream(
        self, kind: Kind[Output], where: tuple[str, str], answers: Sequence[Any], headers: Headers, /, **fields: Any
    ) -> AsyncIterator[Any]:
        form = answers_form(kind, answers, stream=True, **fields)
        lines = self._astream_post_form_data(f"{run_of(kind, *where)}/continue", form, headers=headers)
        return self._parse_sse_events(lines, kind.event)

    async def run_agent(
        self,
        agent_id: str,
        message: str,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> RunOutput:
        """Run an agent of the server and wait for its end.

        Args:
            agent_id: Which one.
            message: What it is asked.
            session_id: In which conversation.
            user_id: For whom.
            images: Images that go with it.
            audio: Audio that goes with it.
            videos: Videos that go with it.
            files: Files that go with it.
            headers: Further headers of the request, such as `Authorization`.
            **kwargs: Further fields of the form; dictionaries are sent as JSON, None is left out.

        Raises:
            RemoteServerUnavailableError: The server cannot be reached.
            RemoteCallRefused: It refused; as httpx's `HTTPStatusError` where httpx is loaded.
        """
        talk = {"session_id": session_id, "user_id": user_id}
        media = {"images": images, "audio": audio, "videos": videos, "files": files}
        return await self._run(AGENT, agent_id, message, headers, **talk, **media, **kwargs)

    def run_agent_stream(
        self,
        agent_id: str,
        message: str,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`run_agent`, event by event; events that have no name here are left out with a line in the log."""
        talk = {"session_id": session_id, "user_id": user_id}
        media = {"images": images, "audio": audio, "videos": videos, "files": files}
        return self._stream(AGENT, agent_id, message, headers, **talk, **media, **kwargs)

    async def continue_agent_run(
        self,
        agent_id: str,
        run_id: str,
        tools: Sequence[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> RunOutput:
        """Go on with a run that waits for people.

        Args:
            agent_id: Whose run.
            run_id: Which run.
            tools: ToolExecutions with what people decided or found.
            session_id: In which conversation.
            user_id: For whom.
            headers: Further headers of the request.
            **kwargs: Further fields of the form.
        """
        talk = {"session_id": session_id, "user_id": user_id}
        return await self._continue(AGENT, (agent_id, run_id), tools, headers, **talk, **kwargs)

    def continue_agent_run_stream(
        self,
        agent_id: str,
        run_id: str,
        tools: Sequence[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`continue_agent_run`, event by event."""
        talk = {"session_id": session_id, "user_id": user_id}
        return self._continue_stream(AGENT, (agent_id, run_id), tools, headers, **talk, **kwargs)

    async def cancel_agent_run(self, agent_id: str, run_id: str, headers: Headers = None) -> None:
        """Ask an agent's run to stop."""
        await self._apost(f"{run_of(AGENT, agent_id, run_id)}/cancel", headers=headers)

    async def run_team(
        self,
        team_id: str,
        message: str,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> TeamRunOutput:
        """Run a team of the server and wait for its end.

        Args:
            team_id: Which one.
            message: What it is asked.
            session_id: In which conversation.
            user_id: For whom.
            images: Images that go with it.
            audio: Audio that goes with it.
            videos: Videos that go with it.
            files: Files that go with it.
            headers: Further headers of the request, such as `Authorization`.
            **kwargs: Further fields of the form; dictionaries are sent as JSON, None is left out.

        Raises:
            RemoteServerUnavailableError: The server cannot be reached.
            RemoteCallRefused: It refused; as httpx's `HTTPStatusError` where httpx is loaded.
        """
        talk = {"session_id": session_id, "user_id": user_id}
        media = {"images": images, "audio": audio, "videos": videos, "files": files}
        return await self._run(TEAM, team_id, message, headers, **talk, **media, **kwargs)

    def run_team_stream(
        self,
        team_id: str,
        message: str,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`run_team`, event by event; events that have no name here are left out with a line in the log."""
        talk = {"session_id": session_id, "user_id": user_id}
        media = {"images": images, "audio": audio, "videos": videos, "files": files}
        return self._stream(TEAM, team_id, message, headers, **talk, **media, **kwargs)

    async def continue_team_run(
        self,
        team_id: str,
        run_id: str,
        requirements: Sequence[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> TeamRunOutput:
        """Go on with a run that waits for people.

        Args:
            team_id: Whose run.
            run_id: Which run.
            requirements: RunRequirements with what people decided or found.
            session_id: In which conversation.
            user_id: For whom.
            headers: Further headers of the request.
            **kwargs: Further fields of the form.
        """
        talk = {"session_id": session_id, "user_id": user_id}
        return await self._continue(TEAM, (team_id, run_id), requirements, headers, **talk, **kwargs)

    def continue_team_run_stream(
        self,
        team_id: str,
        run_id: str,
        requirements: Sequence[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`continue_team_run`, event by event."""
        talk = {"session_id": session_id, "user_id": user_id}
        return self._continue_stream(TEAM, (team_id, run_id), requirements, headers, **talk, **kwargs)

    async def cancel_team_run(self, team_id: str, run_id: str, headers: Headers = None) -> None:
        """Ask a team's run to stop."""
        await self._apost(f"{run_of(TEAM, team_id, run_id)}/cancel", headers=headers)

    async def run_workflow(
        self,
        workflow_id: str,
        message: str,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> WorkflowRunOutput:
        """Run a workflow of the server and wait for its end.

        Args:
            workflow_id: Which one.
            message: What it is asked.
            session_id: In which conversation.
            user_id: For whom.
            images: Images that go with it.
            audio: Audio that goes with it.
            videos: Videos that go with it.
            files: Files that go with it.
            headers: Further headers of the request, such as `Authorization`.
            **kwargs: Further fields of the form; dictionaries are sent as JSON, None is left out.

        Raises:
            RemoteServerUnavailableError: The server cannot be reached.
            RemoteCallRefused: It refused; as httpx's `HTTPStatusError` where httpx is loaded.
        """
        talk = {"session_id": session_id, "user_id": user_id}
        media = {"images": images, "audio": audio, "videos": videos, "files": files}
        return await self._run(WORKFLOW, workflow_id, message, headers, **talk, **media, **kwargs)

    def run_workflow_stream(
        self,
        workflow_id: str,
        message: str,
        session_id: str | None = None,
        user_id: str | None = None,
        images: Sequence[Image] | None = None,
        audio: Sequence[Audio] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`run_workflow`, event by event; events that have no name here are left out with a line in the log."""
        talk = {"session_id": session_id, "user_id": user_id}
        media = {"images": images, "audio": audio, "videos": videos, "files": files}
        return self._stream(WORKFLOW, workflow_id, message, headers, **talk, **media, **kwargs)

    async def continue_workflow_run(
        self,
        workflow_id: str,
        run_id: str,
        requirements: Sequence[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> WorkflowRunOutput:
        """Go on with a run that waits for people.

        Args:
            workflow_id: Whose run.
            run_id: Which run.
            requirements: StepRequirements with what people decided.
            session_id: In which conversation.
            user_id: For whom.
            headers: Further headers of the request.
            **kwargs: Further fields of the form.
        """
        talk = {"session_id": session_id, "user_id": user_id}
        return await self._continue(WORKFLOW, (workflow_id, run_id), requirements, headers, **talk, **kwargs)

    def continue_workflow_run_stream(
        self,
        workflow_id: str,
        run_id: str,
        requirements: Sequence[Any],
        session_id: str | None = None,
        user_id: str | None = None,
        headers: Headers = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """`continue_workflow_run`, event by event."""
        talk = {"session_id": session_id, "user_id": user_id}
        return self._continue_stream(WORKFLOW, (workflow_id, run_id), requirements, headers, **talk, **kwargs)

    async def cancel_workflow_run(self, workflow_id: str, run_id: str, headers: Headers = None) -> None:
        """Ask a workflow's run to stop."""
        await self._apost(f"{run_of(WORKFLOW, workflow_id, run_id)}/cancel", headers=headers)
