"""Files of agents, in databases and folders: every operation, partitions of users, versions, and the tools."""

import json
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from agent_kit import agent, calls, four_ways, model, ran

from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import SqliteDb
from wherry.fs import (
    BaseFS,
    FileMeta,
    FileSystem,
    InvalidPathError,
    QuotaExceededError,
    SchemaOutdatedError,
    UnsupportedOperationError,
    VersionConflictError,
)
from wherry.fs.db import DbFileSystem
from wherry.fs.local import LocalFileSystem
from wherry.run import RunContext

from .conftest import POSTGRES


class Plain(BaseFS):
    """A backend of four methods, which knows no users."""

    def __init__(self):
        self.texts = {}

    def read(self, namespace, path):
        return self.texts.get((namespace, path))

    def write(self, namespace, path, content):
        self.texts[namespace, path] = content
        return FileMeta(path, len(content.encode()))

    def list(self, namespace, directory=""):
        found = [(path, text) for (space, path), text in self.texts.items() if space == namespace]
        return [FileMeta(path, len(text.encode())) for path, text in found if path.startswith(directory)]

    def delete(self, namespace, path):
        return self.texts.pop((namespace, path), None) is not None


class Asked:
    """A `FileSystem` called by the names of its blocking methods, through their async twins where it is to be."""

    def __init__(self, files, runner=None):
        self.files, self.runner = files, runner

    def __getattr__(self, name):
        if self.runner is None:
            return getattr(self.files, name)
        method = getattr(self.files, f"a{name}")
        return lambda *args, **given: self.runner.run(method(*args, **given))


KINDS = ["local", "plain", "sqlite", "async_sqlite", *POSTGRES]


@pytest.fixture
def files(request, new_store, runner, tmp_path):
    kind = request.param
    name = f"n-{uuid.uuid4().hex}"
    if kind in {"local", "plain"}:
        backend = LocalFileSystem(tmp_path / "files") if kind == "local" else Plain()
    else:
        backend = new_store(kind).store
    return Asked(FileSystem(backend, name, max_file_bytes=60), runner if kind != "sqlite" else None)


everywhere = pytest.mark.parametrize("files", KINDS, indirect=True)
databases = pytest.mark.parametrize("files", ["sqlite", "async_sqlite", *POSTGRES], indirect=True)


@everywhere
def test_lines_are_added_and_replaced(files):
    assert files.append("a/log.md", "\r\n").size_bytes == 0
    assert files.read("a/log.md") is None
    files.write("a/log.md", "one")
    assert files.append("a/log.md", "two\r\n\nthree").size_bytes == 14
    assert files.append("a/log.md", "two\nfour\nfour", unique=True).size_bytes == 19
    assert files.append("a/log.md", "two", unique=True).size_bytes == 19
    assert files.read("a/log.md") == "one\ntwo\nthree\nfour\n"
    files.replace_lines("a/log.md", 2, 3, "2\n3")
    files.replace_lines("a/log.md", 4, 9)
    assert files.read("a/log.md") == "one\n2\n3\n"
    for start, end in ((0, 1), (2, 1), (4, 4)):
        with pytest.raises(ValueError, match="3 lines"):
            files.replace_lines("a/log.md", start, end, "x")
    with pytest.raises(FileNotFoundError):
        files.replace_lines("none.md", 1, 1)
    with pytest.raises(QuotaExceededError) as full:
        files.append("a/log.md", "x" * 60)
    assert (full.value.scope, full.value.current, full.value.limit) == ("file", 69, 60)


@everywhere
def test_files_are_moved_and_found(files):
    files.write("a.md", "The keel\nis RED. 100%\n")
    files.write("b/c.md", "red\nred\\sail")
    assert files.move("a.md", "b/a.md").path == "b/a.md"
    assert files.move("b/a.md", "b/a.md").size_bytes == 22
    with pytest.raises(FileNotFoundError):
        files.move("a.md", "x.md")
    with pytest.raises(FileExistsError):
        files.move("b/a.md", "b/c.md")
    found = files.search("red", "b")
    assert [(m.path, m.line, m.match_count) for m in found] == [("b/a.md", 2, 1), ("b/c.md", 1, 2)]
    assert found[0].snippet == "The keel\nis RED. 100%\n"
    assert [m.path for m in files.search("red", limit=1)] == ["b/a.md"]
    assert [len(files.search(text)) for text in ("100%", "d\\s", "r_d", " ", "b/x")] == [1, 1, 0, 0, 0]
    assert files.search("red", "other") == []
    result = files.contains(["red", "keel", "The keel\n", "", "is RED. 100%"], "b")
    assert (result.found, result.missing) == (["red", "The keel", "is RED. 100%"], ["keel"])
    assert files.contains([]).found == []
    for wrong in ("red", ["a\nb"], ["x"] * 201):
        with pytest.raises(InvalidPathError):
            files.contains(wrong)
    files.move("b/a.md", "b/c.md", overwrite=True)
    assert [meta.path for meta in files.list()] == ["b/c.md"]
    data = files.read_with_meta("b/c.md")
    assert (data.content[:8], data.metadata.size_bytes) == ("The keel", 22)
    assert files.read_with_meta("none.md") is None


@pytest.mark.postgres
@pytest.mark.parametrize("overwrite", [False, True])
def test_of_two_that_take_one_path_at_once_the_second_learns_of_the_first(new_store, postgres_url, overwrite):
    files = FileSystem(new_store("postgres").store, f"n-{uuid.uuid4().hex}")
    files.write("a.md", "a")
    files.write("b.md", "b")
    with psycopg.connect(postgres_url) as first, ThreadPoolExecutor(1) as pool:
        first.execute("UPDATE fs.agno_fs SET path = 'c.md' WHERE namespace = %s AND path = 'b.md'", [files.namespace])
        second = pool.submit(files.move, "a.md", "c.md", overwrite=overwrite)
        with psycopg.connect(postgres_url, autocommit=True) as watching:
            while not watching.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
                assert not second.done()
        first.commit()
        if overwrite:
            assert second.result().path == "c.md"
        else:
            with pytest.raises(FileExistsError, match=r"c\.md"):
                second.result()
    assert [files.read(path) for path in ("a.md", "b.md", "c.md")] == (
        [None, None, "a"] if overwrite else ["a", None, "b"]
    )


@databases
def test_a_version_that_is_expected_is_held_to(files):
    assert files.write("a.md", "1", expected_version=0).version == 1
    assert files.write("a.md", "2", expected_version=1).version == 2
    for expected, path, actual in ((0, "a.md", 2), (1, "a.md", 2), (3, "b.md", None)):
        with pytest.raises(VersionConflictError) as conflict:
            files.write(path, "3", expected_version=expected)
        assert (conflict.value.expected, conflict.value.actual) == (expected, actual)
    assert files.read_with_meta("a.md").metadata.version == 2
    assert [files.delete("a.md", expected_version=version) for version in (1, 2)] == [False, True]


def test_lines_that_another_one_replaces_meanwhile_are_not_lost(tmp_path):
    class Overtaken(DbFileSystem):
        def write(self, namespace, path, content, *, expected_version=None, user_id=""):
            if expected_version == 1:
                super().write(namespace, path, "one\nTWO\n")
            return super().write(namespace, path, content, expected_version=expected_version, user_id=user_id)

    backend = Overtaken(db_url=f"sqlite:///{tmp_path}/a.db")
    files = FileSystem(backend)
    files.write("a.md", "one\ntwo\n")
    assert files.replace_lines("a.md", 1, 1, "ONE").version == 3
    assert files.read("a.md") == "ONE\nTWO\n"
    backend.db.close()


def test_names_that_mean_another_place_or_nobody_are_refused(tmp_path):
    files = FileSystem(LocalFileSystem(tmp_path), user_scoped=True)
    ann = files.in_run(RunContext(run_id="r", session_id="s", user_id="ann"))
    for path in ("\uff0e\uff0e/x", "CON", "a. ", "../x"):
        with pytest.raises(InvalidPathError, match="cannot be"):
            ann.write(path, "x")
    with pytest.raises(InvalidPathError, match="no user_id"):
        files.in_run(RunContext(run_id="r", session_id="s", user_id=" "))


def test_a_folder_knows_no_versions(tmp_path):
    files = FileSystem(LocalFileSystem(tmp_path))
    for call in (lambda: files.write("a", "b", expected_version=0), lambda: files.delete("a", expected_version=1)):
        with pytest.raises(UnsupportedOperationError) as refused:
            call()
        assert refused.value.backend == "LocalFileSystem"


@pytest.mark.parametrize("files", [kind for kind in KINDS if kind != "plain"], indirect=True)
def test_users_have_files_of_their_own(files):
    shared, runner = files.files, files.runner
    ada, other = (Asked(shared.resolve(user_id=user), runner) for user in ("ada", "Ada"))
    ada.write("plan.md", "ada's")
    other.append("plan.md", "Ada's")
    assert (ada.read("plan.md"), other.read("plan.md"), files.read("plan.md")) == ("ada's", "Ada's\n", None)
    assert ada.list()[0].user_id == "ada"
    assert files.partitions() == ["Ada", "ada"]
    assert ada.usage().file_count == 1
    shared.user_scoped = True
    with pytest.raises(InvalidPathError, match="no user"):
        files.read("plan.md")
    with pytest.raises(InvalidPathError, match="no user"):
        Asked(shared.resolve(user_id=""), runner).write("plan.md", "nobody's")
    assert Asked(shared.partition(None), runner).read("plan.md") is None
    assert Asked(shared.partition("ada"), runner).search("ADA")[0].path == "plan.md"


def test_a_backend_without_users_fails_rather_than_sharing():
    files = FileSystem(Plain()).resolve(user_id="ada")
    with pytest.raises(UnsupportedOperationError, match="no user_id"):
        files.write("a.md", "secret")
    assert files.partitions() == []


def test_placeholders_are_filled_in(tmp_path):
    files = FileSystem(LocalFileSystem(tmp_path), "Notes/{user_id}-{agent_id}")
    assert files.is_templated
    half = files.resolve(agent_id="A b")
    assert half.namespace == "notes/{user_id}-%41%20b"
    with pytest.raises(InvalidPathError, match="user_id"):
        half.read("x")
    whole = half.resolve(user_id="ada@x")
    assert (whole.namespace, whole.is_templated, whole.user_id) == ("notes/ada@x-%41%20b", False, "ada@x")
    whole.write("x", "y")
    assert [one.name for one in tmp_path.iterdir()] == ["notes%2fada@x-%41%20b"]
    for value in ("a/b", "", "{x}", ".."):
        with pytest.raises(InvalidPathError):
            files.resolve(user_id=value)
    for name in ("{other}", "a{", "{user_id}{agent_id}", 3):
        with pytest.raises(InvalidPathError):
            FileSystem(LocalFileSystem(tmp_path), name)


def test_settings_come_back_from_data(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"), id="main")
    files = FileSystem(db, "A b", user_scoped=True, include_tools=["read_file"], instructions="Read.", max_file_bytes=5)
    told = json.loads(json.dumps(files.to_dict()))
    again = FileSystem.from_dict(told, db=db)
    assert (again.to_dict(), again.namespace) == (told, "a%20b")
    bound = FileSystem.from_dict(files.resolve(user_id="u").to_dict(), db=db)
    assert bound.namespace == "a%20b"
    folder = FileSystem(LocalFileSystem(tmp_path), read_only=True)
    assert FileSystem.from_dict(folder.to_dict()).read_only
    with pytest.raises(TypeError, match="no name"):
        FileSystem(Plain()).to_dict()
    for data, given in ((told, None), (told, SqliteDb(db_url="sqlite:///:memory:", id="x")), ({"backend": {}}, db)):
        with pytest.raises(ConfigurationError):
            FileSystem.from_dict(data, db=given)
    with pytest.raises(ConfigurationError):
        FileSystem(db, read_only=True, allow_delete=True)
    db.close()


@pytest.mark.parametrize("half", [False, True], ids=["old", "half upgraded"])
def test_a_table_of_a_time_before_users_is_upgraded(half, tmp_path):
    path = str(tmp_path / "a.db")
    columns = "namespace, path, content, size_bytes, version, created_at, updated_at"
    with closing(sqlite3.connect(path)) as connection:
        more = ", user_id" if half else ""
        connection.execute(f"CREATE TABLE agno_fs ({columns}{more}, PRIMARY KEY (namespace, path))")
        connection.execute(f"INSERT INTO agno_fs ({columns}) VALUES ('default', 'a', 'kept', 4, 1, 1, 1)")  # noqa: S608
        connection.commit()
    backend = DbFileSystem(db_url=f"sqlite:///{path}")
    with pytest.raises(SchemaOutdatedError, match=r"upgrade_schema"):
        FileSystem(backend).read("a")
    assert (backend.upgrade_schema(), backend.upgrade_schema()) == (True, False)
    assert FileSystem(backend).read("a") == "kept"
    FileSystem(backend).resolve(user_id="u").write("a", "mine")
    assert FileSystem(backend).read("a") == "kept"
    backend.db.close()


@pytest.mark.postgres
def test_a_table_on_postgres_is_upgraded(new_store):
    store, schema = new_store("postgres").store, f"old_{uuid.uuid4().hex[:8]}"
    backend = DbFileSystem(store, db_schema=schema)
    assert backend.upgrade_schema() is False
    FileSystem(backend).write("a", "kept")
    for sql in (
        "DROP CONSTRAINT pk_agno_fs",
        "DROP COLUMN user_id",
        "ADD CONSTRAINT old PRIMARY KEY (namespace, path)",
    ):
        store._execute(_one(f"ALTER TABLE {schema}.agno_fs {sql}"))
    again = DbFileSystem(store, db_schema=schema)
    with pytest.raises(SchemaOutdatedError):
        FileSystem(again).read("a")
    assert (again.upgrade_schema(), again.upgrade_schema()) == (True, False)
    assert FileSystem(again).read("a") == "kept"


def _one(sql):
    yield sql, ()


# --- tools ----------------------------------------------------------------------------------------------------------


def test_which_tools_there_are(tmp_path, caplog):
    files = FileSystem(LocalFileSystem(tmp_path))
    usual = ["read_file", "write_file", "append_file", "replace_lines", "list_files", "search_content", "move_file"]
    assert list(files.tools().functions) == usual
    assert list(files.tools(allow_delete=True).functions) == [*usual, "delete_file"]
    reading = files.tools(read_only=True)
    assert (list(reading.functions), reading.can_write) == (["read_file", "list_files", "search_content"], False)
    assert list(files.tools(include_tools=["check_lines", "delete_file"]).functions) == ["check_lines", "delete_file"]
    assert "delete_file" not in files.tools(exclude_tools=["delete_file", "delete_fiel"]).functions
    assert "delete_fiel" in caplog.text
    own = FileSystem(LocalFileSystem(tmp_path), read_only=True, instructions="Look.").tools()
    assert (own.instructions, list(own.functions)) == ("Look.", list(reading.functions))
    with pytest.raises(ConfigurationError):
        files.tools(read_only=True, allow_delete=True)


@four_ways
def test_an_agent_works_with_files_of_its_user(way, tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    files = FileSystem(db, "{agent_id}", user_scoped=True)
    tools = files.tools(include_tools=files.tools().FULL_TOOLS, add_instructions=True)
    script = [
        calls("write_file", path="a/plan.md", content="Sail to Acle.\nThen rest."),
        calls("replace_lines", path="a/plan.md", start_line=2, end_line=2, content="Then sail on."),
        calls("append_file", path="a/plan.md", content="Moor.\nMoor.", unique=True),
        calls("append_file", path="a/plan.md", content="Moor.", unique=True),
        calls("check_lines", lines=["Moor.", "Swim."]),
        calls("read_file", path="a/plan.md", start_line=2),
        calls("search_content", query="SAIL"),
        calls("list_files", recursive=True),
        calls("move_file", src="a/plan.md", dst="old/plan.md"),
        calls("read_file", path="a/plan.md"),
        calls("delete_file", path="old/plan.md"),
        calls("write_file", path="../x", content=""),
        "Done.",
    ]
    with model(*script) as server:
        _, output = ran(way, agent(id="ada", db=db, tools=[tools]), session_id="s", user_id="Ann")
        said = [request.turns[-1][1] for request in server.requests[1:]]
        offered = server.requests[0].body["tools"][0]["function"]
        assert "files of your own" in server.requests[0].turns[0][1]
    assert set(offered["parameters"]["properties"]).isdisjoint({"run_context", "agent", "team"})
    assert said[:4] == [
        "Wrote 24 bytes to a/plan.md",
        "Replaced lines 2-2 in a/plan.md (now 27 bytes)",
        "Appended 7 bytes to a/plan.md, without lines that it had already (now 34 bytes)",
        "Appended nothing to a/plan.md: it has every line already (34 bytes)",
    ]
    assert json.loads(said[4]) == {"found": ["Moor."], "missing": ["Swim."]}
    assert said[5] == "     2\tThen sail on.\n     3\tMoor."
    (hit,) = json.loads(said[6])["files"]
    assert (hit["file"], hit["line"], hit["matches"], hit["size"]) == ("a/plan.md", 1, 2, "34B")
    listed = json.loads(said[7])
    assert [entry["path"] for entry in listed["files"]] == ["a", "a/plan.md"]
    assert listed["usage"]["bytes_used"] == 34
    assert said[8:11] == [
        "Moved a/plan.md -> old/plan.md",
        "Error: file not found: a/plan.md",
        "Deleted old/plan.md",
    ]
    assert said[11].startswith("Error: '../x' cannot be")
    assert output.content == "Done."
    with model(calls("read_file", path="x"), "No.") as server:
        ran(way, agent(id="ada", db=db, tools=[tools]), session_id="t")
        assert "no user_id" in server.requests[1].turns[-1][1]
    db.close()


def test_answers_to_what_cannot_be_done(tmp_path):
    tools = FileSystem(LocalFileSystem(tmp_path), max_file_bytes=20, max_namespace_bytes=30).tools()
    assert "a file may have 20" in tools.write_file("a", "x" * 21)
    tools.write_file("a", "x" * 20)
    assert "20 of 30 bytes" in tools.write_file("b", "x" * 20)
    assert tools.write_file("a", "", overwrite=False) == "Error: file exists and overwrite=False: a"
    assert "a part of the path" in tools.write_file("a/b", "x")
    assert tools.write_file("a/b/c", "x") == "Error: Not a directory"  # and not where the folder is
    assert tools.move_file("none", "b") == "Error: file not found: none"
    assert "lines" in tools.replace_lines("a", 5, 6, "x")
    tools.write_file("a", "1\n2\n")
    for start, end in ((0, 1), (3, 4), (2, 1)):
        assert tools.read_file("a", start, end).startswith("Error: ")
    tools.write_file("empty", "")
    assert tools.read_file("empty") == "(empty is empty)"
    assert tools.search_content(" ") == "Error: the query is empty."
    assert json.loads(tools.list_files(pattern="e*"))["files"][0]["size"] == "0B"
