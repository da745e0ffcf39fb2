"""What AgentOS answers about knowledge, for either package, in this order.

`python tests/runtime/api/knowledge_answers.py tests/runtime/api/agno_knowledge.json` records what Agno says; it needs
the extra `parity` and FastAPI. Either package reads into the same plain vector store; times are left out.
"""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

TIDES = {"name": "Tides", "text_content": "High water at noon.", "description": "When", "metadata": '{"port": "acle"}'}
FILE = {"file": ("berths.txt", b"Seven berths.", "text/plain")}
QUERY = {"query": "water", "max_results": 5}
# Method, path, what is sent: a form (data, files) or JSON.
ASKED = (
    ("GET", "/knowledge/content", {}),
    ("POST", "/knowledge/content", {"data": TIDES}),
    ("POST", "/knowledge/content", {"data": TIDES}),
    ("POST", "/knowledge/content", {"files": FILE, "data": {"metadata": "north"}}),
    ("POST", "/knowledge/content", {"data": {"text_content": "No name", "reader_id": "text", "chunker": "NoChunker"}}),
    ("POST", "/knowledge/content", {"data": {"name": "Nothing"}}),
    ("POST", "/knowledge/content", {"data": {"url": '["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"]'}}),
    ("POST", "/knowledge/content", {"data": {"url": "http://127.0.0.1:9/a.txt"}}),
    ("POST", "/knowledge/content", {"data": {**TIDES, "chunk_size": "many"}}),
    ("POST", "/knowledge/content?db_id=nowhere", {"data": TIDES}),
    ("GET", "/knowledge/content", {}),
    ("GET", "/knowledge/content?limit=1&page=2&sort_by=name&sort_order=asc", {}),
    ("GET", "/knowledge/content?limit=0", {}),
    ("GET", "/knowledge/content?sort_order=up", {}),
    ("GET", "/knowledge/content?parent_id=none", {}),
    ("GET", "/knowledge/content?db_id=desk", {}),
    ("GET", "/knowledge/content?knowledge_id={base}", {}),
    ("GET", "/knowledge/content?knowledge_id=none", {}),
    ("GET", "/knowledge/content/{tides}", {}),
    ("GET", "/knowledge/content/{file}", {}),
    ("GET", "/knowledge/content/none", {}),
    ("GET", "/knowledge/content/{tides}/status", {}),
    ("GET", "/knowledge/content/{broken}/status", {}),
    ("GET", "/knowledge/content/none/status", {}),
    ("PATCH", "/knowledge/content/{tides}", {"data": {"name": "High tides", "metadata": '{"port": "reedham"}'}}),
    ("PATCH", "/knowledge/content/{tides}", {"data": {"description": " "}}),
    ("PATCH", "/knowledge/content/{tides}", {"data": {"metadata": "north"}}),
    ("PATCH", "/knowledge/content/{tides}", {"data": {"reader_id": "none"}}),
    ("PATCH", "/knowledge/content/none", {"data": {"name": "x"}}),
    ("POST", "/knowledge/search", {"json": QUERY}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "meta": {"limit": 1, "page": 2}}}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "meta": {"limit": 1, "page": 9}}}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "meta": {"limit": 0}}}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "max_results": 0}}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "vector_db_ids": ["store"]}}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "vector_db_ids": ["none"]}}),
    ("POST", "/knowledge/search", {"json": {**QUERY, "knowledge_id": "none"}}),
    ("POST", "/knowledge/search", {"json": {}}),
    ("DELETE", "/knowledge/content/{file}", {}),
    ("DELETE", "/knowledge/content/{file}", {}),
    ("DELETE", "/knowledge/content", {}),
    ("GET", "/knowledge/content", {}),
)


class Plain:
    """A vector store that keeps documents in a list and finds them in their order."""

    def __init__(self, **given):
        super().__init__(id="store", name="Store", description="A list", **given)
        self.kept = []

    def exists(self):
        return True

    def content_hash_exists(self, content_hash, user_id=None):
        return any(one == content_hash for one, _ in self.kept)

    def upsert_available(self):
        return True

    def insert(self, content_hash, documents, *args, **given):
        self.kept += [(content_hash, document) for document in documents]

    upsert = insert

    async def async_insert(self, content_hash, documents, *args, **given):
        self.insert(content_hash, documents)

    async_upsert = async_insert

    def search(self, query, limit=5, *args, **given):
        return [document for _, document in self.kept][:limit]

    async def async_search(self, query, limit=5, *args, **given):
        return self.search(query, limit)

    def delete_by_content_id(self, content_id, **given):
        self.kept = [one for one in self.kept if one[1].content_id != content_id]
        return True

    def update_metadata(self, content_id, metadata):
        for _, document in self.kept:
            if document.content_id == content_id:
                document.meta_data.update(metadata)

    def get_supported_search_types(self):
        return ["vector"]


def base_for(package, db):
    """A knowledge of a package with the plain store."""
    vectors = type("Vectors", (Plain, import_module(f"{package}.vectordb.base").VectorDb), {})
    vectors.__abstractmethods__ = frozenset()
    return import_module(f"{package}.knowledge.knowledge").Knowledge(name="Pier", contents_db=db, vector_db=vectors())


def settled(body):
    """An answer without times, what a document says of its cutting and its size, and what an operating system says."""
    if isinstance(body, list):
        return [settled(one) for one in body]
    if not isinstance(body, dict):
        return body
    if "content_id" in body:
        body = {**body, "id": None, "size": None, "meta_data": {**body["meta_data"], "chunk": 0, "chunk_size": 0}}
    if isinstance(body.get("data"), list):  # those of one second come in any order
        body = {**body, "data": sorted(body["data"], key=lambda one: str(one.get("name")))}
    if body.get("status") == "failed":
        body = {**body, "status_message": bool(body["status_message"])}
    return {
        name: settled(value)
        for name, value in body.items()
        if name not in ("created_at", "updated_at", "search_time_ms")
    }


def answers(package, db):
    """Status and body of each question, as a list of [question, status, body]."""
    base = base_for(package, db)
    told, ids = [], {}
    with TestClient(import_module(f"{package}.os").AgentOS(id="desk", knowledge=[base]).get_app()) as client:
        instance = client.get("/config").json()["knowledge"]["knowledge_instances"][0]
        for method, path, sent in ASKED:
            answer = client.request(method, path.format(base=instance["id"], **ids), **sent)
            body = answer.json()
            if method == "POST" and answer.status_code == 202:
                name = {"Tides": "tides", "berths.txt": "file"}.get(body["name"], "broken")
                ids.setdefault(name, body["id"])
            told.append([f"{method} {path}", answer.status_code, settled(body)])
    return [["instance", 200, instance], *told]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        db = import_module("agno.db.sqlite").SqliteDb(db_file=str(Path(place, "s.db")), id="desk")
        lines = [json.dumps(one, sort_keys=True) for one in answers("agno", db)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
