"""One property over every YAML source that this project's own schemas describe: whatever single fault is put into any
field of a sound file, the complaint names the file, the line and the field."""

import json
import pickle
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherry_portal.checklists import CHECKLISTS
from wherry_portal.sources import SourceError, check, dump_yaml, find_root, load, packaged
from wherry_portal.sources.document import dotted, parse

STAMP = "2026-11-22T10:00:00Z"
SIGNATURE = {"role": "lead", "name": "Ada", "date": "2026-11-22", "link": "https://example.org/1"}
PILOT = {
    "schema": 1,
    "team": "core",
    "checklist": "pilot",
    "project": "service",
    "acceptance": ["python -m pytest"],
    "environment": {"wherry": "0.1.0", "python": "3.11.7", "system": "Linux"},
    "started": STAMP,
    "seen": STAMP,
    "work": [{"from": STAMP, "to": STAMP, "ended_by": "stop"}],
    "items": [
        {"id": "runs", "status": "done", "closed": STAMP, "seconds": 3, "shown": ["ok"]},
        {"id": "ok", "status": "signed", "closed": STAMP, "seconds": 3, "signature": SIGNATURE},
    ],
    "verification": {
        "date": STAMP,
        "accepted": True,
        "wherry": "0.1.0",
        "python": "3.11.7",
        "checks": [{"check": "c", "passed": True, "shown": "s"}],
    },
}
SIGNOFFS = {
    "schema": 1,
    "release": "0.1.0",
    "signatures": [{"checklist": "docs", "item": "read", **SIGNATURE}],
    "waivers": [
        {
            "check": "pilots",
            "reason": "They start later.",
            "owner": "Ada",
            "expires": "2026-12-01",
            "granted": "2026-11-22",
        }
    ],
}
ANSWER = {"name": "Ada", "date": "2026-11-22", "link": "https://example.org/1", "text": "It was fixed.", "tickets": 3}
ALERT = {"id": "core/2026-W47", "team": "core", "week": "2026-W47", "tickets": 3, "limit": 2, "raised": STAMP}
ALERTS = {"schema": 1, "alerts": [{**ALERT, "keys": ["1", "2", "3"], "answer": ANSWER}]}


def some_rows():
    """The head of the support matrix and one row of each status."""
    data = load(packaged("support_matrix.yaml")).data
    rows = {row["status"]: row for row in reversed(data["features"])}
    return data | {"features": list(rows.values())}


def some_rules():
    """Of the intentional differences, one of each set of fields and kind."""
    data = beside("portal/wherry_portal/parity/intentional.yaml")
    return data | {"rules": list({(rule["kind"], *sorted(rule)): rule for rule in data["rules"]}.values())}


def beside(path):
    """A source that is no part of the package."""
    return load(find_root() / path).data


SOURCES = {
    **{name: (load(packaged(f"checklists/{name}.yaml")).data, "checklist.schema.json") for name in CHECKLISTS},
    "pilot-log": (PILOT, "pilot-log.schema.json"),
    "sign-offs": (SIGNOFFS, "release-signoffs.schema.json"),
    "support-alerts": (ALERTS, "support-alerts.schema.json"),
    "support-matrix": (some_rows(), "support-matrix.schema.json"),
    "benchmarks": (beside("benchmarks/scenarios.yaml"), "benchmarks.schema.json"),
    "budgets": (beside("benchmarks/budgets.yaml"), "budgets.schema.json"),
    "cookbook": (beside("cookbook/00_quickstart.yaml"), "cookbook.schema.json"),
    "fixture": (beside("fixtures/us1_basic_coordination.yaml"), "fixture.schema.json"),
    "intentional": (some_rules(), "parity-intentional.schema.json"),
    "rehearsal": (beside("pilots/rehearsal-agent-service.yaml"), "pilot-log.schema.json"),
}
OPEN = {
    "environment",  # names of an environment's parts are the team's own
    "where",  # fields of an event that is compared
    *("value", "part-of"),  # fields of what differs
    *("model_responses", "tool_responses", "workflow_template", "user_inputs", "expected_assertions"),  # Agno's own
}
"""Fields that hold what these schemas do not know."""
_LOG = {"acceptance", "to", "ended_by", "verification"}
OPTIONAL = {
    "pilot": {"docs", "budget_minutes", "optional"},
    "release": {"docs", "optional", "thresholds"},
    "performance": {"docs", "optional", "guidance", "hot_spots"},
    "docs": {"docs", "optional"},
    "pilot-log": _LOG,
    "sign-offs": set(),
    "support-alerts": {"answer"},
    "support-matrix": {"differences", "evidence", "served_by"},
    "benchmarks": {
        *("against", "agno_runs", "bare", "blocks", "clients", "concurrent", "db", "grows_from", "history", "kind"),
        *("parts", "payload", "rounds", "runs", "session_runs", "stream", "telemetry", "think_ms", "tokens"),
        *("tokens_per_second", "tool", "warm"),
    },
    "cookbook": {"class", "feature", "features", "reasons", "symbols"},
    "fixture": {
        *("cases", "description", "expected_assertions", "expected_events", "model_responses", "quick"),
        *("tool_responses", "user_inputs", "workflow_template"),
    },
    "intentional": {"agno", "fixtures", "where", "wherry"},
    "rehearsal": {
        *_LOG,
        *("attempts", "command", "comment", "exit_status", "finished", "processes", "rehearsal", "run_seconds"),
    },
}
"""Fields that may be missing, by source; those of a checklist's `thresholds` are not in it."""
NEEDED = {"schema", "ratios"}
"""In the budgets, the rest are names of scenarios and metrics."""
EITHER = {"command", "evidence", "link", "max", "min"}
"""One of several is needed: what holds them is named."""


def fields(data, path=()):
    """Paths of all fields (keys of mappings) in plain data."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key)
            yield from fields(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from fields(value, (*path, place))


def holder(data, path):
    for part in path[:-1]:
        data = data[part]
    return data


def without(data, path):
    """The same without one field; what the field does not lie in is not copied."""
    first, *rest = path
    left = data.copy()
    if rest:
        left[first] = without(data[first], rest)
    else:
        del left[first]
    return left


def complained(data, schema):
    """Paths complained about, each with a line that really holds it (or its surroundings)."""
    source = parse(dump_yaml(data), "f.yaml")
    found = check(source, schema)
    assert all(complaint.file == "f.yaml" and complaint.line >= 1 and complaint.message for complaint in found)
    return {complaint.field: source.text.splitlines()[complaint.line - 1] for complaint in found}


@pytest.mark.parametrize("name", SOURCES)
def test_the_sources_are_sound(name):
    data, schema = SOURCES[name]
    assert complained(data, schema) == {}


def drawn(name, data):
    """A copy of a sound source, the path of one field in it, and its schema."""
    return pickle.loads(pickled(name)), data.draw(paths(name)), SOURCES[name][1]  # noqa: S301 - what was pickled here


@cache
def pickled(name):
    """A sound source, to be copied in a tenth of the time that `deepcopy` takes."""
    return pickle.dumps(SOURCES[name][0])


@cache
def paths(name):
    return st.sampled_from(list(fields(SOURCES[name][0])))


def may_be_missing(name, path):
    if name == "budgets":
        return len(path) > 1 or path[0] not in NEEDED
    if name == "intentional" and "when" in path:
        return True  # any of its conditions, and all of them
    if name == "rehearsal" and path == ("verification", "seconds"):
        return True  # optional there, and nowhere else
    return path[-1] in OPTIONAL[name] or OPEN & set(path[:-1]) or "thresholds" in path


def named_around(name, path, wrong):
    """Whether what holds a missing field may be named in its place."""
    if name == "budgets":
        return not holder(wrong, path) or path[-1] in EITHER  # a scenario without any budget
    if name == "fixture":
        return OPEN & set(path[:-1])
    if name == "intentional" and "when" in path:
        return not holder(wrong, path)  # one condition at least
    return path[-1] in EITHER


@pytest.mark.parametrize("name", SOURCES)
def test_every_missing_field_is_named(name):
    sound, schema = SOURCES[name]
    for path in fields(sound):
        wrong = without(sound, path)
        found = complained(wrong, schema)
        if not found:
            assert may_be_missing(name, path), path
        elif dotted(path) not in found:
            assert named_around(name, path, wrong), (path, found)
            assert dotted(path[:-1]) in found, (path, found)


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=40)
@given(data=st.data(), field=st.sampled_from(["tite", "Kind", "evidnce", "x"]))
def test_an_unknown_field_is_named_on_its_own_line(name, data, field):
    wrong, path, schema = drawn(name, data)
    if OPEN & set(path[:-1]):
        return
    holder(wrong, path)[field] = "something"
    found = complained(wrong, schema)
    assert field in found[dotted((*path[:-1], field))]


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_value_of_the_wrong_type_is_named_on_its_own_line(name, data):
    wrong, path, schema = drawn(name, data)
    if OPEN & set(path):
        return
    old = holder(wrong, path)[path[-1]]
    values = [value for value in (17.5, "text", [1], {"a": 1}, None) if not isinstance(value, type(old))]
    if isinstance(old, bool):
        values = ["yes", 1]
    elif isinstance(old, int):
        values = ["text", [1], {"a": 1}, None]
    if name == "intentional" and path[-1] == "path":  # one path or a list of them
        values = [value for value in values if not isinstance(value, str)]
    holder(wrong, path)[path[-1]] = value = data.draw(st.sampled_from(values))
    found = complained(wrong, schema)
    if name == "intentional" and path[-1] == "path" and isinstance(value, list):
        assert found[dotted((*path, 0))].strip() == "- 1"  # a list of paths is allowed, and this entry is none
    else:
        assert str(path[-1]) in found[dotted(path)]


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=10)
@given(data=st.data(), values=st.lists(st.sampled_from([17.5, "text", [1], {"a": 1}, None]), min_size=1, max_size=3))
def test_what_is_sound_in_a_faulty_source_need_not_be_looked_into(name, data, values):
    """A schema by its name is asked quickly which parts are sound; one that is handed over looks at all of them."""
    wrong, schema = pickle.loads(pickled(name)), SOURCES[name][1]  # noqa: S301 - what was pickled here
    for value in values:
        path = data.draw(st.sampled_from(list(fields(wrong))))
        holder(wrong, path)[path[-1]] = value
    source = parse(dump_yaml(wrong), "f.yaml")
    whole = json.loads(packaged(f"contracts/{schema}").read_text(encoding="utf-8"))
    assert check(source, schema) == check(source, whole)


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_doubled_field_is_named_with_both_lines(name, data):
    sound, path, _ = drawn(name, data)
    text = dump_yaml(sound)
    number = parse(text, "f.yaml").line(path)
    lines = text.splitlines(keepends=True)
    key, _, _ = lines[number - 1].partition(":")
    if key.lstrip().startswith("- "):
        return  # the first field of an entry has no line of its own
    lines.insert(number - 1, f"{key}: again\n")
    with pytest.raises(SourceError) as refused:
        parse("".join(lines), "f.yaml")
    assert f"f.yaml:{number + 1}: {dotted(path)}: is given twice; first on line {number}" in str(refused.value)


def test_the_message_speaks_to_a_person():
    source = parse("schema: 1\nid: pilot\ntitle: 3\npurpose: ''\nitems: []\nextra: 1\n", "f.yaml")
    known = "budget_minutes, guidance, id, items, purpose, schema, thresholds, title"
    assert [str(complaint).removeprefix("f.yaml:") for complaint in check(source, "checklist.schema.json")] == [
        "3: title: has to be text, is 3",
        "4: purpose: must not be empty",
        "5: items: needs at least 1 entries, has 0",
        f"6: extra: is not a known field; known here: {known}",
    ]


@pytest.mark.parametrize(
    "path", sorted(packaged("contracts/checklist.schema.json").parent.glob("*.schema.json")), ids=lambda path: path.name
)
def test_every_schema_is_itself_sound(path):
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
