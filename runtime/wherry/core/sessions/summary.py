"""Session summaries: one request after a run that sums the conversation up. Mirrors `agno.session.summary`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wherry.core.asking.exchange import plain_request
from wherry.core.asking.replies import parse_model
from wherry.core.asking.structured import json_prompt
from wherry.core.events.session_summary import SessionSummary
from wherry.core.messages import Message
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish

if TYPE_CHECKING:
    from wherry.core.run import Run

SUMMARY_PROMPT = (
    "Sum up the conversation between a user and an assistant below:\n"
    "- summary (str): what was said that will matter later, as short as possible.\n"
    "- topics (Optional[List[str]]): what it was about.\n"
    "Leave out everything else.\n"
)


def summary_schema() -> Any:
    """The reply that is asked for."""
    from wherry.core.sessions.summary_schema import SessionSummaryResponse

    return SessionSummaryResponse


@dataclass
class SessionSummaryManager:
    """Sums conversations up; mirrors `agno.session.SessionSummaryManager`.

    Attributes:
        model: Who writes; the agent's own by default.
        session_summary_prompt: Replaces the prompt.
        summary_request_message: What the user's turn of the request says.
        summaries_updated: A summary was written since this was last set to False.
        last_n_runs: Only so many runs are read.
        conversation_limit: Only so many messages are read.

    Raises:
        ValueError: A limit that is not positive.
    """

    id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    owner_type: str | None = None
    model: Any = None
    session_summary_prompt: str | None = None
    summary_request_message: str = "Provide the summary of the conversation."
    summaries_updated: bool = False
    last_n_runs: int | None = None
    conversation_limit: int | None = None

    def __post_init__(self) -> None:
        if self.id is None:
            self.id = f"session_summary_manager_{uuid4().hex[:8]}"
        for name in ("last_n_runs", "conversation_limit"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be a positive integer, got {value}")

    def get_response_format(self, model: Any) -> Any:
        """How the reply is asked for."""
        from wherry.core.memory.memory_search import wanted_format

        return wanted_format(model, summary_schema())

    def get_system_message(self, conversation: list[Message], response_format: Any) -> Message:
        """The prompt with the conversation in it."""
        text = self.session_summary_prompt if self.session_summary_prompt is not None else SUMMARY_PROMPT
        text += "<conversation>" + "\n".join(filter(None, map(line_of, conversation))) + "</conversation>"
        if response_format == {"type": "json_object"}:
            text += f"\n{json_prompt(summary_schema())}"
        return Message(role="system", content=text)

    async def _create(self, waits: Waits, session: Any, metrics: Any) -> SessionSummary | None:
        from wherry.models.names import model_from

        self.model = model_from(self.model)
        if self.model is None or session is None:
            return None
        wanted = self.get_response_format(self.model)
        past = session.get_messages(last_n_runs=self.last_n_runs, limit=self.conversation_limit)
        messages = [
            self.get_system_message(past, wanted),
            Message(role="user", content=self.summary_request_message),
        ]
        reply = await plain_request(
            self.model, waits, messages, metrics, "session_summary_model", response_format=wanted
        )
        schema = summary_schema()
        found = reply.parsed if isinstance(reply.parsed, schema) else parse_model(reply.content or "", schema)
        if found is None:
            return None
        summary = SessionSummary(summary=found.summary, topics=found.topics, updated_at=datetime.now())  # noqa: DTZ005
        session.summary = summary
        self.summaries_updated = True
        return summary

    def create_session_summary(self, session: Any, run_metrics: Any = None) -> SessionSummary | None:
        """Sum a session up; the summary is also put into the session."""
        return finish(self._create(BLOCKING, session, run_metrics))

    async def acreate_session_summary(self, session: Any, run_metrics: Any = None) -> SessionSummary | None:
        """`create_session_summary` on the event loop."""
        return await self._create(LOOPING, session, run_metrics)


def line_of(message: Message) -> str | None:
    """A message as a line of the conversation."""
    if message.role in ("assistant", "model"):
        return f"Assistant: {message.content}\n"
    if message.role != "user":
        return None
    if message.content and (not isinstance(message.content, str) or message.content.strip()):
        return f"User: {message.content}"
    kinds = (("images", "image(s)"), ("videos", "video(s)"), ("audio", "audio file(s)"), ("files", "file(s)"))
    given = [f"{len(getattr(message, name))} {text}" for name, text in kinds if getattr(message, name)]
    return f"User: [Provided {', '.join(given)}]" if given else None


async def summarise_session(run: Run) -> None:
    """Sum the session of a run up."""
    owner = run.owner
    manager = owner.session_summary_manager
    if manager is None:
        manager = owner.session_summary_manager = SessionSummaryManager(model=owner.model)
    if manager.model is None:
        manager.model = owner.model
    create, acreate = manager.create_session_summary, manager.acreate_session_summary
    await run.waits.wire(create, acreate, session=run.session, run_metrics=run.output.metrics)
