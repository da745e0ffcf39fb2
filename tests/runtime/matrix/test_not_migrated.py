"""What the runtime says about features of Agno that it does not have."""

import importlib
import importlib.util
import subprocess
import sys
import warnings

import pytest

from wherry.core import matrix
from wherry.core.errors import NotMigratedError, NotMigratedModule


def test_the_most_specific_row_answers():
    assert matrix.feature_for("agno.agent.Agent(learning)").id == "agent.learning"
    assert matrix.feature_for("agno.eval.accuracy.AccuracyEval").id == "eval.accuracy"
    assert matrix.feature_for("agno.tools.yfinance").served_by == "agno"
    assert matrix.feature_for("agno.agent.Nope") is None
    assert matrix.feature_for("agno.nope") is None


def test_a_refused_parameter_names_feature_fallback_and_page():
    with pytest.raises(NotMigratedError) as refused:
        matrix.unknown_parameter("agno.agent.Agent", "sandbox", object(), ["model"])
    error = refused.value
    assert (error.code, error.feature) == ("not_migrated", "agent.sandbox")
    assert error.docs.endswith("/features/agent.sandbox/")
    assert "Agent(sandbox=…)" in str(error)
    assert error.fallback in str(error)


@pytest.mark.parametrize("value", [None, False])
def test_a_value_that_asks_for_nothing_passes(value):
    matrix.unknown_parameter("agno.agent.Agent", "skills", value, ["model"])


def test_agnos_own_default_passes():
    matrix.unknown_parameter("agno.agent.Agent", "add_learnings_to_context", True, ["model"])


def test_a_planned_parameter_names_the_version(monkeypatch):
    rows = [
        row._replace(status="planned", planned="0.2") if row.id == "agent.sandbox" else row for row in matrix.features()
    ]
    monkeypatch.setattr(matrix, "_compact", matrix._read() | {"features": rows})
    with pytest.raises(NotMigratedError, match=r"Planned for 0.2"):
        matrix.unknown_parameter("agno.agent.Agent", "sandbox", object(), [])


def test_a_name_unknown_to_both_is_a_type_error_with_the_nearest_name():
    with pytest.raises(TypeError, match="Did you mean 'instructions'"):
        matrix.unknown_parameter("agno.agent.Agent", "instrutions", "x", ["model", "instructions"])


def test_a_name_of_an_earlier_agno_points_at_its_successor():
    with pytest.raises(TypeError, match="Use 'db'"):
        matrix.unknown_parameter("agno.agent.Agent", "storage", object(), ["model"])


def test_importing_a_leaf_that_stays_agnos_says_to_keep_the_import():
    with pytest.raises(NotMigratedModule, match=r"keep the import from 'agno.tools.yfinance'") as refused:
        importlib.import_module("wherry.tools.yfinance")
    assert isinstance(refused.value, ModuleNotFoundError)
    assert refused.value.name == "wherry.tools.yfinance"


def test_importing_a_feature_that_is_not_migrated_names_its_page():
    with pytest.raises(NotMigratedModule, match=r"features/agent\.sandbox/"):
        importlib.import_module("wherry.sandbox")


def test_a_module_unknown_to_both_is_an_ordinary_import_error():
    with pytest.raises(ModuleNotFoundError) as refused:
        importlib.import_module("wherry.zeppelin")
    assert not isinstance(refused.value, NotMigratedModule)
    assert importlib.util.find_spec("wherry.zeppelin") is None


def test_a_thin_module_answers_for_names_that_only_agno_has():
    lookup = matrix.module_getattr("wherry.agent", "agno.agent")
    with pytest.raises(NotMigratedError, match=r"agent\.factory"):
        lookup("AgentFactory")
    with pytest.raises(AttributeError, match=r"'wherry.agent' has no attribute 'Zeppelin'"):
        lookup("Zeppelin")
    with pytest.raises(AttributeError):
        lookup("__path__")


def test_the_finder_is_installed_once():
    matrix.install_finder()
    matrix.install_finder()
    assert sum(isinstance(finder, matrix.NotMigratedFinder) for finder in sys.meta_path) == 1


def test_an_unresolved_file_says_so_when_it_is_imported():
    with pytest.warns(
        RuntimeWarning, match=r"jobs still runs on Agno, unresolved: eval\.accuracy.*features/eval\.accuracy/"
    ):
        matrix.unresolved("jobs", "eval.accuracy")


def test_importing_the_runtime_reads_no_matrix():
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; import wherry.core.matrix as m; assert not m._compact; "
        "assert not {'json', 'yaml', 'difflib', 'typing_extensions'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-S", "-c", code], check=True, timeout=60)


def test_every_row_of_the_compact_form_is_whole():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = matrix.features()
    assert matrix.reference() == "agno 3.1.10"
    assert {row.status for row in rows} <= {"available", "limited", "planned", "not_migrated"}
    assert [row.id for row in rows if (row.status == "planned") != bool(row.planned)] == []
    assert [row.id for row in rows if row.status != "available" and not row.fallback] == []
