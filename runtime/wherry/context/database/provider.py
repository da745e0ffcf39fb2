"""A database that is asked and changed in words: one agent that reads, another that writes.

On SQLite, Postgres and MySQL the reading agent's tools change nothing, whatever the engine allows.
Mirrors `agno.context.database.provider`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wherry.context.inner import part_agent
from wherry.context.mode import ContextMode
from wherry.context.provider import Answer, ContextProvider, Status, answer_from_run
from wherry.tools.sql.kit import SQLTools
from wherry.tools.sql.reading import ReadingSQLTools

if TYPE_CHECKING:
    from wherry.agent import Agent
    from wherry.run import RunContext

DEFAULT_READ_INSTRUCTIONS = """\
You are asked about the data in `{schema}`.

- Look before you ask it: `list_tables`, then `describe_table`. Names of tables and columns are never guessed.
- Answer with what came back, as a table or a list where there is more than one thing, and name the tables. What did not
  come back is not in the answer; where nothing came back, say that.

Only ask. When you are to change something, say that another tool does that, and stop.
"""

DEFAULT_WRITE_INSTRUCTIONS = """\
You change the data in `{schema}`.

- Look before you write: `list_tables`, then `describe_table` for the table that is meant.
- When no table fits what is to be kept, make one with fitting columns and a primary key `id`, and put the row into it.
- Drop a table only for somebody who has been told what that means and has said yes to it; not at the first word.
- End with a short report of what is new, in the words that you were given. Neither the SQL nor whole rows belong there.

What is outside of `{schema}` is not yours: the database refuses it. When a table elsewhere is asked for, say so, and
name one that would be inside.
"""


class DatabaseContextProvider(ContextProvider):
    """A database behind `query_<id>` and `update_<id>`. Mirrors `agno.context.database.DatabaseContextProvider`.

    In ``tools`` mode the asking agent reads the database itself and changes nothing. Whether changes stay in the schema
    is the database's to see to: give `sql_engine` a user that may write there alone.

    Args:
        id: Short name; the tools are called after it.
        name: What people call it; the id by default.
        sql_engine: Engine of SQLAlchemy's that changes are made with.
        readonly_engine: Engine that questions are asked with; at best of a user that may change nothing.
        schema: Schema of the tables; the database's own when it is not given.
        read_instructions: What the reading agent is told; ``{schema}`` is filled in.
        write_instructions: What the writing agent is told; ``{schema}`` is filled in.
        write_tools: What the writing agent has instead of `SQLTools`.
        mode: What `get_tools` gives.
        model: Model of both agents.
        query_timeout: Seconds that a call of the query tool may take.
        read: Whether the database may be asked.
        write: Whether it may be changed.
        stream_sub_agent_events: Tell the agents' events while they work.
    """

    def __init__(
        self,
        *,
        id: str = "database",
        name: str | None = None,
        sql_engine: Any,
        readonly_engine: Any,
        schema: str | None = None,
        read_instructions: str | None = None,
        write_instructions: str | None = None,
        write_tools: list[Any] | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        read: bool = True,
        write: bool = True,
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
        self.sql_engine = sql_engine
        self.readonly_engine = readonly_engine
        self.schema = schema
        self.write_tools = write_tools
        self.read_instructions_text = DEFAULT_READ_INSTRUCTIONS if read_instructions is None else read_instructions
        self.write_instructions_text = DEFAULT_WRITE_INSTRUCTIONS if write_instructions is None else write_instructions
        self._read_agent: Agent | None = None
        self._write_agent: Agent | None = None

    def status(self) -> Status:
        """Whether the database answers."""
        from sqlalchemy import text

        counting = text("SELECT count(*) FROM information_schema.tables WHERE table_schema = :schema")
        try:
            with self.readonly_engine.connect() as connection:
                if self.schema:
                    count = connection.execute(counting, {"schema": self.schema}).scalar()
                    return Status(ok=True, detail=f"{count} table(s) in {self.schema}")
                connection.execute(text("SELECT 1"))
        except Exception as error:  # noqa: BLE001 - whatever keeps the database away is the status
            return Status(ok=False, detail=f"{type(error).__name__}: {error}")
        return Status(ok=True, detail="connected")

    async def astatus(self) -> Status:
        """`status`, in a thread."""
        return await asyncio.to_thread(self.status)

    def query(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """Let the reading agent answer."""
        return self._run(self._ensure_read_agent(), question, run_context)

    async def aquery(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """`query`, awaited."""
        return await self._arun_sub_agent(self._ensure_read_agent(), question, run_context)

    def update(self, instruction: str, *, run_context: RunContext | None = None) -> Answer:
        """Let the writing agent work."""
        return self._run(self._ensure_write_agent(), instruction, run_context)

    async def aupdate(self, instruction: str, *, run_context: RunContext | None = None) -> Answer:
        """`update`, awaited."""
        return await self._arun_sub_agent(self._ensure_write_agent(), instruction, run_context)

    def _run(self, agent: Agent, words: str, run_context: RunContext | None) -> Answer:
        return answer_from_run(agent.run(words, **self._run_kwargs_for_sub_agent(run_context)))

    def instructions(self) -> str:
        """What the asking agent should know."""
        where = f"the schema `{self.schema}` of a database" if self.schema else "a database"
        if self.mode == ContextMode.tools:
            return f"`{self.name}` is {where}: `run_sql_query` asks it, one question at a time. You cannot change it."
        told = []
        if self.read or self.mode == ContextMode.agent:
            told.append(f"`{self.query_tool_name}(question)` answers from its data.")
        if self.write and self.mode == ContextMode.default:
            told.append(f"`{self.update_tool_name}(instruction)` changes them.")
        return f"`{self.name}` is {where}. {' '.join(told)}"

    def _default_tools(self) -> list[Any]:
        return self._read_write_tools()

    def _all_tools(self) -> list[Any]:
        return [self._reading()]

    def _reading(self) -> SQLTools:
        return ReadingSQLTools(db_engine=self.readonly_engine, schema=self.schema)

    async def _aget_query_agent(self, run_context: RunContext | None) -> Agent | None:
        return self._ensure_read_agent()

    async def _aget_update_agent(self, run_context: RunContext | None) -> Agent | None:
        return self._ensure_write_agent()

    def _ensure_read_agent(self) -> Agent:
        self._read_agent = self._read_agent or self._build_read_agent()
        return self._read_agent

    def _ensure_write_agent(self) -> Agent:
        self._write_agent = self._write_agent or self._build_write_agent()
        return self._write_agent

    def _build_read_agent(self) -> Agent:
        """The agent that asks; subclasses may make another."""
        return part_agent(self, "Read", self._filled(self.read_instructions_text), [self._reading()])

    def _build_write_agent(self) -> Agent:
        """The agent that changes; subclasses may make another."""
        tools = self.write_tools
        if tools is None:
            tools = [SQLTools(db_engine=self.sql_engine, schema=self.schema)]
        return part_agent(self, "Write", self._filled(self.write_instructions_text), tools)

    def _filled(self, text: str) -> str:
        return text.replace("{schema}", self.schema or "database")
