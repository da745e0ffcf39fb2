"""The same calls on a catalogue of components, for Agno in a process of its own and for Wherry here.

`steps(package, database)` yields what each call gives, so that the two can be compared; prints JSON as a program.
"""

from __future__ import annotations

import importlib
import json
import sys


def link(child, version=1, kind="member"):
    target = {"child_component_id": child, "child_version": version}
    return {"link_kind": kind, "link_key": child, **target, "position": 0, "meta": {"of": child}}


# Method, arguments and keywords; the kind of a component by its name.
CALLS = [
    ("create_component_with_config", ("ada", "AGENT", "Ada", {"name": "Ada"}), {"user_id": "u", "label": "one"}),
    ("create_component_with_config", ("ada", "AGENT", "Ada", {}), {}),
    ("get_component", ("ada",), {"user_id": "v"}),
    ("get_config", ("ada",), {}),
    ("get_current_config", ("ada",), {}),
    ("upsert_config", ("ada",), {"version": 1, "stage": "published", "expected_current_version": 0}),
    ("get_component", ("ada",), {"user_id": "v"}),
    ("upsert_config", ("ada", {"name": "Ada B.", "description": "", "metadata": {"a": 1}}), {"stage": "published"}),
    ("upsert_config", ("ada",), {"version": 2, "notes": "late"}),
    ("upsert_config", ("ada", {"metadata": {"studio": {}}}), {"label": "one"}),
    ("upsert_config", ("ada", {"metadata": {"studio": {}}}), {"label": "two", "notes": "n", "stage": "published"}),
    ("upsert_config", ("ada", {"x": 1}), {"expected_latest_version": 2}),
    ("upsert_config", ("ada", {"x": 1}), {"expected_latest_version": 3}),
    ("upsert_config", ("ada",), {}),
    ("upsert_config", ("ada", {}), {"stage": "odd"}),
    ("upsert_config", ("ada", {}), {"user_id": "v"}),
    ("set_current_version", ("ada", 1), {"expected_current_version": 2}),
    ("set_current_version", ("ada", 1), {"expected_current_version": 3, "user_id": "u"}),
    ("set_current_version", ("ada", 4), {}),
    ("set_current_version", ("ada", 9), {}),
    ("delete_config", ("ada", 4), {}),
    ("delete_config", ("ada", 4), {}),
    ("delete_config", ("ada", 1), {}),
    ("list_configs", ("ada",), {"include_deleted": True}),
    ("get_config", ("ada",), {"version": 4, "include_deleted": True}),
    ("get_config", ("ada",), {"label": "one"}),
    ("get_latest_configs", (["ada", "nobody"],), {}),
    ("upsert_component", ("crew", "TEAM"), {"metadata": {"k": [1]}}),
    ("upsert_component", ("crew", "AGENT"), {}),
    ("upsert_component", ("other",), {}),
    ("upsert_component", ("ada",), {"current_version": 4}),
    ("upsert_component", ("ada",), {"description": "d", "user_id": "v"}),
    ("upsert_config", ("crew", {"name": "Crew"}), {"links": [link("ada", 3)], "stage": "published"}),
    ("upsert_config", ("crew", {"name": "Crew"}), {"links": [link("crew")]}),
    ("upsert_config", ("crew", {}), {"links": [{**link("ada"), "child_version": None}]}),
    ("upsert_config", ("ada", {}), {"links": [link("crew")]}),
    ("get_links", ("crew", 1), {"link_kind": "member"}),
    ("get_dependents", ("ada",), {"active_parents_only": True, "parent_user_id": "u"}),
    ("load_component_graph", ("crew",), {}),
    ("delete_component", ("ada",), {}),
    ("delete_component", ("crew",), {"expected_current_version": 7}),
    ("delete_component", ("crew",), {}),
    ("delete_component", ("ada",), {"user_id": "v"}),
    ("delete_component", ("ada",), {}),
    ("restore_component", ("crew",), {}),
    ("restore_component", ("ada",), {"user_id": "u"}),
    ("restore_component", ("crew",), {}),
    ("upsert_config", ("crew", {"v": 2}), {"links": [link("ada", 1, "prompt")], "stage": "published"}),
    ("list_components", (), {"component_type": "TEAM"}),
    ("list_components", (), {"user_id": "v", "limit": 1, "exclude_component_ids": ["crew"]}),
    ("delete_component", ("crew",), {"hard_delete": True}),
    ("list_components", (), {"include_deleted": True}),
]


TIMES = {"created_at", "updated_at", "deleted_at"}


def bare(value):
    """A value without times, except for whether there are any."""
    if isinstance(value, dict):
        return {key: item is not None if key in TIMES else bare(item) for key, item in value.items()}
    return [bare(item) for item in value] if isinstance(value, (list, tuple)) else value


def steps(package, database):
    kinds = importlib.import_module(f"{package}.db.base").ComponentType.__members__
    for method, args, given in CALLS:
        places = [kinds.get(value, value) if isinstance(value, str) else value for value in args]
        names = {key: kinds.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
        try:
            found = getattr(database, method)(*places, **names)
        except ValueError as error:  # each error of the catalogue is one
            found = type(error).__name__.replace("ConfigurationError", "ValueError")
        yield f"{method} {args} {given}", json.loads(json.dumps(bare(found)))


def open_database(package, where):
    if where.startswith("postgres"):
        name, _, schema = where.rpartition("#")
        return importlib.import_module(f"{package}.db.postgres").PostgresDb(db_url=name, db_schema=schema)
    return importlib.import_module(f"{package}.db.sqlite").SqliteDb(db_file=where)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(steps("agno", open_database("agno", sys.argv[1])))))
