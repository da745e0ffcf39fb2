"""A session's names and its runs both survive when one process runs on the session and another one renames it."""

from __future__ import annotations

from pathlib import Path

import pytest
from agent_ways import WAYS, run_in
from processes import Worker

from .renaming_process import KINDS, owner_of, store_of
from .test_changed_meanwhile import HandsOver

OTHER = Path(__file__).with_name("renaming_process.py")


@pytest.fixture(scope="module")
def other():
    with Worker(OTHER) as process:
        yield process


@pytest.fixture(
    params=[
        "sqlite",
        "json",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("redis", marks=pytest.mark.redis),
    ]
)
def place(request, tmp_path):
    """A kind of store and where it is."""
    if request.param == "sqlite":
        return request.param, {"db_file": str(tmp_path / "s.db")}
    if request.param == "json":
        return request.param, {"db_path": str(tmp_path)}
    if request.param == "postgres":
        return request.param, {"db_url": request.getfixturevalue("postgres_url"), "db_schema": "s_renamed"}
    return request.param, {"db_url": request.getfixturevalue("redis_url"), "db_prefix": f"p_{tmp_path.name}"}


GIVEN = {
    "rename": lambda kind: {"name": "Bea 5", "session_id": kind},
    "set_session_name": lambda kind: {"session_id": kind, "session_name": "Quay 6"},
}


def checked(kept, kind, number, runs):
    """That a session has the names, the states and as many runs as it should have."""
    assert getattr(kept, f"{kind}_data")["name"] == f"Bea {number}"
    assert kept.session_data["session_name"] == f"Quay {number}"
    assert kept.session_data["session_state"] == {f"run {one}": True for one in range(runs)}
    assert len(kept.runs) == runs


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_given_during_a_run_and_a_run_that_ends_while_a_name_is_given(kind, place, other):
    store, given = place
    job = {"store": store, "given": given, "owner": kind}
    db = store_of(store, given)
    owner_of(kind, db).delete_session(kind)
    run_in("run", owner_of(kind, db), "One?", session_id=kind, session_state={"run 0": True})
    for number, way in enumerate(WAYS, 1):
        owner = owner_of(kind, db, lambda number=number: other.ask({**job, "do": "rename", "number": number}))
        run_in(way, owner, "And?", session_id=kind, session_state={f"run {number}": True})
        checked(db.get_session(kind), kind, number, number + 1)
    held = HandsOver(db)
    for number, (method, options) in enumerate(GIVEN.items(), 5):
        held.meanwhile = lambda number=number: other.ask({**job, "do": "run", "number": number})
        getattr(owner_of(kind, held), method)(**options(kind))
    kept = db.get_session(kind)
    assert (getattr(kept, f"{kind}_data")["name"], kept.session_data["session_name"]) == ("Bea 5", "Quay 6")
    assert kept.session_data["session_state"] == {f"run {one}": True for one in range(7)}
    assert len(kept.runs) == 7
    db.close()
