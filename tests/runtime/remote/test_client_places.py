"""Of several databases and knowledges those that `AgentOSClient` names: `db_id`, `table`, `knowledge_id`."""

import asyncio
from time import monotonic

import pytest
from api_desk import listening
from runtime.api.knowledge_answers import base_for

from wherry.agent import Agent
from wherry.client import AgentOSClient
from wherry.client.refusals import RemoteCallRefused
from wherry.db.schemas.memory import UserMemory
from wherry.db.sqlite import SqliteDb
from wherry.media import File
from wherry.os import AgentOS


@pytest.fixture
def made(tmp_path):
    """Databases `north` (two objects, of two tables of memories) and `south`, a knowledge in each; yields a client."""
    north, south = (SqliteDb(db_file=str(tmp_path / f"{name}.db"), id=name) for name in ("north", "south"))
    other = SqliteDb(db_file=north.db_file, id="north", memory_table="other_memories")
    for number, db in enumerate((north, south, other)):
        db.upsert_user_memory(UserMemory(memory=f"m{number}", memory_id=f"m{number}", user_id="jo"))
    agents = [Agent(id=f"a{number}", db=db) for number, db in enumerate((north, south, other))]
    bases = [base_for("wherry", db) for db in (north, south)]
    with listening(AgentOS(agents=agents, knowledge=bases).get_app()) as address:
        yield AgentOSClient(address)
    for db in (north, south, other):
        db.close()


def ask(call):
    """What a call answers, or how it was refused."""
    try:
        return asyncio.run(call)
    except RemoteCallRefused as refused:
        return refused.status_code


def until_read(made, content_id, **where):
    """How the reading of a content ended, which begins after the answer that it was taken."""
    end = monotonic() + 60
    while monotonic() < end:
        told = ask(made.get_knowledge_content_status(content_id, **where))
        if told != 404 and told.status.value != "processing":
            return told.status.value
    return "processing"


def test_memories_are_those_of_the_database_and_table(made):
    def listed(**where):
        told = ask(made.list_memories(**where))
        return told if isinstance(told, int) else [one.memory for one in told.data]

    assert listed(db_id="north") == ["m0"]
    assert listed(db_id="south") == ["m1"]
    assert listed(db_id="north", table="agno_memories") == ["m0"]
    assert listed(db_id="north", table="other_memories") == ["m2"]
    assert [listed(), listed(table="other_memories"), listed(db_id="west")] == [400, 400, 404]
    assert listed(db_id="south", table="other_memories") == 404
    noted = ask(made.create_memory(memory="Berth 7", user_id="jo", db_id="north", table="other_memories"))
    assert ask(made.get_memory(noted.memory_id, db_id="north")) == 404
    assert ask(made.get_memory(noted.memory_id, db_id="north", table="other_memories")).memory == "Berth 7"


def test_sessions_are_those_of_the_database(made):
    begun = ask(made.create_session(session_id="s1", agent_id="a1", db_id="south"))
    assert begun.session_id == "s1"
    assert [one.session_id for one in ask(made.get_sessions(db_id="south")).data] == ["s1"]
    assert ask(made.get_sessions(db_id="north")).data == []
    assert ask(made.rename_session("s1", session_name="Quay", db_id="south")).session_name == "Quay"
    assert ask(made.get_session_runs("s1", db_id="south")) == []
    assert ask(made.get_session("s1", db_id="north")) == 404
    ask(made.delete_session("s1", db_id="south"))
    assert ask(made.get_session("s1", db_id="south")) == 404


def test_contents_are_those_of_the_knowledge(made):
    bases = {one.db_id: one.id for one in ask(made.aget_config()).knowledge.knowledge_instances}
    sent = File(content=b"Seven berths.", filename="berths.txt", mime_type="text/plain")
    taken = ask(made.upload_knowledge_content(file=sent, knowledge_id=bases["south"]))
    assert (taken.name, taken.status.value) == ("berths.txt", "processing")
    assert until_read(made, taken.id, db_id="south") == "completed"
    assert ask(made.get_knowledge_content(taken.id, knowledge_id=bases["north"])) == 404
    assert ask(made.list_knowledge_content(db_id="north")).data == []
    assert [one.id for one in ask(made.list_knowledge_content(knowledge_id=bases["south"])).data] == [taken.id]
    assert ask(made.search_knowledge("berths")) == 400
    found = ask(made.search_knowledge("berths", knowledge_id=bases["south"])).data
    assert [one.content for one in found] == ["Seven berths."]
    changed = ask(made.update_knowledge_content(taken.id, name="Berths", db_id="south"))
    assert changed.name == "Berths"
    assert ask(made.get_knowledge_config(db_id="south")).vector_dbs[0]["id"] == "store"
    assert ask(made.delete_knowledge_content(taken.id, knowledge_id=bases["south"])).id == taken.id
    assert ask(made.delete_all_knowledge_content(db_id="south")) == "success"


def test_metrics_are_those_of_the_database(made):
    assert ask(made.get_metrics(db_id="north")).metrics == []
    assert ask(made.get_metrics()) == 400
    assert ask(made.get_metrics_refresh_status(db_id="south")).status == "idle"
