"""A wiki that is asked and changed in words: one agent that reads its pages, another that writes them.

Changes are made one after the other, each after what is new elsewhere was fetched, and kept by the backend when the
agent is done. Mirrors `agno.context.wiki.provider`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

from wherry.context.asking import serialize_answer
from wherry.context.inner import part_agent
from wherry.context.mode import ContextMode
from wherry.context.provider import Answer, ContextProvider
from wherry.context.wiki.backend import DurableWikiBackend
from wherry.context.wiki.words import (
    DEFAULT_WIKI_READ_INSTRUCTIONS,
    DEFAULT_WIKI_WRITE_INSTRUCTIONS,
    DURABLE_READ_INSTRUCTIONS,
    WIKI_WEB_INGEST_INSTRUCTIONS,
)
from wherry.core.log import log_info
from wherry.run import RunContext  # noqa: TC001 - the tools' schemas are made of their annotations
from wherry.tools import tool
from wherry.tools.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.agent import Agent
    from wherry.context.backend import ContextBackend
    from wherry.context.provider import Status
    from wherry.context.wiki.backend import CommitSummary, WikiBackend


class OneAtATime:
    """Lets one task through at a time, in whichever event loops they run; blocking calls make loops of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def __aenter__(self) -> None:
        while not self._lock.acquire(blocking=False):  # noqa: ASYNC110 - an event belongs to one loop
            await asyncio.sleep(0.01)

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class WikiContextProvider(ContextProvider):
    """A wiki behind `query_<id>` and `update_<id>`. Mirrors `agno.context.wiki.WikiContextProvider`.

    In ``tools`` mode the asking agent reads pages itself and changes none.

    Args:
        backend: Where the pages are.
        id: Short name; the tools are called after it.
        name: What people call it; the id by default.
        read_instructions: What the reading agent is told; ``{path}`` is filled in.
        write_instructions: What the writing agent is told; ``{path}`` is filled in.
        write_tools: What the writing agent has instead of the tools of a `Workspace`.
        mode: What `get_tools` gives.
        model: Model of both agents, and of the titles of commits.
        query_timeout: Seconds that a call of the query tool may take.
        read: Whether the wiki may be asked.
        write: Whether it may be changed.
        web: What searches and reads the web for the writing agent.
        stream_sub_agent_events: Tell the agents' events while they work.
    """

    def __init__(
        self,
        *,
        backend: WikiBackend,
        id: str = "wiki",
        name: str | None = None,
        read_instructions: str | None = None,
        write_instructions: str | None = None,
        write_tools: list[Any] | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        read: bool = True,
        write: bool = True,
        web: ContextBackend | None = None,
        stream_sub_agent_events: bool = True,
    ) -> None:
        super().__init__(
            id,
            name=name,
            mode=mode,
            model=model,
            query_timeout=query_timeout,
            read=read,
            write=write,
            stream_sub_agent_events=stream_sub_agent_events,
        )
        self.backend = backend
        self.web = web
        self.write_tools = write_tools
        reading, writing = DEFAULT_WIKI_READ_INSTRUCTIONS, DEFAULT_WIKI_WRITE_INSTRUCTIONS
        if isinstance(backend, DurableWikiBackend):
            reading, writing = DURABLE_READ_INSTRUCTIONS, backend.filesystem.instructions()
        self.read_instructions_text = reading if read_instructions is None else read_instructions
        self.write_instructions_text = writing if write_instructions is None else write_instructions
        self._read_agent: Agent | None = None
        self._write_agent: Agent | None = None
        self._setting_up, self._changing = OneAtATime(), OneAtATime()
        self._setup_done = False

    async def asetup(self) -> None:
        """Make the pages and the web ready; done by the first question or change as well."""
        if not self._setup_done:
            async with self._setting_up:  # the first questions may come together
                await self._set_up()

    async def _set_up(self) -> None:
        if not self._setup_done:
            await self.backend.setup()
            if self.web is not None:
                await self.web.asetup()
            self._setup_done = True

    async def aclose(self) -> None:
        """Close what reaches the web; the next change sets it up again."""
        self._write_agent, self._setup_done = None, False
        if self.web is not None:
            await self.web.aclose()

    async def sync(self) -> None:
        """Fetch what is new elsewhere, while nothing is changed; for a scheduler, since questions do not."""
        await self.asetup()
        async with self._changing:
            await self.backend.sync()

    def status(self) -> Status:
        """The backend's."""
        return self.backend.status()

    async def astatus(self) -> Status:
        """The backend's."""
        return await self.backend.astatus()

    def query(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """`aquery`, in an event loop of its own."""
        return asyncio.run(self.aquery(question, run_context=run_context))

    async def aquery(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """Let the reading agent answer."""
        await self.asetup()
        return await self._arun_sub_agent(self._ensure_read_agent(), question, run_context)

    def update(self, instruction: str, *, run_context: RunContext | None = None) -> Answer:
        """`aupdate`, in an event loop of its own."""
        return asyncio.run(self.aupdate(instruction, run_context=run_context))

    async def aupdate(self, instruction: str, *, run_context: RunContext | None = None) -> Answer:
        """Fetch what is new, let the writing agent work, keep what it did."""
        await self.asetup()
        async with self._changing:
            await self.backend.sync()
            answer = await self._arun_sub_agent(self._ensure_write_agent(), instruction, run_context)
            note = self._note(await self.backend.commit_after_write(model=self.model))
        return Answer(results=answer.results, text=(answer.text or "") + note) if note else answer

    def _note(self, commit: CommitSummary | None) -> str:
        """What the asking agent is told of a commit."""
        if commit is None:
            return ""
        told = f"Committed {commit.sha[:8]} ({commit.files_changed} file(s)): {commit.message}"
        log_info(f"WikiContextProvider[{self.id}]: {told}")
        return f"\n\n{told}"

    def _update_tool(self) -> Any:
        """The tool that changes the wiki."""

        async def update(instruction: str, run_context: RunContext | None = None) -> AsyncIterator[Any]:
            try:
                async for piece in self._changed(instruction, run_context):
                    yield piece
            except Exception as error:  # noqa: BLE001 - whatever a backend raises is told to the asking agent
                yield json.dumps({"error": f"{type(error).__name__}: {error}"})

        return tool(name=self.update_tool_name)(update)

    async def _changed(self, instruction: str, run_context: RunContext | None) -> AsyncIterator[Any]:
        """What the tool yields: the writing agent's events and a note on the commit, or one answer."""
        if not self.stream_sub_agent_events:
            yield json.dumps(serialize_answer(await self.aupdate(instruction, run_context=run_context)))
            return
        await self.asetup()
        async with self._changing:
            await self.backend.sync()
            async for event in self._arun_sub_agent_stream(self._ensure_write_agent(), instruction, run_context):
                yield event
            note = self._note(await self.backend.commit_after_write(model=self.model))
        if note:
            yield note

    def instructions(self) -> str:
        """What the asking agent should know."""
        if self.mode == ContextMode.tools:
            return (
                f"`{self.name}` is a wiki, {self.backend.path}: find pages with `list_files` and `search_content`, "
                "open them with `read_file`. You cannot change it."
            )
        told = []
        if self.read or self.mode == ContextMode.agent:
            told.append(f"`{self.query_tool_name}(question)` answers from its pages.")
        if self.write and self.mode == ContextMode.default:
            told.append(f"`{self.update_tool_name}(instruction)` adds pages and changes them.")
            if self.web is not None:
                told.append("Its instruction may name an address, or a subject to find sources on: it reads the web.")
        return f"`{self.name}` is a wiki. {' '.join(told)}"

    def _default_tools(self) -> list[Any]:
        return self._read_write_tools()

    def _all_tools(self) -> list[Any]:
        """Those that read, alone: what the asking agent wrote itself would not be kept by the backend."""
        return [self._build_read_tools()]

    async def _aget_query_agent(self, run_context: RunContext | None) -> Agent | None:
        await self.asetup()
        return self._ensure_read_agent()

    def _ensure_read_agent(self) -> Agent:
        if self._read_agent is None:
            self._read_agent = self._agent("Read", self.read_instructions_text, [self._build_read_tools()])
        return self._read_agent

    def _ensure_write_agent(self) -> Agent:
        if self._write_agent is None:
            tools = [self._build_write_tools()] if self.write_tools is None else list(self.write_tools)
            text = self.write_instructions_text
            if self.web is not None:
                tools += self.web.get_tools()
                text = f"{text}\n\n{WIKI_WEB_INGEST_INSTRUCTIONS}"
            self._write_agent = self._agent("Write", text, tools)
        return self._write_agent

    def _agent(self, part: str, text: str, tools: list[Any]) -> Agent:
        return part_agent(self, part, text.replace("{path}", str(self.backend.path)), tools)

    def _build_read_tools(self) -> Any:
        """The tools that read the pages."""
        if isinstance(self.backend, DurableWikiBackend):
            return self.backend.filesystem.tools(read_only=True)
        return Workspace(root=self.backend.path, allowed=Workspace.READ_TOOLS)

    def _build_write_tools(self) -> Any:
        """The tools that read and write the pages; none that moves or deletes one, or runs a command."""
        if isinstance(self.backend, DurableWikiBackend):
            return self.backend.filesystem.tools()
        return Workspace(root=self.backend.path, allowed=[*Workspace.READ_TOOLS, "write", "edit"])
