"""The option `filesystem` of an agent: where its files are, which tools a run has for them, what is refused."""

import pytest
from agent_kit import agent, calls, four_ways, model, ran, system_text

from wherry.agent import Agent
from wherry.compaction import Compaction
from wherry.core.errors import ComponentRehydrationError, ConfigurationError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.fs import FileSystem
from wherry.fs.local import LocalFileSystem
from wherry.registry import Registry
from wherry.run import RunContext
from wherry.skills import Skills
from wherry.team import Team


def folder(tmp_path, namespace="notes", **options):
    return FileSystem(LocalFileSystem(tmp_path), namespace, **options)


def offered(server, number=0):
    return [tool["function"]["name"] for tool in server.requests[number].body["tools"]]


@four_ways
def test_an_agent_keeps_files_in_its_database_under_its_id(way, tmp_path):
    """Every user has the same ones; another agent that is given the namespace has them, too."""
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    keeper = agent(name="Ada Wells", db=db, filesystem=True, instructions="Be kind.")
    reader = agent(name="Bea", filesystem=FileSystem(db, "ada-wells", read_only=True, instructions="Only look."))
    assert keeper.deep_copy(update={"id": "z"}).filesystem_instance.namespace == "z"
    write = calls("write_file", path="plan.md", content="Sail.")
    with model(write, "Done.", calls("read_file", path="plan.md"), "Sail.") as server:
        ran(way, keeper, session_id="s", user_id="Ann")
        _, output = ran(way, reader, session_id="t", user_id="Bob")
        first, second = system_text(server), system_text(server, 2)
        assert offered(server, 2) == ["list_files", "read_file", "search_content"]
    assert first == f"Be kind.\n\n{FileSystem.instructions()}"
    assert second == "Only look."
    assert output.tools[0].result == "     1\tSail."
    assert keeper.filesystem_instance.namespace == "ada-wells"
    assert [(files.namespace, reads) for files, reads in reader.filesystems] == [("ada-wells", True)]
    db.close()


@four_ways
def test_several_stores_have_tools_of_their_own(way, tmp_path):
    one = folder(tmp_path, "Notes of all", allow_delete=True)
    other = folder(tmp_path, "{user_id}", include_tools=["append_file", "check_lines"])
    with model(
        calls("fs_1_notes_20of_20all_write_file", path="a.md", content="Sail."),
        calls("fs_2__user_id__append_file", path="a.md", content="Rest."),
        calls("fs_2__user_id__check_lines", lines=["Sail.", "Rest."]),
        "Done.",
    ) as server:
        ran(way, agent(filesystem=[one, other]), user_id="Ann")
        told, tools = (
            system_text(server),
            {t["function"]["name"]: t["function"] for t in server.requests[0].body["tools"]},
        )
        assert '"found": [\n    "Rest."' in server.requests[3].turns[-1][1]
    assert (len(tools), "fs_1_notes_20of_20all_delete_file" in tools) == (10, True)
    assert "fs_1_notes_20of_20all_search_content" in told
    assert "fs_2__user_id__search_content" in told
    assert told.count("'notes%20of%20all'") == 1
    described = tools["fs_1_notes_20of_20all_write_file"]["description"]
    assert described.startswith("These files are those of 'notes%20of%20all'.\nWrite a file")
    assert described.endswith("use fs_1_notes_20of_20all_append_file.")
    assert one.read("a.md") == "Sail."
    assert other.resolve(user_id="Ann").read("a.md") == "Rest.\n"
    assert "read_file" in one.tools().functions, "the store's own tools keep their names"


def test_names_of_tools_stay_within_what_providers_take(tmp_path):
    long, odd = folder(tmp_path, "a-very-long-namespace/" * 3 + "a"), folder(tmp_path, "é")
    with model("Done.") as server:
        agent(filesystem=[long, odd]).run("?")
        names = offered(server)
    assert "fs_1_a_very_long_namespace_a__search_content" in names
    assert all(name.isascii() and name.replace("_", "").isalnum() and len(name) <= 64 for name in names)


def test_a_tool_of_the_agents_own_goes_before_one_of_files(tmp_path):
    def read_file(path: str) -> str:
        return f"mine: {path}"

    with model(calls("read_file", path="a"), "Done."):
        output = agent(filesystem=folder(tmp_path), tools=[read_file]).run("?")
    assert output.tools[0].result == "mine: a"


@four_ways
def test_tools_of_files_beside_the_option_are_refused(way, tmp_path):
    files = folder(tmp_path)
    with model():
        with pytest.raises(ConfigurationError, match="names are the same"):
            ran(way, agent(filesystem=files, tools=[files.tools()]))
        late = agent(filesystem=files, tools=lambda: [files.tools()])
        with_both = late.run("?")  # tools of a function are known in the run only: it fails, as in Agno
    assert (with_both.status.value, "names are the same" in with_both.content) == ("ERROR", True)


@pytest.mark.parametrize("given", ["notes", 3, ("a",), {"a": 1}, [True], [1], "toolkit", "database"])
def test_what_is_no_store_is_refused_when_the_agent_is_made(given, tmp_path):
    special = {"toolkit": lambda: folder(tmp_path).tools(), "database": lambda: SqliteDb(db_file=str(tmp_path / "a"))}
    value = special.get(given, lambda: given)() if isinstance(given, str) else given
    with pytest.raises(TypeError, match="filesystem"):
        Agent(filesystem=value)
    made = agent()
    made.filesystem = value
    with pytest.raises(TypeError, match="filesystem"):
        made.run("?")


def test_files_of_its_own_need_a_database_and_an_id(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    for options, said in (
        ({}, "requires a database"),
        ({"db": AsyncSqliteDb(db_file=str(tmp_path / "b.db"))}, "requires a synchronous database, not AsyncSqliteDb"),
        ({"db": db}, "requires an agent with an id"),
    ):
        with pytest.raises(ValueError, match=said):
            _ = Agent(filesystem=True, **options).filesystem_instance
    with pytest.raises(TypeError, match="cannot keep files in"):
        agent(filesystem=True, db=InMemoryDb()).run("?")
    with pytest.raises(TypeError, match="filesystem"):
        Team(members=[], filesystem=True)


def test_another_store_counts_from_then_on(tmp_path):
    one = agent(filesystem=folder(tmp_path, "one"))
    with model("Done.", "Done.", "Done.") as server:
        one.run("?")
        one.filesystem = folder(tmp_path, "two")
        one.run("?")
        assert one.filesystem_instance.namespace == "two"
        one.filesystem = None
        one.run("?")
        assert "tools" not in server.requests[2].body
    assert (one.filesystem_instance, one.filesystems) == (None, [])


def test_all_files_are_told_those_of_tools_too(tmp_path):
    files = folder(tmp_path)
    both = Agent(tools=[files.tools(read_only=True), files.tools(), len])
    assert both.filesystem_instance is None
    assert [(one is files, reads) for one, reads in both.filesystems] == [(True, True), (True, False)]
    several = Agent(filesystem=[files, folder(tmp_path, "{agent_id}", include_tools=["check_lines"])])
    assert [(one.namespace, reads) for one, reads in several.filesystems] == [("notes", False), ("{agent_id}", True)]
    copied = several.deep_copy()
    assert copied.filesystem == several.filesystem
    assert copied.filesystem is not several.filesystem


def test_an_agent_with_files_comes_back_from_data(tmp_path):
    db, other = (SqliteDb(db_file=str(tmp_path / f"{name}.db"), id=name) for name in ("own", "other"))
    kept = [FileSystem(db, "{agent_id}"), FileSystem(other, "x", read_only=True), folder(tmp_path)]
    data = agent(id="ada", db=db, filesystem=kept).to_dict()
    assert list(data).index("filesystem") < list(data).index("db")
    back = Agent.from_dict(data, registry=Registry(dbs=[other]))
    assert [files.to_dict() for files in back.filesystem] == [files.to_dict() for files in kept]
    assert back.filesystem[1].backend.db is other
    single = Agent.from_dict(agent(id="ada", db=db, filesystem=kept[0]).to_dict())
    assert single.filesystem.namespace == "{agent_id}"
    assert Agent.from_dict(agent(id="ada", db=db, filesystem=True).to_dict()).filesystem_instance.namespace == "ada"
    assert "filesystem" not in agent(filesystem=[]).to_dict()


def test_files_whose_database_is_not_there_are_left_out_or_refused(tmp_path, caplog):
    gone = FileSystem(SqliteDb(db_file=str(tmp_path / "a.db"), id="gone"), "x")
    for data in ({"id": "ada", "filesystem": gone.to_dict()}, {"id": "ada", "filesystem": [3]}):
        assert not Agent.from_dict(data).filesystem
        assert "database of the files" in caplog.text
        caplog.clear()
        with pytest.raises(ComponentRehydrationError, match="database of the files"):
            Agent.from_dict(data, strict=True)


def test_all_tools_of_a_run_are_told(tmp_path):
    """`get_tools` tells what a run offers, in Agno's order: those of files and skills, too."""
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    skill = tmp_path / "skills" / "rowing"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: rowing\ndescription: How to row.\n---\nPull.", encoding="utf-8")
    from wherry.skills import LocalSkills

    one = agent(
        db=db,
        filesystem=True,
        read_chat_history=True,
        enable_agentic_state=True,
        compaction=Compaction(),
        skills=Skills(loaders=[LocalSkills(str(skill.parent))]),
        tools=[len],
    )
    with model("Done."):
        output = one.run("?", session_id="s")
    context = RunContext(run_id=output.run_id, session_id="s")
    tools = one.get_tools(output, context, one.get_session(session_id="s"))
    names = [getattr(tool, "name", None) or tool.__name__ for tool in tools]
    skilled = ["get_skill_instructions", "get_skill_reference", "get_skill_script"]
    assert names == ["len", "filesystem", "get_chat_history", "update_session_state", *skilled]
    db.close()
