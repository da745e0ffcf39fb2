"""The database and the knowledge behind a remote agent, team or workflow: a client that knows which of them is meant.

Made by the remote classes; every method is the client's method of the same meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherry.client.answers import ConfigResponse, PartConfig

# Where the configuration names the tables of each part; Agno keeps the first of a part's tables.
_PARTS = {
    "session_table_name": "session",
    "knowledge_table_name": "knowledge",
    "memory_table_name": "memory",
    "learnings_table_name": "learning",
    "metrics_table_name": "metrics",
    "eval_table_name": "evals",
    "traces_table_name": "traces",
}


def first_table(part: PartConfig | None, db_id: str) -> str | None:
    """The first table that a part of the server has in a database."""
    for db in getattr(part, "dbs", None) or ():
        if db.db_id == db_id:
            return db.tables[0] if db.tables else None
    return None


class Asks:
    """A method that is the client's, with the same arguments.

    Args:
        name: The client's method.
        own: Gives the arguments that are known here.
    """

    def __init__(self, name: str, own: Callable[[Any], dict[str, Any]] | None = None) -> None:
        self.name, self.own = name, own

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self

        async def ask(*args: Any, **kwargs: Any) -> Any:
            known = self.own(instance) if self.own is not None else {}
            return await getattr(instance.client, self.name)(*args, **{**known, **kwargs})

        ask.__name__ = self.name
        return ask


@dataclass
class RemoteDb:
    """A database of a server; mirrors `agno.remote.base.RemoteDb`.

    Attributes:
        id: Its id there.
        client: The server's client.
        session_table_name, ...: Its tables, as far as the server's configuration names them.
    """

    id: str
    client: Any
    session_table_name: str | None = None
    knowledge_table_name: str | None = None
    memory_table_name: str | None = None
    learnings_table_name: str | None = None
    metrics_table_name: str | None = None
    eval_table_name: str | None = None
    traces_table_name: str | None = None
    spans_table_name: str | None = None

    @classmethod
    def from_config(cls, db_id: str, client: Any, config: ConfigResponse | None) -> RemoteDb | None:
        """The database with this id, with the tables that the server's configuration names."""
        tables = {name: first_table(getattr(config, part, None), db_id) for name, part in _PARTS.items()}
        return cls(id=db_id, client=client, **tables)

    get_sessions = Asks("get_sessions")
    get_session = Asks("get_session")
    get_session_runs = Asks("get_session_runs")
    get_session_run = Asks("get_session_run")
    create_session = Asks("create_session")
    rename_session = Asks("rename_session")
    update_session = Asks("update_session")
    delete_session = Asks("delete_session")
    delete_sessions = Asks("delete_sessions")
    create_memory = Asks("create_memory")
    get_memory = Asks("get_memory")
    get_memories = Asks("list_memories")
    update_memory = Asks("update_memory")
    delete_memory = Asks("delete_memory")
    delete_memories = Asks("delete_memories")
    get_user_memory_stats = Asks("get_user_memory_stats")
    optimize_memories = Asks("optimize_memories")
    get_memory_topics = Asks("get_memory_topics")
    get_traces = Asks("get_traces")
    get_trace = Asks("get_trace")
    get_trace_session_stats = Asks("get_trace_session_stats")
    search_traces = Asks("search_traces")
    get_eval_runs = Asks("list_eval_runs")
    get_eval_run = Asks("get_eval_run")
    delete_eval_runs = Asks("delete_eval_runs")
    update_eval_run = Asks("update_eval_run")
    create_eval_run = Asks("run_eval")
    get_metrics = Asks("get_metrics")
    refresh_metrics = Asks("refresh_metrics")
    get_metrics_refresh_status = Asks("get_metrics_refresh_status")

    async def migrate_database(self, target_version: str | None = None) -> None:
        """Bring this database to a version of its tables, the newest by default."""
        await self.client.migrate_database(self.id, target_version)


def _which(knowledge: Any) -> dict[str, Any]:
    db = knowledge.contents_db
    return {"db_id": db.id if db else None, "knowledge_id": knowledge.knowledge_id}


@dataclass
class RemoteKnowledge:
    """A knowledge of a server; mirrors `agno.remote.base.RemoteKnowledge`.

    Attributes:
        client: The server's client.
        contents_db: The database in which its contents are listed.
        knowledge_id: Which of several in that database.
    """

    client: Any
    contents_db: RemoteDb | None = None
    knowledge_id: str | None = None

    async def get_config(self, headers: dict[str, str] | None = None) -> Any:
        """How the knowledge reads, cuts and searches."""
        db_id = self.contents_db.id if self.contents_db else None
        return await self.client.get_knowledge_config(db_id=db_id, headers=headers)

    search_knowledge = Asks("search_knowledge", _which)
    upload_content = Asks("upload_knowledge_content", _which)
    update_content = Asks("update_knowledge_content", _which)
    get_content = Asks("list_knowledge_content", _which)
    get_content_by_id = Asks("get_knowledge_content", _which)
    delete_content_by_id = Asks("delete_knowledge_content", _which)
    delete_all_content = Asks("delete_all_knowledge_content", _which)
    get_content_status = Asks("get_knowledge_content_status", _which)


def knowledge_of(client: Any, told: dict[str, Any]) -> RemoteKnowledge:
    """The knowledge that an agent's or team's description names."""
    db_id = told.get("db_id")
    db = RemoteDb(id=db_id, client=client, knowledge_table_name=told.get("knowledge_table")) if db_id else None
    return RemoteKnowledge(client=client, contents_db=db)
