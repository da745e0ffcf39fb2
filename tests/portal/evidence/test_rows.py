from evidence_kit import currency, write

from wherry_portal.evidence import Evidence, judge_rows, load_results
from wherry_portal.matrix.model import Feature


def row(name, status="available", *evidence):
    return Feature(id=name, title=name, area="other", symbols=("agno",), status=status, evidence=evidence)


def test_each_row_gets_its_cell_and_a_selector_is_judged_once(tmp_path):
    write(tmp_path, "tests", {"tests": {"tests/a.py::one": {"outcome": "passed", "seconds": 0}}})
    asked = []

    def signature(selector):
        asked.append(str(selector))
        return Evidence(str(selector), "passed", "equal")

    rows = [
        row("a.proven", "available", "test:tests/a.py::*"),
        row("a.bare", "available"),
        row("a.signed", "limited", "test:tests/a.py::*", "signature:agno.agent.Agent"),
        row("a.twice", "available", "signature:agno.agent.Agent"),
        row("a.later", "planned"),
    ]
    results = load_results(tmp_path)
    cells = judge_rows(rows, results, currency(), {"signature": signature})
    assert [cell.shown for cell in cells.values()] == ["available", "unverified", "limited", "available", "planned"]
    assert asked == ["signature:agno.agent.Agent"]
    assert cells["a.proven"].evidence[0].versions["wherry"]


def test_a_kind_that_nobody_judges_is_missing(tmp_path):
    cells = judge_rows([row("a.b", "available", "signature:agno.agent.Agent")], load_results(tmp_path), currency())
    assert cells["a.b"].shown == "unverified"
