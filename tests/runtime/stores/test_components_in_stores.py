"""The catalogue of components on SQLite and Postgres: what Agno does, it does, and its rows are Agno's."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import component_steps
import pytest
from component_steps import link, open_database, steps
from processes import loopback

from wherry.core.errors import ConfigurationError, MigrationRequiredError, WherryError
from wherry.db.base import (
    ComponentArchivedError,
    ComponentDependencyError,
    ComponentType,
    ComponentVersionConflictError,
    project_config_identity,
)
from wherry.db.sqlite import SqliteDb

STEPS = Path(component_steps.__file__)


def agno(reference, where):
    command = reference.command(STEPS, where)
    done = subprocess.run(
        command, env=loopback(AGNO_TELEMETRY="false"), capture_output=True, text=True, timeout=120, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def places(request, tmp_path):
    """Where Agno's and where Wherry's catalogue is."""
    if request.param == "sqlite":
        return str(tmp_path / "agno.db"), str(tmp_path / "wherry.db")
    url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    return f"{url}#catalogue_agno", f"{url}#catalogue_wherry"


@pytest.mark.parity
def test_every_call_gives_what_agno_gives_and_leaves_its_rows(places, reference):
    theirs, ours = places
    expected = agno(reference, theirs)
    database = open_database("wherry", ours)
    found = [list(step) for step in steps("wherry", database)]
    assert [result for _, result in found] == [result for _, result in expected]
    assert len({str(result) for _, result in found}) > 20
    database.close()
    # The other way round: each reads what the other has written.
    assert open_database("wherry", theirs).load_component_graph("ada") is not None
    if theirs.endswith(".db"):
        assert tables(theirs) == tables(ours)


def tables(path):
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name LIKE 'agno_component%'")
        rows = connection.execute(
            "SELECT component_id, version, label, stage, config, notes FROM agno_component_configs ORDER BY 1, 2"
        )
        return set(made.fetchall()), rows.fetchall()


@pytest.fixture
def database(places):
    made = open_database("wherry", places[1].replace("catalogue_wherry", "catalogue_own"))
    yield made
    made.close()


def publish(database, component_id, **given):
    kind = ComponentType.TEAM if "links" in given else ComponentType.AGENT
    config = {"name": component_id}
    database.create_component_with_config(component_id, kind, component_id, config, stage="published", **given)


def test_of_two_who_publish_at_once_one_wins(database):
    publish(database, "race")
    for _ in range(2):
        database.upsert_config("race", {"name": "race"})
    outcomes, barrier = [], threading.Barrier(2)

    def attempt(version):
        barrier.wait()
        try:
            database.upsert_config("race", version=version, stage="published", expected_current_version=1)
        except WherryError as error:
            outcomes.append(type(error))
        else:
            outcomes.append(version)

    threads = [threading.Thread(target=attempt, args=(version,)) for version in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ComponentVersionConflictError in outcomes
    assert database.get_component("race")["current_version"] in outcomes
    database.delete_component("race", hard_delete=True)


def test_what_something_is_made_of_cannot_go(database):
    publish(database, "hand")
    publish(database, "crew", links=[link("hand")])
    with pytest.raises(ComponentDependencyError, match="crew"):
        database.delete_component("hand")
    assert database.delete_component("crew")
    assert database.delete_component("hand")
    with pytest.raises(ComponentArchivedError, match="restore_component"):
        database.upsert_config("hand", {})
    with pytest.raises(ComponentDependencyError, match="hand"):
        database.restore_component("crew")
    assert database.delete_component("crew", hard_delete=True)
    assert database.delete_component("hand", hard_delete=True)
    assert database.list_components(include_deleted=True)[1] == 0


def write(database, table, statement):
    """Write past the methods, as somebody else may have; `_get_table` and `Session` are Agno's ways to do so."""
    found = database._get_table(table)
    with database.Session() as session, session.begin():
        session.execute(statement(found))


def test_a_pointer_to_a_deleted_version_serves_nothing(database):
    publish(database, "buried")
    database.upsert_config("buried", {"name": "dead"})
    database.delete_config("buried", 2)
    write(database, "components", lambda t: t.update().where(t.c.component_id == "buried").values(current_version=2))
    assert database.get_config("buried") is database.get_current_config("buried") is None
    assert database.load_component_graph("buried") is None
    assert database.get_config("buried", version=2) is None
    assert database.get_config("buried", version=2, include_deleted=True)["config"] == {"name": "dead"}
    assert database.get_latest_config("buried")["version"] == 1
    database.delete_component("buried", hard_delete=True)


def test_a_circle_that_an_older_release_left_is_cut_where_it_closes(database):
    publish(database, "inner")
    publish(database, "outer", links=[link("inner")])
    closing_link = {"parent_component_id": "inner", "parent_version": 1, **link("outer"), "created_at": 0}
    write(database, "component_links", lambda t: t.insert().values(**closing_link))
    graph = database.load_component_graph("outer")
    (inner,) = graph["children"]
    (again,) = inner["graph"]["children"]
    assert again["graph"]["cycle_detected"] is True
    assert "children" not in again["graph"] or again["graph"]["children"] == []
    write(database, "component_links", lambda t: t.delete())
    for component_id in ("outer", "inner"):
        database.delete_component(component_id, hard_delete=True)


def test_an_empty_database_has_no_components(tmp_path):
    database = SqliteDb(db_file=str(tmp_path / "empty.db"))
    assert database.list_components() == ([], 0)
    assert database.get_component("a") is None
    assert database.get_config("a") is database.get_current_config("a") is database.load_component_graph("a") is None
    assert database.list_configs("a") == database.get_links("a", 1) == database.get_dependents("a") == []
    assert not any((database.delete_component("a"), database.restore_component("a"), database.delete_config("a", 1)))
    assert not database.set_current_version("a", 1)
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        assert not connection.execute("SELECT name FROM sqlite_master").fetchall()


def test_an_older_table_that_no_run_needs_is_refused_only_when_it_is_used(tmp_path):
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute("CREATE TABLE agno_components (component_id VARCHAR PRIMARY KEY)")
    database = SqliteDb(db_file=str(tmp_path / "old.db"))
    assert database.get_sessions() == []
    for call in (database.list_components, lambda: database.upsert_component("a", ComponentType.AGENT)):
        with pytest.raises(MigrationRequiredError, match="agno_components"):
            call()


def test_errors_are_configuration_errors_with_a_way_out(database):
    publish(database, "taken")
    with pytest.raises(ConfigurationError, match="'taken' is not available") as raised:
        publish(database, "taken")
    assert raised.value.hint
    assert isinstance(raised.value, ValueError)
    database.delete_component("taken", hard_delete=True)


@pytest.mark.parametrize(
    ("config", "owned"),
    [
        ({}, {}),
        ({"name": None, "description": None}, {"description": ""}),
        ({"name": "n", "metadata": {}}, {"name": "n", "metadata": {}}),
        ({"metadata": {"studio": 1}}, {}),
        ({"metadata": {"studio": 1, "own": 2}}, {"metadata": {"studio": 1, "own": 2}}),
        ({"metadata": {"studio": 1}, "metadata_authored": True}, {"metadata": {"studio": 1}}),
        ({"metadata": ["a"]}, {}),
    ],
)
def test_a_published_configuration_decides_only_what_it_carries(config, owned):
    assert project_config_identity(config) == owned
