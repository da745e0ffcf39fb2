"""A folder is a knowledge base: its files are found, listed and read by tools, and nothing outside of it is."""

import asyncio

import pytest

from wherry.agent import Agent
from wherry.knowledge.filesystem import FileSystemKnowledge
from wherry.models.openai import OpenAIChat
from wherry.testing import ReplayServer


@pytest.fixture
def folder(tmp_path):
    base = tmp_path / "venv" / "docs"
    (base / "deep").mkdir(parents=True)
    (base / "node_modules").mkdir()
    (base / "a.md").write_text("# Ant\nThe wherry sails\non the Ant.\n")
    (base / "deep" / "b.md").write_text("WHERRY and wherry (x\n")
    (base / "c.txt").write_text("eels")
    (base / "node_modules" / "hidden.md").write_text("wherry")
    (tmp_path / "secret.md").write_text("wherry secrets")
    (base / "link.md").symlink_to(tmp_path / "secret.md")
    return base


def tools(knowledge):
    return {tool.name: tool.entrypoint for tool in knowledge.get_tools()}


def test_files_are_found_by_what_they_say(folder):
    knowledge = FileSystemKnowledge(base_dir=str(folder))
    first, second = knowledge.retrieve("wherry")
    assert (first.name, second.name) == ("a.md", "deep/b.md")
    assert first.content == "# Ant\nThe wherry sails\non the Ant."
    assert first.meta_data["matches"] == [{"line": 2, "match": "wherry", "context": first.content}]
    assert second.meta_data["match_count"] == 2
    assert [one.name for one in asyncio.run(knowledge.aretrieve("wherry", max_results=1))] == ["a.md"]
    assert [one.name for one in knowledge.retrieve("(x")] == ["deep/b.md"]
    left = FileSystemKnowledge(base_dir=str(folder), exclude_patterns=["a.m", "node_"]).retrieve("wherry")
    assert [one.name for one in left] == ["deep/b.md"]
    for number in range(10):
        (folder / f"more{number}.md").write_text("wherry")
    assert len(knowledge.retrieve("wherry")) == 10
    assert len(knowledge.retrieve("wherry", max_results=20)) == 12


def test_the_tools_answer_in_agnos_form(folder):
    found = tools(FileSystemKnowledge(base_dir=str(folder), include_patterns=["*.md"]))
    assert list(found) == ["grep_file", "list_files", "get_file"]
    assert found["grep_file"]("sails") == "### a.md\n# Ant\nThe wherry sails\non the Ant."
    assert found["grep_file"]("eels") == "No matches found for: eels"
    assert found["list_files"]() == "Found 2 files:\n- a.md\n- deep/b.md"
    assert found["list_files"]("deep/*") == "Found 1 files:\n- deep/b.md"
    assert found["list_files"]("*.rst") == "No files found matching: *.rst"
    assert found["get_file"]("deep/b.md") == "### deep/b.md\n```\nWHERRY and wherry (x\n\n```"


@pytest.mark.parametrize("path", ["../../secret.md", "link.md", "/etc/passwd", "none.md", "deep", "a\0b"])
def test_nothing_outside_of_the_folder_is_read(folder, path):
    assert tools(FileSystemKnowledge(base_dir=str(folder)))["get_file"](path) == f"File not found: {path}"


@pytest.mark.parametrize("name", ["none", "c.txt"])
def test_a_folder_that_is_none_is_refused(folder, name):
    with pytest.raises(ValueError, match="irectory"):
        FileSystemKnowledge(base_dir=str(folder / name))


@pytest.mark.parametrize("looping", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_an_agent_searches_the_folder(folder, looping, stream):
    """By the tool that Agno's agents get for it, and by those of the knowledge base on request."""
    knowledge = FileSystemKnowledge(base_dir=str(folder))
    calls = [
        {"name": "search_knowledge_base", "arguments": {"query": "sails"}},
        {"name": "get_file", "arguments": {"path": "c.txt"}},
    ]
    with ReplayServer([{"tool_calls": calls}, {"content": "On the Ant"}]) as server, server.environment():
        agent = Agent(model=OpenAIChat(id="m"), knowledge=knowledge, tools=knowledge.get_tools())
        assert asked(agent, looping=looping, stream=stream) == "On the Ant"
        first, second = (request.body for request in server.requests)
    assert {tool["function"]["name"] for tool in first["tools"]} == {
        *("search_knowledge_base", "grep_file", "list_files", "get_file")
    }
    assert "grep_file(query)" in first["messages"][0]["content"]
    found, read = (message["content"] for message in second["messages"][-2:])
    assert "The wherry sails" in found
    assert read == "### c.txt\n```\neels\n```"


def asked(agent, *, looping, stream):
    async def arun():
        if not stream:
            return (await agent.arun("Where?")).content
        return "".join([event.content or "" async for event in agent.arun("Where?", stream=True)])

    if looping:
        return asyncio.run(arun())
    if not stream:
        return agent.run("Where?").content
    return "".join(event.content or "" for event in agent.run("Where?", stream=True))
