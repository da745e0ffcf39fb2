"""A folder and a project as sources: what their inner agents have and are told, and what they cannot reach."""

import asyncio
from pathlib import Path

import pytest
from agent_kit import agent, calls, chat, model, named, ran, system_text

from wherry.context import ContextMode, Status
from wherry.context.fs import FilesystemContextProvider
from wherry.context.workspace import WorkspaceContextProvider

async_ways = pytest.mark.parametrize("way", ["arun", "arun stream"])
SOURCES = [FilesystemContextProvider, WorkspaceContextProvider]
both = pytest.mark.parametrize("kind", SOURCES)
READING = {
    FilesystemContextProvider: ["list_files", "read_file", "read_file_chunk", "search_content", "search_files"],
    WorkspaceContextProvider: ["list_files", "read_file", "search_content"],
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "tides").mkdir()
    (tmp_path / "tides" / "acle.md").write_text("High water at nine.\n")
    (tmp_path / ".env").write_text("KEY=1\n")
    return tmp_path


@async_ways
@both
def test_a_folder_is_asked_in_words(way, kind, root):
    source = kind(root, id="Tide tables", model=chat("gpt-5-nano"))
    asking = agent(tools=source.get_tools(), instructions=source.instructions())
    script = [
        calls("query_tide_tables", question="When at Acle?"),
        calls("search_content", query="high WATER"),
        "At nine, says tides/acle.md.",
        "At nine.",
    ]
    with model(*script) as server:
        events, output = ran(way, asking, user_id="u-1")
        assert str(root) in system_text(server)
        assert str(root) in system_text(server, 1)
        offered = [one["function"]["name"] for one in server.requests[1].body["tools"]]
        assert '"file": "tides/acle.md"' in server.requests[2].turns[-1][1]
    assert sorted(offered) == READING[kind]
    assert output.content == "At nine."
    assert output.tools[0].result == "At nine, says tides/acle.md."
    if "stream" in way:
        inner = [event for event in events if event.run_id != output.run_id]
        assert {event.parent_run_id for event in inner} == {output.run_id}
        assert named(inner, "ToolCallCompleted")


@both
def test_a_folder_is_asked_without_another_agent_and_serves_its_tools_itself(kind, root):
    source = kind(root, model=chat())
    with model("At nine.", "At ten."):
        assert source.query("When?").text == "At nine."
        assert asyncio.run(source.aquery("When?")).text == "At ten."
    (kit,) = kind(root, mode=ContextMode.tools).get_tools()
    assert sorted(kit.functions) == READING[kind]
    assert "`list_files`" in kind(root, mode=ContextMode.tools).instructions()
    assert [one.name for one in kind(root, mode=ContextMode.agent).get_tools()] == [source.query_tool_name]


@both
def test_the_status_of_a_folder_is_whether_it_is_there(kind, root):
    assert kind(root).status() == asyncio.run(kind(root).astatus()) == Status(ok=True, detail=str(root))
    assert kind(root / "no").status() == Status(ok=False, detail=f"{root / 'no'} is not there")
    assert kind(root / ".env").status() == Status(ok=False, detail=f"{root / '.env'} is no directory")


def test_a_project_keeps_its_secrets_and_a_folder_only_does_not_show_them(root):
    (project,) = WorkspaceContextProvider(root, mode=ContextMode.tools).get_tools()
    assert project.read_file(".env").startswith("Error: path is excluded")
    assert ".env" not in project.list_files()
    (folder,) = FilesystemContextProvider(root, mode=ContextMode.tools).get_tools()
    assert ".env" not in folder.list_files()
    assert folder.read_file(".env") == "KEY=1\n"  # as Agno's does
    assert folder.read_file("../x").startswith("Error")


def test_what_a_project_excludes_is_said_and_can_be_chosen(root, monkeypatch):
    assert "keys, tokens, passwords" in WorkspaceContextProvider(root).instructions()
    assert "Some files are out of reach" in WorkspaceContextProvider(root, exclude_patterns=["*.md"]).instructions()
    assert "Nothing in it is out of reach" in WorkspaceContextProvider(root, exclude_patterns=[]).instructions()
    options = {"allow_paths": [".env"], "max_file_length": 3, "max_file_lines": 2}
    (kit,) = WorkspaceContextProvider(root, mode=ContextMode.tools, **options).get_tools()
    assert "6 characters, of at most 3" in kit.read_file(".env")
    assert (kit.max_file_lines, kit.allow_paths) == (2, [".env"])
    with pytest.raises(ValueError, match="path separator"):
        WorkspaceContextProvider(root, exclude_patterns=["a/b"])
    monkeypatch.chdir(root)
    assert WorkspaceContextProvider().root == Path.cwd().resolve()


@both
def test_the_inner_agent_of_a_folder_is_told_what_one_likes(kind, root):
    source = kind(root, instructions="Look into {root}.", model=chat("gpt-5-nano"))
    with model("At nine.") as server:
        source.query("When?")
        assert f"Look into {root}." in system_text(server)
