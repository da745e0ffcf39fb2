"""AgentOS's endpoints of knowledge: its own answers, several knowledges, callers apart, bounds of what is sent."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from runtime.api.knowledge_answers import ASKED, answers, base_for
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.knowledge.knowledge import Knowledge
from wherry.knowledge.reader.text_reader import TextReader
from wherry.os import AgentOS

RECORDED = json.loads(Path(__file__).with_name("agno_knowledge.json").read_text(encoding="utf-8"))
TIDES = {"name": "Tides", "text_content": "High water at noon."}


@pytest.fixture
def db(tmp_path):
    made = SqliteDb(db_file=str(tmp_path / "s.db"), id="desk")
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(db, kind):
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", served)))
    assert len(told) == len(RECORDED) == len(ASKED) + 1
    for ours, theirs in zip(told, RECORDED, strict=True):
        if ours[1] in (400, 503) and "knowledge_id" in str(ours[2]):  # which there are, in our own words
            assert ours[:2] == theirs[:2]
        else:
            assert ours == theirs


def test_a_knowledge_is_named_where_there_are_several(db):
    other = SqliteDb(db_file=db.db_file, id="other")
    first, second, third = base_for("wherry", db), base_for("wherry", other), base_for("wherry", db)
    first.name, second.name, third.name = "Pier", "Pier", "Quay"
    desk = AgentOS(agents=[Agent(id="ada", knowledge=first)], knowledge=[first, second, third])
    with TestClient(desk.get_app()) as client:
        known = client.get("/config").json()["knowledge"]["knowledge_instances"]
        assert [one["name"] for one in known] == ["Pier", "Pier", "Quay"]
        unnamed = client.get("/knowledge/content")
        assert unnamed.status_code == 400
        assert all(one["id"] in unnamed.json()["detail"] for one in known)
        assert client.get("/knowledge/content?db_id=desk").status_code == 400
        assert client.get("/knowledge/content?db_id=other").status_code == 200
        assert client.post(f"/knowledge/content?knowledge_id={known[2]['id']}", data=TIDES).status_code == 202
        totals = [
            client.get(f"/knowledge/content?knowledge_id={one['id']}").json()["meta"]["total_count"] for one in known
        ]
        assert totals == [0, 0, 1]
        body = {"query": "water", "knowledge_id": known[2]["id"]}
        assert [one["content"] for one in client.post("/knowledge/search", json=body).json()["data"]] == [
            "High water at noon."
        ]
    third.name = "Pier"
    with pytest.raises(ValueError, match="Duplicate knowledge instances detected: 'Pier' in table 'agno_knowledge'"):
        desk.get_app()


def test_without_any_it_is_said():
    with TestClient(AgentOS(agents=[Agent(id="ada", knowledge=Knowledge(name="Loose"))]).get_app()) as client:
        answer = client.get("/knowledge/content")
        assert (answer.status_code, "contents_db" in answer.json()["detail"]) == (503, True)
        assert client.get("/knowledge/content?db_id=x").status_code == 404


def test_what_may_be_chosen_is_told(db):
    base = base_for("wherry", db)
    base.readers = {"log": TextReader(name="Log")}
    with TestClient(AgentOS(knowledge=[base]).get_app()) as client:
        client.post("/knowledge/content", data={**TIDES, "metadata": '{"port": "acle"}'})
        told = client.get("/knowledge/config").json()
    assert told["readers"]["log"]["name"] == "Log"
    assert {"text", "csv", "json", "website"} <= set(told["readers"])
    assert {"log", "text"} <= set(told["readersForType"][".txt"])
    assert "youtube" in told["unavailable_readers"]
    assert told["chunkers"]["FixedSizeChunker"]["metadata"] == {"chunk_size": 5000, "overlap": 0}
    assert all(set(one["chunkers"]) <= set(told["chunkers"]) for one in told["readers"].values())
    assert not set(told["chunkers"]) & set(told["unavailable_chunkers"] or ())
    assert told["filters"] == ["port"]
    store = {"id": "store", "name": "Store", "description": "A list", "search_types": ["vector"]}
    assert told["vector_dbs"] == [store]


def test_a_content_is_cut_as_asked_and_the_reader_stays_as_it_was(db):
    base = base_for("wherry", db)
    base.readers = {"log": TextReader(name="Log")}
    form = {"reader_id": "log", "chunker": "FixedSizeChunker", "chunk_size": "10", "chunk_overlap": "0"}
    with TestClient(AgentOS(knowledge=[base]).get_app()) as client:
        sent = {"file": ("log.txt", b"High water at noon, low water at six.", "text/plain")}
        made = client.post("/knowledge/content", files=sent, data=form).json()
        assert client.get(f"/knowledge/content/{made['id']}/status").json()["status"] == "completed"
        assert max(len(one.content) for _, one in base.vector_db.kept) <= 10
        client.post("/knowledge/content", data={"name": "Whole", "text_content": "x" * 50, "reader_id": "log"})
        assert max(len(one.content) for _, one in base.vector_db.kept) == 50
        for size in ({"chunk_size": "0"}, {"chunk_size": "-1"}, {"chunk_overlap": "-1"}, {"chunk_size": "many"}):
            refused = client.post("/knowledge/content", data={**TIDES, **form, **size})
            assert (refused.status_code, refused.json()["detail"][0]["loc"][0]) == (422, "body")
        broken = client.post("/knowledge/content", data={**TIDES, **form, "chunk_overlap": "10"}).json()["id"]
        assert client.get(f"/knowledge/content/{broken}/status").status_code == 404  # nothing was begun, as on AgentOS


def test_the_contents_of_a_folder_are_listed_in_pages(db, tmp_path):
    base, folder = base_for("wherry", db), tmp_path / "logs"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(name, encoding="utf-8")
    base.insert(name="Logs", path=str(folder))
    base.insert(**TIDES)
    with TestClient(AgentOS(knowledge=[base]).get_app()) as client:
        parent = next(one["id"] for one in client.get("/knowledge/content").json()["data"] if one["name"] == "Logs")
        path = f"/knowledge/content?parent_id={parent}&sort_by=name&sort_order=asc&limit=2"
        pages = [client.get(f"{path}&page={number}").json() for number in (1, 2, 3)]
    assert [[one["name"] for one in page["data"]] for page in pages] == [["a.txt", "b.txt"], ["c.txt"], []]
    assert {page["meta"]["total_count"] for page in pages} == {3}


def test_what_is_sent_is_bounded_and_stays_in_the_database(db, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = base_for("wherry", db)
    desk = AgentOS(knowledge=[base])
    app = create_app(desk.as_service(), Settings(largest_body=4096))
    with TestClient(app) as client:
        large = {"file": ("large.txt", b"x" * 5000, "text/plain")}
        assert client.post("/knowledge/content", files=large).status_code == 413
        before = {one for one in tmp_path.rglob("*") if "s.db" not in one.name}
        for name in ("../../etc/passwd.txt", "/etc/hosts", "..\\..\\a.txt"):
            sent = {"file": (name, b"x", "text/plain")}
            assert client.post("/knowledge/content", files=sent).status_code == 202
        assert {one for one in tmp_path.rglob("*") if "s.db" not in one.name} == before
        # A path is no way to have the server read a file of its own, nor is what the framework notes itself.
        path = {"name": "P", "path": str(tmp_path / "s.db"), "metadata": '{"_agno": {"source_path": "/etc"}, "a": 1}'}
        assert client.post("/knowledge/content", data=path).status_code == 400
        made = client.post("/knowledge/content", data={**path, "text_content": "x"}).json()
        assert made["metadata"] == {"a": 1}
        inside = f"/knowledge/content/{made['id']}"
        assert client.patch(inside, data={"metadata": path["metadata"]}).status_code == 200
        assert "source_path" not in client.get(inside).text
        assert client.post("/knowledge/content", data={**TIDES, "metadata": "[1]"}).status_code == 422
        assert client.post("/knowledge/content", data={**TIDES, "name": "a\0b"}).status_code == 422
        assert client.post("/knowledge/search", json={"query": "a\0"}).status_code == 400


DEEP = "[" * 100_000


@pytest.mark.parametrize("metadata", [DEEP, '{"a":' * 300 + "1" + "}" * 300, '{"a": "\\u0000"}', '{"a": "\\ud800"}'])
def test_metadata_that_cannot_be_kept_is_refused(db, metadata):
    base = base_for("wherry", db)
    with TestClient(AgentOS(knowledge=[base]).get_app()) as client:
        made = client.post("/knowledge/content", data={**TIDES, "metadata": r'{"a": "\\u0000 \ud83d\ude00"}'}).json()
        assert made["metadata"] == {"a": r"\u0000 😀"}
        for method, path in (("POST", "/knowledge/content"), ("PATCH", f"/knowledge/content/{made['id']}")):
            refused = client.request(method, path, data={"text_content": "x", "metadata": metadata})
            assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "metadata"])
        assert client.get("/knowledge/content").json()["meta"]["total_count"] == 1
        assert client.post("/knowledge/content", data={"url": DEEP}).status_code == 422
        for page in ("0", "-1"):
            assert client.get(f"/knowledge/content?page={page}").status_code == 422


@pytest.mark.parametrize("url", ["file:///etc/hosts", "/etc/hosts", "http://["])
def test_an_address_that_cannot_be_fetched_is_told_as_failed(db, url):
    base = base_for("wherry", db)
    with TestClient(AgentOS(knowledge=[base]).get_app()) as client:
        made = client.post("/knowledge/content", data={"url": url}).json()["id"]
        told = client.get(f"/knowledge/content/{made}/status").json()
        assert told["status"] == "failed"
        assert told["status_message"]
        assert base.vector_db.kept == []


def test_a_database_that_goes_away_after_the_answer_is_told_in_the_log(db, monkeypatch, caplog):
    with TestClient(AgentOS(knowledge=[base_for("wherry", db)]).get_app()) as client:
        monkeypatch.setattr(db, "get_knowledge_content", lambda *args, **given: 1 / 0)
        assert client.post("/knowledge/content", data=TIDES).status_code == 202
    said = [record.getMessage() for record in caplog.records]
    assert any("'Tides' was not taken in" in one for one in said)
    assert any("Nor could that be noted with the content 'Tides': ZeroDivisionError" in one for one in said)


async def test_a_content_that_was_being_read_when_the_server_stopped_is_told_as_failed(db):
    begun = asyncio.Event()

    class Endless(TextReader):
        async def async_read(self, *args, **given):
            begun.set()
            await asyncio.Event().wait()

    base = base_for("wherry", db)
    base.readers = {"endless": Endless()}
    transport = httpx.ASGITransport(AgentOS(knowledge=[base]).get_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        sending = asyncio.create_task(client.post("/knowledge/content", data={**TIDES, "reader_id": "endless"}))
        await begun.wait()
        [row] = (await client.get("/knowledge/content")).json()["data"]
        assert row["status"] == "processing"
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        told = (await client.get(f"/knowledge/content/{row['id']}/status")).json()
    assert told["status"] == "failed"
    assert "send it again" in told["status_message"]


def test_callers_see_what_belongs_to_nobody_and_change_nothing(db):
    base = base_for("wherry", db)
    base.insert(name="Shared", text_content="For all.")
    base.insert(name="Hers", text_content="For Jo.", user_id="jo", metadata={"hers": 1})
    tokens = {"reader-1": frozenset({"read", "run"}), "boss-001": frozenset({"admin"})}
    with TestClient(create_app(AgentOS(knowledge=[base]).as_service(), Settings(tokens=tokens))) as client:

        def asked(token, method, path, **given):
            return client.request(method, path, headers={"authorization": f"Bearer {token}"}, **given)

        every = {one["name"]: one["id"] for one in asked("boss-001", "GET", "/knowledge/content").json()["data"]}
        assert set(every) == {"Shared", "Hers"}
        seen = asked("reader-1", "GET", "/knowledge/content?user_id=jo").json()
        assert ([one["name"] for one in seen["data"]], seen["meta"]["total_count"]) == (["Shared"], 1)
        told = [asked(token, "GET", "/knowledge/config").json()["filters"] for token in tokens]
        assert told == [[], ["hers"]]
        hers = f"/knowledge/content/{every['Hers']}"
        for path in (hers, f"{hers}/status"):
            assert asked("reader-1", "GET", path).status_code == 404
            assert asked("boss-001", "GET", path).status_code == 200
        for method, path in (
            ("POST", "/knowledge/content"),
            ("DELETE", "/knowledge/content"),
            ("PATCH", f"/knowledge/content/{every['Shared']}"),
            ("DELETE", f"/knowledge/content/{every['Shared']}"),
        ):
            assert asked("reader-1", method, path, data=TIDES if method == "POST" else None).status_code == 403
        assert asked("boss-001", "POST", "/knowledge/content", data=TIDES).status_code == 202


def test_a_search_on_behalf_of_a_token_leaves_out_what_is_a_users(db, tmp_path):
    from wherry.knowledge.embedder.hashing import HashingEmbedder
    from wherry.vectordb.sqlite import SqliteVectorDb

    store = SqliteVectorDb(db_file=str(tmp_path / "v.db"), embedder=HashingEmbedder())
    base = Knowledge(name="Pier", contents_db=db, vector_db=store)
    base.insert(name="Shared", text_content="Water for all.")
    base.insert(name="Hers", text_content="Water for Jo.", user_id="jo")
    tokens = {"reader-1": frozenset({"read"}), "boss-001": frozenset({"admin"})}
    with TestClient(create_app(AgentOS(knowledge=[base]).as_service(), Settings(tokens=tokens))) as client:
        found = {}
        for token in tokens:
            headers = {"authorization": f"Bearer {token}"}
            answer = client.post("/knowledge/search", json={"query": "water"}, headers=headers)
            found[token] = sorted(one["content"] for one in answer.json()["data"])
            wrong = client.post("/knowledge/search", json={"query": "a", "search_type": "none"}, headers=headers)
            assert (wrong.status_code, wrong.json()["detail"][0]["loc"]) == (422, ["body", "search_type"])
    assert found == {"reader-1": ["Water for all."], "boss-001": ["Water for Jo.", "Water for all."]}
