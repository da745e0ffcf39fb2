"""`wherry bench`: the scenarios' file, ratios and their intervals, one real turn, and what a failure looks like."""

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.core.errors import ConfigurationError
from wherry_portal.bench import Measured, Scenario, load_scenarios
from wherry_portal.bench.command import choose, lines, verdict
from wherry_portal.bench.databases import databases
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.layers import layers_of, told
from wherry_portal.bench.measure import model, of_side, turn
from wherry_portal.bench.statistics import differs, ratio
from wherry_portal.bench.stub import rate
from wherry_portal.bench.verdicts import verdict as verdict_of
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
    assert next(lines("t", entry)).split()[:2] == ["t", "p95_ms"]


EVERY_KIND = {
    "import": {"kind": "import"},
    "construct": {"kind": "construct", "tool": "quick"},
    "team": {"kind": "team"},
    "workflow of agents": {"kind": "agents"},
    "workflow of functions": {"kind": "steps"},
    "slow tool": {"tool": "slow"},
    "sqlite with history": {"db": "sqlite", "history": 4},
    "postgres": {"db": "postgres"},
    "streamed at a pace": {"stream": True, "tokens_per_second": 400},
    "recorded": {"tool": "quick", "telemetry": True},
    "memory": {"kind": "memory", "tool": "quick", "runs": 20},
    "served": {"kind": "serve"},
    "served and recorded": {"kind": "serve", "telemetry": True},
    "by hand, a tool": {"bare": True, "tool": "quick"},
    "by hand, a slow tool": {"bare": True, "tool": "slow"},
    "by hand, streamed": {"bare": True, "stream": True},
    "by hand, SQLite": {"bare": True, "db": "sqlite"},
    "by hand, Postgres": {"bare": True, "db": "postgres"},
    "by hand, a team": {"bare": True, "kind": "team"},
    "by hand, two agents": {"bare": True, "kind": "agents"},
}


@pytest.mark.parametrize("made", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_scenario_runs_on_wherry(made):
    metric = {"import": "seconds", "construct": "us_per_object"}.get(made.get("kind"), "runs_per_s")
    scenario = Scenario(id="s", title="S", ratios={metric: {}}, concurrent=2, **{"runs": 4, **made})
    with model(scenario) as address, databases(scenario) as fresh, fresh() as database:
        found = turn(scenario, "bare" if scenario.bare else "wherry", address, database)
    assert found[metric] > 0
    assert found["rss_mb"] > 5
    assert ("objects_per_run" in found) == (scenario.kind == "memory")
    if scenario.kind == "construct":  # an agent, its model, its list of tools, at the least
        assert 3 <= found["parts_per_object"] < 50
    assert ("served_share" in found) == bool(scenario.tokens_per_second)
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


@pytest.mark.parametrize("runs", [3, 12])
def test_a_session_begins_with_as_many_runs_as_it_is_to_have(runs):
    scenario = Scenario(id="s", title="S", ratios={}, db="sqlite", history=runs)
    with databases(scenario) as fresh, fresh() as file, closing(sqlite3.connect(file)) as base:
        rows = base.execute("SELECT run_id, run_index, run_data FROM agno_runs ORDER BY run_index").fetchall()
    assert [index for _, index, _ in rows] == list(range(runs))
    assert len({name for name, _, _ in rows}) == runs
    assert all(json.loads(data)["run_id"] == name for name, _, data in rows)


def test_what_only_wherry_can_do_is_compared_with_wherry_without_it():
    scenario = Scenario(
        id="s",
        title="S",
        ratios={"cpu_ms_per_run": {"own_budget": {"max": 1.05}}, "grown_mb": {}},
        against="wherry",
        telemetry=True,
    )
    assert of_side(scenario, "without").telemetry is False
    assert of_side(scenario, "wherry").telemetry is True
    measured = Measured(scenario)
    for side, cpu in (("without", 2.0), ("wherry", 3.0), ("again", 3.0)):
        measured.add(side, {"cpu_ms_per_run": cpu, "grown_mb": 0.5})
    ratios = measured.entry()["ratios"]
    assert (ratios["cpu_ms_per_run"]["ratio"], ratios["cpu_ms_per_run"]["against"]) == (1.5, "wherry")
    assert (ratios["grown_mb"]["ratio"], ratios["grown_mb"]["against"]) == (0.5, "absolute")
    assert set(measured.noise()) == {"s cpu_ms_per_run"}


def test_agno_may_do_fewer_runs_of_a_turn():
    scenario = replace(TOOL, runs=100, agno_runs=7)
    assert of_side(scenario, "agno").runs == 7
    assert of_side(scenario, "wherry").runs == 100


def test_what_was_done_by_hand_is_what_wherry_is_divided_by_too():
    measured = Measured(replace(TOOL, bare=True, ratios={"p95_ms": {}, "runs_per_s": {"own_budget": {"min": 2}}}))
    for side, slow in (("agno", 30.0), ("wherry", 3.0), ("again", 3.0), ("bare", 2.0)):
        measured.add(side, {"p95_ms": slow, "runs_per_s": 1 / slow})
    by_hand = measured.entry()["by_hand"]
    assert by_hand["p95_ms"]["ratio"] == 1.5
    assert by_hand["p95_ms"]["own_budget"] == {"max": 2.0}
    assert by_hand["runs_per_s"]["own_budget"] == {"min": 0.5}
    assert {one["against"] for one in by_hand.values()} == {"bare"}


def test_an_own_budget_that_the_requests_alone_miss_is_out_of_reach():
    own = {"own_budget": {"max": 0.12}}
    bounds = {"p95_ms": own, "cpu_ms_per_run": own, "rss_mb": own, "served_share": {"own_budget": {"min": 0.92}}}
    measured = Measured(replace(TOOL, bare=True, ratios=bounds))
    for side, p95, cpu, rss, share in (
        ("agno", 100.0, 10.0, 90.0, 0.2),
        ("wherry", 30.0, 2.0, 10.0, 0.8),
        ("again", 30.0, 2.0, 10.0, 0.8),
        ("bare", 24.0, 1.0, 36.0, 0.84),
    ):
        measured.add(side, {"p95_ms": p95, "cpu_ms_per_run": cpu, "rss_mb": rss, "served_share": share})
    entry = measured.entry()
    assert {metric: one["own_verdict"] for metric, one in entry["ratios"].items()} == {
        "p95_ms": "out of reach",
        "cpu_ms_per_run": "outside",  # the requests alone take half of what it takes, and meet it
        "rss_mb": "inside",  # whatever the requests alone take
        "served_share": "out of reach",
    }
    assert entry["limits"]["p95_ms"] == {"ratio": 0.24, "low": 0.24, "high": 0.24, "samples": 1, "against": "agno"}
    assert (entry["limits"]["served_share"]["ratio"], entry["limits"]["served_share"]["against"]) == (0.84, "absolute")
    assert entry["by_hand"]["cpu_ms_per_run"]["own_verdict"] == "inside"
    written = {line.split()[1]: line for line in lines("t", entry) if "divided" not in line}
    assert written["p95_ms"].endswith("our own ≤ 0.12 out of reach; by hand 0.240 [0.240, 0.240]")
    assert written["cpu_ms_per_run"].endswith("our own ≤ 0.12 outside")


def test_a_limit_that_is_on_both_sides_of_a_budget_takes_nothing_out_of_reach():
    high, wide = {"ratio": 0.3, "low": 0.2, "high": 0.4}, {"ratio": 0.13, "low": 0.1, "high": 0.2}
    assert verdict_of(high, {"max": 0.12}, wide) == "outside"
    assert verdict_of(wide, {"max": 0.12}, high) == "out of reach"
    assert verdict_of(wide, {"max": 0.12}) == "undecided"
    assert verdict_of(wide, {"max": 0.2}, high) == "inside"


def test_growth_is_told_from_a_smaller_scenario():
    small, large = Measured(TOOL), Measured(TOOL)
    small.add("wherry", {"p50_ms": 2.0, "cpu_ms_per_run": 1.0})
    large.add("wherry", {"p50_ms": 2.2, "cpu_ms_per_run": 1.1})
    assert large.grown(small)["p50_ms"]["ratio"] == pytest.approx(1.1)
    assert large.grown(small)["cpu_ms_per_run"]["against"] == "wherry"


def test_equal_sides_are_called_different_in_at_most_one_of_twenty_comparisons():
    """A tenth of spread from turn to turn is more than processor time shows on a busy machine."""
    random = Random(1)

    def turns_of_a_side():
        return [random.lognormvariate(0, 0.1) for _ in range(5)]

    alarms = [differs(ratio(turns_of_a_side(), turns_of_a_side())) for _ in range(400)]
    assert sum(alarms) / len(alarms) <= 0.05


def test_a_fifth_more_is_called_different():
    ours, other = [1.21, 1.24, 1.19, 1.2, 1.22], [1.0, 1.02, 0.99, 1.01, 1.0]
    assert differs(ratio(ours, other))
    assert differs(ratio(other, ours))
    assert not differs(ratio(ours, ours))


def test_the_scripted_model_says_how_fast_it_is():
    found = rate(0.2)
    assert found["requests_per_s"] > 100
    assert found["tokens_per_s"] > 1000


def test_where_a_run_goes_is_told_by_layer(monkeypatch):
    monkeypatch.setattr(sys.modules[layers_of.__module__], "RUNS", 1000)
    found = layers_of(replace(TOOL, bare=True))
    assert found.samples > 10
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.shares["client"] > 0
    assert found.bare_us > 0
    said = list(told(found))
    assert said[0].startswith("t: ")
    assert any("HTTP client" in line for line in said)


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
