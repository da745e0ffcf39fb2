"""A knowledge base of one's own: the places where a subclass changes what is stored and found, as in Agno 3.1.10."""

from __future__ import annotations

import asyncio

import pytest

from wherry.knowledge import Knowledge
from wherry.knowledge.content import Content
from wherry.knowledge.document import Document
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.filesystem import FileSystemKnowledge
from wherry.vectordb.sqlite import SqliteVectorDb


class Harbour(Knowledge):
    """Stamps its documents, and finds in capitals."""

    def _prepare_documents_for_insert(self, documents, content_id, calculate_sizes=False, metadata=None):
        prepared = super()._prepare_documents_for_insert(documents, content_id, calculate_sizes, metadata)
        for document in prepared:
            document.meta_data["stamp"] = document.size
        return prepared

    def _create_search_tool(self, *given, **more):
        tool = super()._create_search_tool(*given, **more)
        return [tool, "own"]


@pytest.mark.parametrize("looping", [False, True])
def test_a_subclass_changes_what_is_stored(looping):
    base = Harbour(name="harbour", vector_db=SqliteVectorDb(db_file=":memory:", embedder=HashingEmbedder()))
    given = {"name": "tide", "text_content": "The ebb runs.", "metadata": {"port": "wells"}}
    if looping:
        asyncio.run(base.ainsert(**given))
    else:
        base.insert(**given)
    (found,) = base.search("ebb")
    assert {"port": "wells", "stamp": 13, "linked_to": "harbour"}.items() <= found.meta_data.items()


def test_a_subclass_changes_the_tool():
    (tool, own), (filtered) = Harbour().get_tools()[0], Harbour().get_tools(enable_agentic_filters=True)[0]
    assert (tool.name, own, filtered.name) == ("search_knowledge_base", "own", "search_knowledge_base")
    assert ("filters" in tool.parameters["properties"], "filters" in filtered.parameters["properties"]) == (False, True)


def test_documents_are_marked_with_their_source():
    one, two = Document(content="ebb"), Document(content="flood", size=9, meta_data={"port": "hull", "page": 1})
    base = Knowledge()
    assert base._prepare_documents_for_insert([one, two], "c1", metadata={"port": "wells"}) == [one, two]
    assert [document.meta_data for document in (one, two)] == [
        {"port": "wells", "linked_to": ""},
        {"port": "wells", "page": 1, "linked_to": ""},
    ]
    assert [document.size for document in (one, two)] == [None, 9]
    base._prepare_documents_for_insert([one, two], "c1", calculate_sizes=True)
    assert [(document.size, document.content_id) for document in (one, two)] == [(3, "c1"), (9, "c1")]


def test_a_page_is_known_by_its_address_and_what_its_source_says():
    base, content = Knowledge(), Content(url="https://a.example", name="a")
    page = Document(content="x", meta_data={"url": "https://a.example/1"})
    hashes = [
        base._build_document_content_hash(page, content),
        base._build_document_content_hash(Document(content="y", meta_data=page.meta_data), content),
        base._build_document_content_hash(Document(content="x"), content),
        base._build_document_content_hash(page, Content(url="https://a.example", name="b")),
        base._build_document_content_hash(page, Content(url="https://a.example", name="a", user_id="u")),
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4


class Signed(FileSystemKnowledge):
    """Leaves drafts out and signs what it finds."""

    def _should_include_file(self, file_path):
        return not file_path.name.startswith("draft") and super()._should_include_file(file_path)

    def _grep(self, query, max_results=None):
        found = super()._grep(query, max_results)
        return [Document(name=document.name, content=f"{document.content} (signed)") for document in found]

    def _get_file(self, query):
        return [*super()._get_file(query), Document(name="more", content="more")]


def test_a_folder_of_ones_own(tmp_path):
    for name in ("draft.md", "tide.md", "flood.txt"):
        (tmp_path / name).write_text(f"ebb in {name}")
    base = Signed(base_dir=str(tmp_path))
    grep, listing, whole = (tool.entrypoint for tool in base.get_tools())
    assert [document.content for document in base.retrieve("EBB")] == [
        "ebb in flood.txt (signed)",
        "ebb in tide.md (signed)",
    ]
    assert grep(query="tide") == "### tide.md\nebb in tide.md (signed)"
    assert listing(pattern="*.md") == "Found 1 files:\n- tide.md"
    assert whole(path="tide.md") == "### tide.md\n```\nebb in tide.md\n```\n### more\n```\nmore\n```"
    assert [document.name for document in base._list_files("*", max_results=1)] == ["flood.txt"]
    assert FileSystemKnowledge._get_file(base, "../tide.md") == []
