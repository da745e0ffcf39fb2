"""The rows of support_matrix.yaml against the reference, the schema, and the compact form."""

import copy
import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.matrix.compact import compact_path, compile_matrix
from wherry_portal.matrix.coverage import complaints, unclassified
from wherry_portal.matrix.signatures import find_gaps
from wherry_portal.matrix.source import load_matrix
from wherry_portal.matrix.surface import surface
from wherry_portal.matrix.symbols import SymbolIndex
from wherry_portal.sources import SourceError, dump_yaml, packaged


@pytest.fixture(scope="module")
def index():
    matrix = load_matrix()
    return SymbolIndex(matrix, surface(matrix.version))


def test_every_public_name_of_agno_belongs_to_a_row(index):
    assert unclassified(index) == []


def test_no_row_speaks_of_something_agno_does_not_have_and_none_is_claimed_twice(index):
    assert [str(complaint) for complaint in complaints(load_matrix(), index)] == []


def test_the_compact_form_is_fresh(index):
    assert compact_path().read_text("utf-8") == compile_matrix(load_matrix(), index)


def test_an_unclassified_name_is_noticed(index, tmp_path):
    source = packaged("support_matrix.yaml").read_text("utf-8")
    path = tmp_path / "support_matrix.yaml"
    path.write_text(source.replace("      - agno.sandbox.*\n", ""), "utf-8")
    smaller = load_matrix(path)
    found = [str(complaint) for complaint in complaints(smaller, SymbolIndex(smaller, surface()))]
    assert any("no row speaks of 'agno.sandbox.base.Sandbox'" in line for line in found)


def test_a_row_that_matches_nothing_is_noticed(tmp_path):
    source = packaged("support_matrix.yaml").read_text("utf-8")
    path = tmp_path / "support_matrix.yaml"
    path.write_text(source.replace("- agno.sandbox.*", "- agno.sandbok.*"), "utf-8")
    wrong = load_matrix(path)
    found = [str(complaint) for complaint in complaints(wrong, SymbolIndex(wrong, surface()))]
    assert any("'agno.sandbok.*' of 'agent.sandbox' is not in Agno 3.1.10" in line for line in found)


@pytest.mark.parametrize(
    ("symbol", "row"),
    [
        ("agno.agent.Agent(learning)", "agent.learning"),
        ("agno.agent.agent.Agent(learning)", "agent.learning"),
        ("agno.agent.Agent(model)", "agent.model"),
        ("agno.agent.Agent.run", "agent.run"),
        ("agno.agent.Agent.arun(background)", "agent.background-runs"),
        ("agno.tools.Toolkit", "tool.toolkit"),
        ("agno.tools.yfinance.YFinanceTools.get_company_info", "toolkit.yfinance"),
        ("agno.tools.yfinance.YFinanceTools.add_instructions", "toolkit.yfinance"),
        ("agno.models.openai.OpenAIResponses", "model.openai-responses"),
        ("agno.models.openai.chat.OpenAIChat", "model.openai-chat"),
        ("agno.models.groq.Groq(cache_response)", "model.response-cache"),
        ("agno.eval.accuracy.AccuracyEval", "eval.accuracy"),
        ("agno.agent._run", "other.private"),
        ("agno.agent.Agent._anything", "other.private"),
        ("table:agno_runs", "storage.tables"),
        ("endpoint:POST /agents/{agent_id}/runs", "os.agent-runs"),
        ("endpoint:GET /schedules", "os.scheduler"),
        ("env:AGNO_TELEMETRY", "telemetry.phone-home"),
        ("agno.agent.Nope", None),
        ("agno.tools.nope", None),
        ("env:HOME", None),
    ],
)
def test_the_most_specific_row_wins(index, symbol, row):
    found = index.feature_for(symbol)
    assert (found.id if found else None) == row


def valid():
    return {
        "schema": 1,
        "reference": {"package": "agno", "version": "3.1.10"},
        "features": [
            {
                "id": "agent.core",
                "title": "Agent",
                "area": "agents",
                "symbols": ["agno.agent.Agent"],
                "status": "limited",
                "reason": "r",
                "limits": "l",
                "fallback": "f",
                "since": "0.1",
                "evidence": ["test:tests/a.py::*"],
            }
        ],
    }


def refused(tmp_path, data):
    path = tmp_path / "m.yaml"
    path.write_text(dump_yaml(data), "utf-8")
    with pytest.raises(SourceError) as error:
        load_matrix(path)
    return [str(complaint) for complaint in error.value.complaints]


def changed(**values):
    data = copy.deepcopy(valid())
    for key, value in values.items():
        if value is None:
            del data["features"][0][key]
        else:
            data["features"][0][key] = value
    return data


def test_a_valid_matrix_is_read(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(dump_yaml(valid()), "utf-8")
    row = load_matrix(path)["agent.core"]
    assert (row.status, row.limits, row.symbols, row.blocks) == ("limited", "l", ("agno.agent.Agent",), False)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"limits": None}, "limits"),
        ({"fallback": None}, "fallback"),
        ({"since": None}, "since"),
        ({"planned": "0.2"}, "planned"),
        ({"status": "planned"}, "planned"),
        ({"status": "not_migrated"}, "since"),
        ({"status": "available"}, "limits"),
        ({"status": "maybe"}, "status"),
        ({"area": "agent"}, "area"),
        ({"id": "Agent Core"}, "id"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["crewai.Agent"]}, "symbols[0]"),
        ({"symbols": ["agno.agent.Agent", "agno.agent.Agent"]}, "symbols"),
        ({"evidence": ["trust me"]}, "evidence[0]"),
        ({"since": 0.1}, "since"),
        ({"served_by": "openai"}, "served_by"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_fault_names_file_line_and_field(tmp_path, values, field):
    found = refused(tmp_path, changed(**values))
    assert any("m.yaml:" in line and f"features[0].{field}" in line for line in found), found


def test_agno_may_serve_limited_rows_only(tmp_path):
    data = changed(status="available", limits=None, fallback=None, served_by="agno")
    assert any("features[0].served_by" in line for line in refused(tmp_path, data))


def test_an_id_is_used_once(tmp_path):
    data = valid()
    data["features"].append(copy.deepcopy(data["features"][0]))
    assert any("'agent.core' is already used in line" in line for line in refused(tmp_path, data))


@given(field=st.sampled_from(sorted(valid()["features"][0])), data=st.data())
def test_a_value_of_the_wrong_type_never_passes(field, data, tmp_path_factory):
    wrong = data.draw(
        st.one_of(
            st.integers(-(10**6), 10**6),
            st.booleans(),
            st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=2),
        )
    )
    assert refused(tmp_path_factory.mktemp("m"), changed(**{field: wrong}))


def test_the_compact_form_holds_every_row():
    compact = json.loads(compact_path().read_text("utf-8"))
    assert [row[0] for row in compact["features"]] == [row.id for row in load_matrix().features]


@pytest.mark.timeout(180)
def test_nothing_that_a_row_says_wherry_has_is_missing(index):
    assert [str(gap) for gap in find_gaps(index, load_matrix().features)] == []


def test_a_row_that_claims_what_wherry_lacks_is_told_of_a_packages_exports_and_of_what_a_module_alone_defines(index):
    rows = [row for row in load_matrix().features if row.id in {"agent.factory", "telemetry.api-client"}]
    assert all(row.blocks for row in rows)
    lacking = {
        gap.symbol for gap in find_gaps(index, tuple(dataclasses.replace(row, status="available") for row in rows))
    }
    assert {"agno.agent.AgentFactory", "agno.api.agent.create_agent_run"} <= lacking
    assert "agno.agent.factory.AgentFactory" not in lacking  # imported from the package, which exports it
