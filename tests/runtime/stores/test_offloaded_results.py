"""Long tool results in databases: texts and index, read by pages, searched, deleted in time and with their session."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from time import time

import psycopg
import pytest
from kit_stores import agent_session
from kit_stores import run as saved

from wherry.core.errors import StoreError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.fs import BaseFS, FileMeta, FileSystem, QuotaExceededError
from wherry.fs.errors import InvalidPathError
from wherry.fs.local import LocalFileSystem
from wherry.offload import ResultStore, result_id_for
from wherry.offload.setup import build_result_store
from wherry.offload.types import ResultRef

from .conftest import POSTGRES
from .platform_calls import asked
from .test_dual_run import numbers, places, wherry  # noqa: F401  fixtures, and what they need
from .test_evals_and_traces import opened

LOG = "\n".join(f"{hour} o'clock: {'a gale' if hour == 700 else 'calm'}" for hour in range(1, 1001))
SQL = ["sqlite", "async_sqlite", "sqlite_memory", *POSTGRES]


class Shelf:
    """A `ResultStore` on a database of either kind, called by the names of its blocking methods."""

    def __init__(self, called, runner, **settings):
        self.runner, self.waits = runner, hasattr(type(called.store), "arun_plan")
        self.store = ResultStore(db=called.store, **settings)

    def __getattr__(self, name):
        if not self.waits:
            return getattr(self.store, name)
        method = getattr(self.store, f"a{name}")
        return lambda *args, **given: self.runner.run(method(*args, **given))


@pytest.fixture(params=SQL)
def shelf(request, new_store, runner):
    return Shelf(new_store(request.param), runner, threshold_chars=10)


def call(number=1, **given):
    place = {"session_id": "s", "run_id": "r", "tool_call_id": f"c-{number}", "tool_name": "log", "tool_args": {}}
    return {**place, "output": LOG, **given}


def test_a_result_is_kept_and_read_by_pages(shelf):
    ref = shelf.offload(**call())
    assert ref == ResultRef(
        result_id_for("s", "r", "c-1"), ref.path, "log", len(LOG), 1000, "text", pytest.approx(time(), abs=60)
    )
    read, line = [], 1
    while line is not None:
        page = shelf.read(ref.result_id, line)
        read.append(page.text)
        line = page.next_start_line
    assert [text.count("\n") + 1 for text in read] == [400, 400, 200]
    assert "\n".join(read) == LOG == shelf.payload(ref.result_id)
    assert [(m.line_number, m.line) for m in shelf.search(ref.result_id, "gale")] == [(700, "700 o'clock: a gale")]


def test_a_line_longer_than_a_page_is_read_in_pieces(shelf):
    long = "x" * 20_000 + "needle" + "y" * 20_000
    result_id = shelf.offload(**call(output=f"first\n{long}\nlast")).result_id
    page = shelf.read(result_id, 2)
    assert (len(page.text), page.truncated, page.next_start_line, page.next_start_char) == (16_000, True, 2, 16_000)
    (match,) = shelf.search(result_id, "needle")
    assert match.char_offset == 20_000
    assert "needle" in match.line
    assert shelf.read(result_id, 2, start_char=match.char_offset, max_chars=6).text == "needle"


def test_the_same_call_again_replaces_nothing(shelf):
    first, second = shelf.offload(**call()), shelf.offload(**call(output="another text"))
    assert first.result_id != second.result_id
    assert shelf.payload(first.result_id) == LOG
    assert shelf.payload(second.result_id) == "another text"


def test_results_are_listed_by_session_and_deleted_with_it(shelf):
    kept = [shelf.offload(**call(number)).result_id for number in range(3)]
    other = shelf.offload(**call(session_id="S")).result_id  # alike but for its case
    assert {ref.result_id for ref in shelf.live_ids("s")} == set(kept)
    assert len(shelf.live_ids("s", limit=2)) == 2
    assert shelf.delete_for_sessions(["s", "nobody's"]) == 3
    assert shelf.live_ids("s") == []
    assert shelf.payload(other) == LOG
    with pytest.raises(KeyError, match=kept[0]):
        shelf.read(kept[0])


def test_results_go_when_their_time_is_over(new_store, runner):
    called = new_store("sqlite")
    short, long = Shelf(called, runner, ttl_seconds=60), Shelf(called, runner)
    gone, stays = short.offload(**call(1)).result_id, long.offload(**call(2)).result_id
    assert short.sweep_expired(int(time())) == 0
    assert short.sweep_expired(int(time()) + 3600) == 1
    assert (short.get_row(gone), long.payload(stays)) == (None, LOG)


def test_keeping_a_result_clears_old_ones_by_the_way(new_store, runner):
    called = new_store("sqlite")
    short = Shelf(called, runner, ttl_seconds=1)
    gone = short.offload(**call(1)).result_id
    row = short.get_row(gone)
    called.upsert_tool_result({**row, "expires_at": int(time()) - 1})
    assert short.offload_for_model(**call(2)).startswith('<result id="res_')
    assert short.get_row(gone) is None


def test_what_is_too_long_is_said_to_be_lost(monkeypatch, new_store, runner):
    shelf = Shelf(new_store("sqlite"), runner)
    files = FileSystem(shelf.store.fs.backend, "small", max_file_bytes=50)
    monkeypatch.setattr(shelf.store, "_session_fs", lambda _session: files)
    with pytest.raises(QuotaExceededError) as refused:
        shelf.offload(**call())
    assert (refused.value.scope, refused.value.current, refused.value.limit) == ("file", len(LOG), 50)
    told = shelf.offload_for_model(**call())
    assert 'stored="false" reason="it is too long to be kept' in told
    assert "1000 o'clock: calm" in told
    assert shelf.live_ids("s") == []


def test_a_row_that_is_refused_leaves_no_text(new_store, runner, monkeypatch):
    shelf = Shelf(new_store("sqlite"), runner)

    def refuse(row):
        raise OSError("no room")

    monkeypatch.setattr(shelf.store.db, "upsert_tool_result", refuse)
    assert "no room" in shelf.offload_for_model(**call())
    assert shelf.store.fs.backend.list(shelf.store._session_fs("s").namespace) == []


def test_a_pattern_that_takes_for_ever_is_stopped(new_store, runner, monkeypatch):
    shelf = Shelf(new_store("sqlite"), runner)
    result_id = shelf.offload(**call(output="a" * 40_000 + "b")).result_id
    with monkeypatch.context() as hurried:
        hurried.setattr("wherry.offload.store.SEARCH_TIMEOUT_SECONDS", 0.5)
        with pytest.raises(TimeoutError, match="did not finish"):
            shelf.search(result_id, "(a+)+$")
    for wrong in ("(", "*"):
        with pytest.raises(re.error, match=f"{re.escape(re_error(wrong))}$"):
            shelf.search(result_id, wrong)


def re_error(pattern):
    with pytest.raises(re.error) as refused:
        re.compile(pattern)
    return str(refused.value)


def test_a_pattern_that_python_warns_of_is_searched_without_a_word(shelf):
    result_id = shelf.offload(**call(output="on [deck] at noon")).result_id
    assert [match.char_offset for match in shelf.search(result_id, "[[]deck")] == [3]


def test_a_pattern_that_repeats_finds_what_a_plain_one_finds(shelf):
    result_id = shelf.offload(**call()).result_id
    found = shelf.search(result_id, r"7\d\d.*gale", 1)
    assert [match.line for match in found] == [
        "699: 699 o'clock: calm\n700: 700 o'clock: a gale\n701: 701 o'clock: calm"
    ]
    many = shelf.search(result_id, "calm")
    assert (len(many), many[-1].more) == (20, True)


@pytest.mark.parametrize("kind", SQL)
def test_a_deleted_session_takes_its_texts_along(kind, new_store, runner, tmp_path):
    called = new_store(kind)
    shelf = Shelf(called, runner)
    if shelf.waits or kind == "sqlite_memory":
        apart = None
    else:  # texts in a folder, which the database knows once an owner works with the store
        files = FileSystem(LocalFileSystem(tmp_path / "texts"))
        apart = build_result_store(setting=ResultStore(fs=files), db=called.store, owner=shelf)
        apart.offload(**call(2))
        assert [path.suffix for path in (tmp_path / "texts").rglob("*.*")] == [".txt"]
    called.save_run(agent_session("s"), saved(0, session_id="s"))
    ref = shelf.offload(**call())
    row = shelf.get_row(ref.result_id)
    called.delete_session("s")
    assert shelf.get_row(ref.result_id) is None
    files = shelf.store._fs_for_namespace(row["namespace"])
    assert (runner.run(files.aread(ref.path)) if shelf.waits else files.read(ref.path)) is None
    if apart is not None:
        assert list((tmp_path / "texts").rglob("*.*")) == []


HELD = {
    "sqlite": """CREATE TRIGGER held BEFORE DELETE ON {sessions} WHEN OLD.session_id = 's'
        BEGIN SELECT RAISE(ABORT, 'held'); END""",
    "postgres": """CREATE FUNCTION {held}() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF OLD.session_id = 's' THEN RAISE 'held'; END IF; RETURN OLD; END $$;
        CREATE TRIGGER held BEFORE DELETE ON {sessions} FOR EACH ROW EXECUTE FUNCTION {held}()""",
}
"""A database that keeps the session `s`."""


@pytest.mark.parametrize("kind", ["sqlite", "async_sqlite", *POSTGRES])
def test_a_deletion_that_fails_leaves_the_texts_to_their_session_whatever_is_deleted_next(
    kind, new_store, runner, tmp_path, request
):
    called = new_store(kind, fresh=True)
    files, tables = FileSystem(LocalFileSystem(tmp_path / "texts")), called.store.tables
    shelf = Shelf(called, runner, fs=files)
    called.store.tool_result_filesystems = [files]
    ref = shelf.offload(**call())
    for name in ("s", "other"):
        called.save_run(agent_session(name), saved(0, session_id=name))
    hold = HELD[tables.dialect].format(sessions=tables["sessions"], held=f"{tables.schema}.held")
    if tables.dialect == "sqlite":
        (path,) = tmp_path.glob("*.db")
        with closing(sqlite3.connect(path)) as direct:
            direct.execute(hold)
    else:
        with psycopg.connect(request.getfixturevalue("postgres_url"), autocommit=True) as direct:
            direct.execute(hold)
    for delete, which in (("delete_session", "s"), ("delete_sessions", ["s"])):
        with pytest.raises(StoreError, match="held"):
            getattr(called, delete)(which)
    assert called.delete_session("other")
    assert shelf.payload(ref.result_id) == LOG


def test_a_text_that_nobody_can_reach_is_reported(tmp_path, caplog):
    path = str(tmp_path / "a.db")
    store = ResultStore(db=SqliteDb(db_file=path), fs=FileSystem(LocalFileSystem(tmp_path / "texts")))
    store.offload(**call())
    store.db.save_run(agent_session("s"), saved(0, session_id="s"))
    with closing(SqliteDb(db_file=path)) as another:
        another.delete_session("s")
    assert "1 of 1 offloaded results" in caplog.text
    assert len(list((tmp_path / "texts").rglob("*.txt"))) == 1


@pytest.mark.parity
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_each_runtime_reads_what_the_other_kept(kind, agno, places):  # noqa: F811
    *_, given = places(kind)
    agno(kind, given, {"do": "offload", "session_id": "s", "output": LOG, "ttl_seconds": 60})
    with closing(opened(kind, given)) as db:
        store = ResultStore(db=db, ttl_seconds=60)
        (theirs,) = store.live_ids("s")
        assert store.payload(theirs.result_id) == LOG
        ours = store.offload(**call(tool_call_id="c", tool_name="look"))
        rows = {row["result_id"]: row for row in db.get_tool_results_for_session("s")}
        one, other = rows[theirs.result_id], rows[ours.result_id]
        told = agno(kind, given, asked("get_tool_result", result_id=ours.result_id))
        assert told == other
        assert agno(kind, given, {"do": "payload", "result_id": ours.result_id}) == LOG
    moment = ("created_at", "expires_at")
    assert {n: v for n, v in other.items() if n not in moment} == {
        **{name: value for name, value in one.items() if name not in moment},
        "result_id": ours.result_id,
        "path": one["path"].replace(theirs.result_id, ours.result_id),
        "tool_call_id": "c~2",
    }
    assert one["expires_at"] - one["created_at"] == other["expires_at"] - other["created_at"] == 60


def test_names_that_lead_elsewhere_are_refused(tmp_path):
    files = FileSystem(LocalFileSystem(tmp_path / "texts"), "Mine")
    for path in ("../a", "a/../../b", "", "a/", "a\\b", "a\x00", "x" * 600):
        with pytest.raises(InvalidPathError):
            files.write(path, "text")
    (tmp_path / "texts" / "mine").mkdir(parents=True)
    (tmp_path / "texts" / "mine" / "link").symlink_to(tmp_path)
    with pytest.raises(InvalidPathError):
        files.write("link/out", "text")
    files.write("notes/a.md", "text")
    assert [(meta.path, meta.size_bytes) for meta in files.list("notes")] == [("notes/a.md", 4)]
    assert (files.read("notes/a.md"), files.read("notes/b.md"), files.delete("notes/a.md")) == ("text", None, True)


def test_a_file_behind_a_link_that_leads_out_is_not_there(tmp_path):
    files = FileSystem(LocalFileSystem(tmp_path / "texts"), "mine")
    files.write("a", "text")
    (tmp_path / "secret").write_text("of somebody else")
    (tmp_path / "texts" / "mine" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "texts" / "mine" / "in").symlink_to(tmp_path / "texts" / "mine" / "a")
    (tmp_path / "texts" / "linked").symlink_to(tmp_path)
    assert [meta.path for meta in files.list()] == ["a", "in"]
    assert (files.usage().file_count, files.usage().total_bytes) == (2, 8)
    assert FileSystem(files.backend, "linked").list() == []


def test_a_file_that_goes_while_files_are_listed_is_left_out(tmp_path, monkeypatch):
    files = FileSystem(LocalFileSystem(tmp_path), "n")
    for name in ("gone", "here"):
        files.write(name, "text")
    is_file = Path.is_file

    def looked(path):
        found = is_file(path)
        if path.name == "gone":
            path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "is_file", looked)
    assert [meta.path for meta in files.list()] == ["here"]


class Kept(BaseFS):
    """A backend of one's own: texts in a dictionary that stands for a bucket."""

    root = "results"

    def __init__(self, bucket):
        self.bucket = bucket

    def __eq__(self, other):
        return isinstance(other, Kept) and self.bucket is other.bucket

    def __hash__(self):
        return id(self.bucket)

    def read(self, namespace, path):
        return self.bucket.get((namespace, path))

    def write(self, namespace, path, content):
        self.bucket[namespace, path] = content
        return FileMeta(path, len(content), None, 0)

    def list(self, namespace, directory=""):
        return [FileMeta(path, len(text), None, 0) for (space, path), text in self.bucket.items() if space == namespace]

    def delete(self, namespace, path):
        return self.bucket.pop((namespace, path), None) is not None


def test_a_database_remembers_each_place_of_texts_once(tmp_path):
    buckets = {}, {}
    with closing(SqliteDb(db_file=str(tmp_path / "a.db"))) as db:
        made = [
            lambda: FileSystem(db),
            lambda: FileSystem(LocalFileSystem(tmp_path / "texts")),
            lambda: FileSystem(Kept(buckets[0])),
            lambda: FileSystem(Kept(buckets[1])),
        ]
        for _ in range(3):
            stores = [build_result_store(setting=ResultStore(fs=new()), db=db, owner=object()) for new in made]
        assert len(db.tool_result_filesystems) == len(made)
        db.save_run(agent_session("s"), saved(0, session_id="s"))
        for number, store in enumerate(stores):
            store.offload(**call(number))
        assert [len(bucket) for bucket in buckets] == [1, 1]
        db.delete_session("s")
        assert buckets == ({}, {})
        assert list((tmp_path / "texts").rglob("*.*")) == []


def test_files_have_limits_and_versions(new_store):
    files = FileSystem(new_store("sqlite").store, "n", max_namespace_bytes=10)
    assert [files.write("a", "12345").version for _ in range(2)] == [1, 2]
    files.write("b", "12345")
    with pytest.raises(QuotaExceededError, match="full"):
        files.write("c", "1")
    with pytest.raises(FileExistsError):
        files.write("a", "1", overwrite=False)
    assert (files.usage().file_count, files.usage().total_bytes) == (2, 10)
    assert files.list("a")[0].path == "a"


def test_databases_without_tables_keep_no_files():
    with pytest.raises(TypeError, match="InMemoryDb"):
        FileSystem(InMemoryDb())
    with pytest.raises(RuntimeError, match="database"):
        ResultStore().get_row("res_1")
    with pytest.raises(ValueError, match="threshold_chars"):
        ResultStore(threshold_chars=0)


def test_many_threads_keep_results_at_once(tmp_path):
    store = ResultStore(db=SqliteDb(db_file=str(tmp_path / "a.db")))
    threads = [threading.Thread(target=store.offload, kwargs=call(number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.live_ids("s")) == 8
