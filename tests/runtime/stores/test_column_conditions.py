"""`wherry.db.filter_converter`: conditions on tables of SQLAlchemy find what Agno 3.1.10's find."""

from __future__ import annotations

from datetime import datetime

import pytest

from wherry.db.filter_converter import DATETIME_COLUMNS, MAX_FILTER_DEPTH, TRACE_COLUMNS, filter_expr_to_sqlalchemy
from wherry.filters import CONTAINS, EQ, GT, GTE, IN, LT, LTE, NEQ, NOT, STARTSWITH

sqlalchemy = pytest.importorskip("sqlalchemy")
ROWS = [
    {"trace_id": "a", "name": "Ebb", "duration_ms": 5, "start_time": "2026-01-01T10:00:00+00:00"},
    {"trace_id": "b", "name": "ebb_100%", "duration_ms": 50, "start_time": "2026-01-02T10:00:00+00:00"},
    {"trace_id": "c", "name": "Flood", "duration_ms": 500, "start_time": "2026-01-03T10:00:00+00:00"},
]


@pytest.fixture
def found():
    engine = sqlalchemy.create_engine("sqlite://")
    columns = [sqlalchemy.Column(name, sqlalchemy.String) for name in ("trace_id", "name", "start_time")]
    table = sqlalchemy.Table(
        "tides", sqlalchemy.MetaData(), *columns, sqlalchemy.Column("duration_ms", sqlalchemy.Integer)
    )
    table.metadata.create_all(engine)

    def find(condition, allowed=TRACE_COLUMNS):
        told = condition if isinstance(condition, dict) else condition.to_dict()
        with engine.begin() as connection:
            connection.execute(table.delete())
            connection.execute(table.insert(), ROWS)
            wanted = sqlalchemy.select(table.c.trace_id).where(filter_expr_to_sqlalchemy(told, table, allowed))
            return "".join(sorted(connection.execute(wanted).scalars()))

    yield find
    engine.dispose()


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (EQ("name", "Ebb"), "a"),
        (NEQ("name", "Ebb"), "bc"),
        (GT("duration_ms", 50), "c"),
        (GTE("duration_ms", 50), "bc"),
        (LT("duration_ms", 50), "a"),
        (LTE("duration_ms", 50), "ab"),
        (CONTAINS("name", "BB"), "ab"),
        (CONTAINS("name", "0%"), "b"),
        (CONTAINS("name", "b_1"), "b"),
        (STARTSWITH("name", "flo"), "c"),
        (STARTSWITH("name", "%"), ""),
        (IN("trace_id", ["a", "c", "x"]), "ac"),
        (IN("trace_id", []), ""),
        (EQ("name", "Ebb") | EQ("name", "Flood"), "ac"),
        (CONTAINS("name", "ebb") & GT("duration_ms", 5), "b"),
        (NOT(CONTAINS("name", "ebb")), "c"),
        (GTE("start_time", "2026-01-02T15:00:00+05:00"), "bc"),
        (IN("start_time", ["2026-01-01T11:00:00+01:00"]), "a"),
        (LT("start_time", datetime.fromisoformat("2026-01-02T10:00:00+00:00")), "a"),
        (EQ("start_time", "yesterday"), ""),
    ],
)
def test_a_condition_finds_what_it_says(found, condition, ids):
    assert found(condition) == ids


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"op": "EQ", "key": "tide", "value": 1}, "Invalid filter field: 'tide'"),
        ({"op": "IN", "key": "tide", "values": [1]}, "Invalid filter field: 'tide'"),
        ({"op": "EQ", "key": "name"}, "EQ filter requires 'key' and 'value'"),
        ({"op": "IN", "key": "name"}, "IN filter requires 'key' and 'values'"),
        ({"op": "AND", "conditions": []}, "AND filter requires 'conditions'"),
        ({"op": "OR"}, "OR filter requires 'conditions'"),
        ({"op": "NOT"}, "NOT filter requires 'condition'"),
        ({"op": "LIKE", "key": "name", "value": "x"}, "Unknown filter operator: 'LIKE'"),
        ({"key": "name"}, "Invalid filter"),
    ],
)
def test_a_faulty_condition_is_refused(found, told, problem):
    with pytest.raises(ValueError, match=problem):
        found(told)


def test_levels_are_counted(found):
    condition = EQ("name", "Ebb")
    for _ in range(MAX_FILTER_DEPTH):
        condition = NOT(condition)
    assert found(condition) == "a"
    with pytest.raises(ValueError, match="maximum nesting depth of 10"):
        found(NOT(condition))


def test_without_allowed_columns_every_column_of_the_table_may_be_named(found):
    assert found(EQ("trace_id", "a"), None) == found(EQ("trace_id", "a"), set()) == "a"
    assert DATETIME_COLUMNS < TRACE_COLUMNS
    assert len(TRACE_COLUMNS) == 13


@pytest.mark.parametrize("condition", [CONTAINS("name", "Ebb"), STARTSWITH("name", "Ebb")])
def test_texts_are_found_in_any_case_also_where_like_tells_cases_apart(condition):
    table = sqlalchemy.Table("tides", sqlalchemy.MetaData(), sqlalchemy.Column("name", sqlalchemy.String))
    asked = filter_expr_to_sqlalchemy(condition.to_dict(), table).compile()
    assert "lower(tides.name)" in str(asked)
    assert list(asked.params.values()) == ["ebb"]
