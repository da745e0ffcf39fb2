"""`agno.workflow.remote`: a workflow that runs on another server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.media import Audio, File, Image, Video  # noqa: TC001 - a tool made of arun reads its annotations
from wherry.remote.described import Described
from wherry.remote.serialising import serialize_input

if TYPE_CHECKING:
    from wherry.core.events.outputs_workflow import WorkflowRunOutput

__all__ = ["RemoteWorkflow"]


class RemoteWorkflow(Described):
    """A workflow of an AgentOS server, Wherry's or Agno's; mirrors `agno.workflow.remote.RemoteWorkflow`.

    Args:
        base_url: Where the server is, for example `http://localhost:7777`.
        workflow_id: The workflow's id there.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        protocol: "agentos"; "a2a" is not migrated.
        a2a_protocol: Of that other protocol.
        config_ttl: Seconds for which the workflow's name and description are taken as still so.

    Raises:
        NotMigratedError: `protocol="a2a"`.
        ConfigurationError: (a ValueError) Any other protocol.
    """

    _remote_kind: ClassVar[str] = "workflow"

    def __init__(
        self,
        base_url: str,
        workflow_id: str,
        timeout: float = 300.0,
        protocol: str = "agentos",
        a2a_protocol: str = "rest",
        config_ttl: float = 300.0,
    ) -> None:
        super().__init__(base_url, timeout, protocol, a2a_protocol, config_ttl)
        self.workflow_id = workflow_id

    @property
    def id(self) -> str:
        """The workflow's id."""
        return self.workflow_id

    async def get_workflow_config(self) -> Any:
        """The workflow's description, asked for anew."""
        return await self._described()

    @property
    def _workflow_config(self) -> Any:
        return self._description

    def arun(
        self,
        input: Any = None,
        additional_data: dict[str, Any] | None = None,
        user_id: str | None = None,
        run_id: str | None = None,
        session_id: str | None = None,
        session_state: dict[str, Any] | None = None,
        audio: Sequence[Audio] | None = None,
        images: Sequence[Image] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        stream: bool = False,
        stream_events: bool | None = None,
        background: bool | None = False,
        websocket: Any = None,
        background_tasks: Any = None,
        auth_token: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run on the server.

        Args:
            input: Text, a list, a dict, messages, or a pydantic object; sent as text or JSON.
            additional_data: Sent as JSON.
            session_state: State to begin with, sent as JSON.
            user_id: For whom.
            session_id: In which conversation.
            run_id: Id of the run.
            audio: Audio that goes with it.
            images: Images that go with it.
            videos: Videos that go with it.
            files: Files that go with it.
            stream: Yield events as they come.
            stream_events: Sent to the server with a stream.
            background: As in Agno, nothing looks at it.
            websocket: As in Agno, nothing looks at it.
            background_tasks: As in Agno, nothing looks at it.
            auth_token: Token of this call, sent as `Authorization: Bearer`.
            **kwargs: Further fields of the form.

        Returns:
            An awaitable WorkflowRunOutput, or with `stream=True` an async iterator of events.

        Raises:
            NoJson: (a TypeError) Something in the input or in what is sent as JSON has no JSON form.
            RemoteServerUnavailableError: The server cannot be reached.
            RemoteCallRefused: It refused; httpx's `HTTPStatusError` where httpx is loaded.
        """
        fields: dict[str, Any] = {
            "message": serialize_input(input),
            "additional_data": additional_data,
            "run_id": run_id,
            "session_id": session_id,
            "user_id": user_id,
            "audio": audio,
            "images": images,
            "videos": videos,
            "files": files,
            "session_state": session_state,
            "headers": self._get_auth_headers(auth_token),
            **kwargs,
        }
        if stream:
            return self._client().run_workflow_stream(self.workflow_id, stream_events=stream_events, **fields)
        return self._client().run_workflow(self.workflow_id, **fields)

    async def acontinue_run(
        self,
        run_response: WorkflowRunOutput | None = None,
        *,
        run_id: str | None = None,
        session_id: str | None = None,
        step_requirements: list[Any] | None = None,
        stream: bool = False,
        auth_token: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Go on with a run that waits for people.

        Args:
            run_response: The paused output; what is not given otherwise is read from it.
            run_id: Id of the run.
            session_id: In which conversation.
            step_requirements: What was waited for, answered.
            stream: Return an async iterator of events.
            auth_token: Token of this call.
            **kwargs: Further fields of the form.

        Raises:
            ValueError: Neither an output nor an id of a run was given.
        """
        run_id = run_id if run_id is not None else getattr(run_response, "run_id", None)
        session_id = session_id if session_id is not None else getattr(run_response, "session_id", None)
        if step_requirements is None:
            step_requirements = getattr(run_response, "step_requirements", None)
        if run_id is None:
            raise ValueError("acontinue_run needs run_id=, or the paused output as run_response=.")
        headers = self._get_auth_headers(auth_token)
        where = (self.workflow_id, run_id, step_requirements or [])
        if stream:
            client = self._client()
            return client.continue_workflow_run_stream(*where, session_id=session_id, headers=headers, **kwargs)
        return await self._client().continue_workflow_run(*where, session_id=session_id, headers=headers, **kwargs)
