"""A folder of JSON files: what is written together, what stays of files that are replaced, and nothing beside them."""

import errno
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit_stores import agent_session, run

from wherry.core.errors import StoreError
from wherry.db.json import JsonDb


@contextmanager
def room_for(size):
    """No file of this process may grow beyond so many bytes for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_root():
    """What follows is done by a user who may not read and write everything."""
    ours = os.geteuid()
    if ours == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if ours == 0:
            os.seteuid(0)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder with a session that others may look into, named from where they may be."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    JsonDb(db_path="shelf").save_run(agent_session(session_data={"session_state": {"a": 1}}), run(0))
    yield Path("shelf")
    Path("shelf").chmod(0o755)


@pytest.fixture
def store(tmp_path):
    store = JsonDb(db_path=str(tmp_path))
    store.save_run(agent_session(session_data={"session_state": {"a": 1}}), run(0))
    return store


def test_a_disk_that_is_full_refuses_session_and_run_together(store, tmp_path):
    session = store.load_run_context("s1")
    session.session_data["session_state"]["b"] = 2
    room = (tmp_path / "agno_sessions.json").stat().st_size + 200  # enough for the session, not for both runs
    assert room < (tmp_path / "agno_runs.json").stat().st_size
    with room_for(room), pytest.raises(StoreError, match="cannot be written"):
        store.save_run(session, run(1))
    kept = store.get_session("s1")
    assert kept.session_data["session_state"] == {"a": 1}
    assert len(kept.runs) == 1
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_file_keeps_its_mode_and_its_owner(store, tmp_path):
    file = tmp_path / "agno_runs.json"
    file.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(file, 12345, 12345)
    before = file.stat()
    store.save_run(store.load_run_context("s1"), run(1))
    after = file.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert len(store.get_session("s1").runs) == 2


def test_a_file_behind_a_link_is_written_where_it_is(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "agno_runs.json").symlink_to(tmp_path / "there" / "runs.json")
    store = JsonDb(db_path=str(tmp_path))
    store.save_run(agent_session(), run(0))
    assert (tmp_path / "agno_runs.json").is_symlink()
    assert "answer 0" in (tmp_path / "there" / "runs.json").read_text("utf-8")
    assert not list(tmp_path.glob("**/.*.tmp"))


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EXDEV, errno.EPERM])
def test_a_file_that_cannot_be_replaced_is_overwritten(store, tmp_path, monkeypatch, code):
    """One that is mounted by itself, for example: the system refuses another in its place."""

    def refused(draft, target):
        raise OSError(code, os.strerror(code), str(target))

    monkeypatch.setattr(Path, "replace", refused)
    file = (tmp_path / "agno_runs.json").stat().st_ino
    store.save_run(store.load_run_context("s1"), run(1))
    assert (tmp_path / "agno_runs.json").stat().st_ino == file
    assert len(store.get_session("s1").runs) == 2
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_table_may_have_a_long_name(tmp_path):
    name = "s" * 240
    store = JsonDb(db_path=str(tmp_path), session_table=name, runs_table="runs")
    store.save_run(agent_session(), run(0))
    assert (tmp_path / f"{name}.json").exists()


def test_a_row_without_json_form_refuses_both_as_well(store, tmp_path):
    session = store.load_run_context("s1")
    session.session_data["session_state"]["b"] = 2
    with pytest.raises(StoreError, match="cannot be stored as JSON"):
        store.save_run(session, {**run(1).to_dict(), "content": {(1, 2): "no key of JSON"}})
    assert store.get_session("s1").session_data["session_state"] == {"a": 1}
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_file_that_may_not_be_read_is_named_with_what_to_do(shelf):
    (shelf / "agno_sessions.json").chmod(0)
    with no_root(), pytest.raises(StoreError, match=r"'shelf/agno_sessions.json' cannot be read") as told:
        JsonDb(db_path="shelf").get_session("s1")
    assert "may read" in str(told.value)


@pytest.mark.parametrize("locked_before", [True, False])
def test_a_folder_that_may_only_be_read_is_read(shelf, locked_before):
    if not locked_before:  # Agno filled it
        (shelf / ".lock").unlink()
    shelf.chmod(0o555)
    with no_root():
        store = JsonDb(db_path="shelf")
        assert store.get_session("s1").session_data["session_state"] == {"a": 1}
        with pytest.raises(StoreError, match="cannot be written"):
            store.save_run(agent_session(session_data={"session_state": {"a": 2}}), run(1))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match=r"taken/db' cannot be made") as told:
        JsonDb(db_path=str(tmp_path / "taken" / "db")).get_session("s1")
    assert "db_path" in str(told.value)
