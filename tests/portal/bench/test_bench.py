"""`wherry bench`: the scenarios' file, ratios and their intervals, one real turn, and what a failure looks like."""

import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.core.errors import ConfigurationError
from wherry_portal.bench import Measured, Scenario, load_scenarios
from wherry_portal.bench.command import choose, lines, verdict
from wherry_portal.bench.databases import databases
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.measure import model, turn
from wherry_portal.bench.statistics import ratio
from wherry_portal.sources import SourceError

ROOT = Path(__file__).resolve().parents[3]
TOOL = Scenario(id="t", title="A tool", ratios={"p95_ms": {"budget": {"max": 0.7}}}, runs=3, concurrent=2, tool="quick")
values = st.lists(st.floats(0.1, 1000), min_size=2, max_size=9)


def test_our_own_scenarios_are_sound():
    rounds, scenarios = load_scenarios(ROOT / "benchmarks" / "scenarios.yaml")
    assert rounds >= 2
    assert {scenario.concurrent for scenario in scenarios} >= {1, 100}
    assert len({scenario.id for scenario in scenarios}) == len(scenarios)


def test_a_broken_file_names_line_and_field(tmp_path):
    path = tmp_path / "scenarios.yaml"
    path.write_text("schema: 1\nscenarios:\n  - {id: A B, title: x, ratios: {speed: {}}}\n")
    with pytest.raises(SourceError, match="scenarios"):
        load_scenarios(path)


@given(values, values)
def test_a_ratio_lies_in_its_interval_and_turns_over(ours, theirs):
    found = ratio(ours, theirs)
    assert found["low"] <= found["high"]
    assert min(ours) / max(theirs) <= found["ratio"] <= max(ours) / min(theirs)
    assert found["samples"] == len(ours)


@given(values)
def test_equal_values_give_one(same):
    assert ratio(same, same)["ratio"] == 1


@pytest.mark.parity
@pytest.mark.parametrize("scenario", [TOOL, replace(TOOL, tool="", stream=True)], ids=["tool", "stream"])
def test_a_turn_runs_for_real_on_both_runtimes(scenario):
    measured = Measured(scenario)
    with model(scenario) as address:
        for side, runtime in (("agno", "agno"), ("wherry", "wherry"), ("again", "wherry")):
            measured.add(side, turn(scenario, runtime, address))
    entry = measured.entry()
    assert entry["ratios"]["p95_ms"]["budget"] == {"max": 0.7}
    assert 0 < entry["measured"]["wherry"]["rss_mb"] < entry["measured"]["agno"]["rss_mb"]
    assert set(measured.noise()) == {"t p95_ms"}
    assert "t            p95_ms" in next(lines("t", entry))


EVERY_KIND = {
    "import": {"kind": "import"},
    "construct": {"kind": "construct", "tool": "quick"},
    "team": {"kind": "team"},
    "workflow of agents": {"kind": "agents"},
    "workflow of functions": {"kind": "steps"},
    "slow tool": {"tool": "slow"},
    "sqlite with history": {"db": "sqlite", "history": 4},
    "postgres": {"db": "postgres"},
    "by hand, a tool": {"bare": True, "tool": "quick"},
    "by hand, streamed": {"bare": True, "stream": True},
}


@pytest.mark.parametrize("made", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_scenario_runs_on_wherry(made):
    metric = {"import": "seconds", "construct": "us_per_object"}.get(made.get("kind"), "runs_per_s")
    scenario = Scenario(id="s", title="S", ratios={metric: {}}, runs=4, concurrent=2, **made)
    with model(scenario) as address, databases(scenario) as fresh, fresh() as database:
        found = turn(scenario, "bare" if scenario.bare else "wherry", address, database)
    assert found[metric] > 0
    assert found["rss_mb"] > 5
    if "tokens_per_s" in found:
        pieces = 40 if scenario.stream else 1
        assert found["tokens_per_s"] == pytest.approx(found["runs_per_s"] * pieces)


def test_a_turn_finds_nothing_of_the_turn_before():
    scenario = Scenario(id="s", title="S", ratios={}, db="sqlite", history=2)
    counts = []
    with databases(scenario) as fresh:
        for _ in range(2):
            with fresh() as file, closing(sqlite3.connect(file)) as base:
                counts.append(base.execute("SELECT count(*) FROM agno_runs").fetchone()[0])
                base.execute("DELETE FROM agno_runs")
                base.commit()
    assert counts == [2, 2]


def test_a_runtime_that_is_not_there_is_a_clear_error():
    with model(TOOL) as address, pytest.raises(BenchError, match="failed on nothing_like_it"):
        turn(TOOL, "nothing_like_it", address)


def test_a_wrong_answer_is_no_measurement(monkeypatch):
    other = replace(TOOL, tool="")
    with model(other) as address:
        monkeypatch.setattr(sys.modules[turn.__module__], "answer_of", lambda _: "something else")
        with pytest.raises(BenchError, match="instead of"):
            turn(other, "wherry", address)


def test_names_choose_scenarios():
    assert choose([TOOL], ()) == [TOOL]
    assert choose([TOOL], ("t",)) == [TOOL]
    with pytest.raises(ConfigurationError, match="'u'"):
        choose([TOOL], ("u",))


def test_the_verdict_uses_the_whole_interval():
    inside = {"ratios": {"p95_ms": {"ratio": 0.5, "low": 0.4, "high": 0.6, "budget": {"max": 0.7}}}}
    outside = {"ratios": {"p95_ms": {"ratio": 0.6, "low": 0.4, "high": 0.8, "budget": {"max": 0.7}}}}
    assert verdict({"a": inside}) == 0
    assert verdict({"a": inside, "b": outside}) == 1
    assert verdict({"a": inside, "b": {"ratios": {}, "error": "x"}}) == 2
