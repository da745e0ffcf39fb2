"""`wherry matrix` as it is typed."""

import csv
import io
import json

import pytest

from wherry_portal.cli import main
from wherry_portal.matrix import commands, compact
from wherry_portal.matrix.drift import compare, report
from wherry_portal.matrix.source import load_matrix
from wherry_portal.matrix.surface import Surface, surface
from wherry_portal.matrix.symbols import SymbolIndex
from wherry_portal.sources import packaged


def test_list_filters_by_status_and_area(capsys):
    assert main(["matrix", "list", "--status", "not_migrated", "--area", "agents", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["features"]
    assert rows
    assert {(row["status"], row["area"]) for row in rows} == {("not_migrated", "agents")}


def test_csv_has_one_line_a_row(capsys):
    assert main(["matrix", "list", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == [row.id for row in load_matrix().features]


def test_show_by_id_and_by_symbol(capsys):
    assert main(["matrix", "show", "agent.sandbox"]) == 0
    by_id = capsys.readouterr().out
    assert main(["matrix", "show", "agno.agent.Agent(sandbox)"]) == 0
    assert capsys.readouterr().out == by_id
    assert "not migrated" in by_id
    assert "/features/agent.sandbox/" in by_id


def test_show_of_an_unknown_name_offers_the_nearest(capsys):
    assert main(["matrix", "show", "agent.lerning"]) == 1
    assert "did you mean 'agent.learning'?" in capsys.readouterr().out


def test_show_of_a_parameter_that_agno_does_not_take_shows_no_row_of_its_class(capsys):
    assert main(["matrix", "show", "agno.agent.Agent(reasoning_modle)"]) == 1
    said = capsys.readouterr().out
    assert said == (
        "agno.agent.Agent of Agno 3.1.10 takes no 'reasoning_modle'; "
        "did you mean 'agno.agent.Agent(reasoning_model)'?\n"
    )
    assert main(["matrix", "show", "agno.agent.Agent(xyzzy)"]) == 1
    assert "`wherry matrix show agno.agent.Agent` shows its row" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["agno.os.settings.AgnoAPISettings(env)", "agno.run.base.RunStatus(value)"])
def test_show_denies_no_parameter_of_a_class_whose_constructor_is_not_agnos(capsys, name):
    assert main(["matrix", "show", name]) == 0
    assert "takes no" not in capsys.readouterr().out


@pytest.mark.parametrize("words", ["guardrail", "knowledge", "MCP"])
def test_search_finds_what_people_look_for(capsys, words):
    assert main(["matrix", "search", words]) == 0
    assert words.lower() in capsys.readouterr().out.lower()


def test_search_without_a_hit_fails(capsys):
    assert main(["matrix", "search", "zeppelin"]) == 1


def test_check_passes_on_the_shipped_matrix(capsys):
    assert main(["matrix", "check"]) == 0
    assert "names of Agno 3.1.10" in capsys.readouterr().out


def test_nothing_is_compiled_from_a_matrix_with_a_complaint(capsys, monkeypatch, tmp_path):
    source = packaged("support_matrix.yaml").read_text("utf-8")
    wrong, written = tmp_path / "support_matrix.yaml", tmp_path / "_matrix.json"
    wrong.write_text(source.replace("- agno.sandbox.*", "- agno.sandbok.*"), "utf-8")
    written.write_text("as it was", "utf-8")
    monkeypatch.setattr(commands, "load_matrix", lambda: load_matrix(wrong))
    monkeypatch.setattr(compact, "compact_path", lambda: written)
    assert main(["matrix", "compile"]) == 1
    said = capsys.readouterr().out
    assert "'agno.sandbok.*' of 'agent.sandbox' is not in Agno" in said
    assert f"{written} is left as it was" in said
    assert written.read_text("utf-8") == "as it was"


def test_drift_names_what_changed_and_the_rows_it_touches():
    index = SymbolIndex(load_matrix(), surface())
    here = surface()
    classes = {path: dict(record) for path, record in here.classes.items()}
    agent = dict(classes["agno.agent.agent.Agent"])
    agent["parameters"] = [
        text.replace("retries=0", "retries=2") for text in agent["parameters"] if not text.startswith("sandbox")
    ] + ["telepathy=False"]
    classes["agno.agent.agent.Agent"] = agent
    other = Surface(
        {
            "version": "9.9.9",
            "modules": here.modules | {"agno.telepathy": {"Link": "class"}},
            "private_modules": [],
            "classes": classes | {"agno.telepathy.Link": {"bases": [], "kind": "class"}},
            "functions": here.functions,
            "tables": [*here.tables, "agno_thoughts"],
            "endpoints": here.endpoints,
            "environment": here.environment,
            "events": here.events,
        }
    )
    found = compare(index, other)
    assert "agno.agent.agent.Agent(sandbox)" in found.vanished
    assert found.changed["agno.agent.agent.Agent(retries)"] == "=0 -> =2"
    assert found.rows["agent.sandbox"] == 1
    assert found.rows["agent.retries"] == 1
    assert {"agno.telepathy", "agno.telepathy.Link", "table:agno_thoughts"} <= set(found.unclassified)
    assert "agno.agent.agent.Agent(telepathy)" in found.appeared
    assert "+ agno.agent.agent.Agent(telepathy)" in report(found)


def test_nothing_drifts_against_itself():
    index = SymbolIndex(load_matrix(), surface())
    assert compare(index, surface()).is_empty
