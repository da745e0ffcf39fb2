"""What remote agents and remote teams have in common: what they are described by beside workflows, and how they run.

`RemoteAgent` and `RemoteTeam` say which endpoints are asked and what goes back with a person's answers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.remote.described import Described
from wherry.remote.parts import knowledge_of
from wherry.remote.serialising import serialize_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.media import Audio, File, Image, Video
    from wherry.remote.parts import RemoteKnowledge


class RemoteTalker(Described):
    """Base of remote agents and teams; not used on its own."""

    knowledge_filters: dict[str, Any] | None = None
    enable_agentic_knowledge_filters: bool | None = False

    @property
    def role(self) -> str | None:
        """Its role on the server."""
        text: str | None = self._description.role
        return text

    @property
    def tools(self) -> list[dict[str, Any]] | None:
        """Its tools as the server describes them; None when it has none, or describes them in no list."""
        told = self._description.tools
        if not told:
            return None
        try:
            listed = told["tools"]
            found: list[dict[str, Any]] = json.loads(listed) if isinstance(listed, str) else listed
        except (KeyError, ValueError) as error:
            log_warning(f"The tools of {self.id!r} on {self.base_url} cannot be read: {error}")
            return None
        return found

    async def aget_tools(self, **kwargs: Any) -> list[dict[str, Any]]:
        """`tools`, an empty list for none."""
        return self.tools or []

    @property
    def knowledge(self) -> RemoteKnowledge | None:
        """Its knowledge on the server."""
        if self.agentos_client is None or (told := self._description.knowledge) is None:
            return None
        return knowledge_of(self.agentos_client, told)

    @property
    def model(self) -> None:
        """None: the model is the server's."""
        return

    def arun(
        self,
        input: Any,
        *,
        stream: bool | None = None,
        user_id: str | None = None,
        session_id: str | None = None,
        session_state: dict[str, Any] | None = None,
        audio: Sequence[Audio] | None = None,
        images: Sequence[Image] | None = None,
        videos: Sequence[Video] | None = None,
        files: Sequence[File] | None = None,
        stream_events: bool | None = None,
        retries: int | None = None,
        knowledge_filters: dict[str, Any] | None = None,
        add_history_to_context: bool | None = None,
        add_dependencies_to_context: bool | None = None,
        add_session_state_to_context: bool | None = None,
        dependencies: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        auth_token: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run on the server.

        Args:
            input: Text, a list, a dict, a Message or a list of them, or a pydantic object; sent as text or JSON.
            stream: Yield events as they come.
            user_id: For whom.
            session_id: In which conversation.
            session_state: State to begin with, sent as JSON.
            knowledge_filters: Filters of searches, sent as JSON.
            dependencies: Sent as JSON.
            metadata: Facts to keep with it.
            audio: Audio that goes with it.
            images: Images that go with it.
            videos: Videos that go with it.
            files: Files that go with it.
            stream_events: Yield every event, not only content.
            retries: How often the server tries again.
            add_history_to_context: Show the model earlier runs.
            add_dependencies_to_context: Show it the dependencies.
            add_session_state_to_context: Show it the state.
            auth_token: Token of this call, sent as `Authorization: Bearer`.
            **kwargs: Further fields of the form.

        Returns:
            An awaitable output, or with `stream=True` an async iterator of events.

        Raises:
            NoJson: (a TypeError) Something in the input or in what is sent as JSON has no JSON form.
            RemoteServerUnavailableError: The server cannot be reached.
            RemoteCallRefused: It refused; httpx's `HTTPStatusError` where httpx is loaded.
        """
        fields: dict[str, Any] = {
            "message": serialize_input(input),
            "session_id": session_id,
            "user_id": user_id,
            "audio": audio,
            "images": images,
            "videos": videos,
            "files": files,
            "session_state": session_state,
            "stream_events": stream_events,
            "retries": retries,
            "knowledge_filters": knowledge_filters,
            "add_history_to_context": add_history_to_context,
            "add_dependencies_to_context": add_dependencies_to_context,
            "add_session_state_to_context": add_session_state_to_context,
            "dependencies": dependencies,
            "metadata": metadata,
            "headers": self._get_auth_headers(auth_token),
            **kwargs,
        }
        run = getattr(self._client(), f"run_{self._remote_kind}{'_stream' if stream else ''}")
        return run(self.id, **fields)

    def _answered(self, requirements: list[Any] | None) -> list[Any]:
        """What is sent of the requirements that people have answered."""
        return list(requirements or ())

    def acontinue_run(
        self,
        run_id: str,
        requirements: list[Any] | None = None,
        stream: bool | None = None,
        user_id: str | None = None,
        session_id: str | None = None,
        auth_token: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Go on with a run that waits for people.

        Args:
            run_id: Which run.
            requirements: What was waited for, answered.
            stream: Yield events as they come.
            user_id: For whom.
            session_id: In which conversation.
            auth_token: Token of this call.
            **kwargs: Further fields of the form.

        Returns:
            An awaitable output, or with `stream=True` an async iterator of events.
        """
        go_on = getattr(self._client(), f"continue_{self._remote_kind}_run{'_stream' if stream else ''}")
        headers = self._get_auth_headers(auth_token)
        answers = self._answered(requirements)
        return go_on(self.id, run_id, answers, session_id=session_id, user_id=user_id, headers=headers, **kwargs)
