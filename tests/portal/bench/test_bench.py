"""`wherry bench`: the scenarios' file, ratios and their intervals, one real turn, and what a failure looks like."""

import json
import re
import shlex
import sqlite3
import sys
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.core.errors import ConfigurationError
from wherry_portal.bench import Measured, Scenario, load_scenarios
from wherry_portal.bench.blocks import joined
from wherry_portal.bench.blocks import values as values_of
from wherry_portal.bench.command import choose, lines, verdict
from wherry_portal.bench.databases import databases
from wherry_portal.bench.errors import BenchError
from wherry_portal.bench.layers import WORDS, layers_of, told
from wherry_portal.bench.measure import measure, model, of_side
from wherry_portal.bench.statistics import ratio
from wherry_portal.bench.stub import rate
from wherry_portal.bench.turns import Turn, turn
from wherry_portal.bench.verdicts import verdict as verdict_of
from wherry_portal.cli import main
from wherry_portal.sources import SourceError

ROOT = Path(__file__).resolve().parents[3]
TOOL = Scenario(id="t", title="A tool", ratios={"p95_ms": {"budget": {"max": 0.7}}}, runs=3, concurrent=2, tool="quick")
values = st.lists(st.floats(0.1, 1000), min_size=2, max_size=9)
pairs = st.lists(st.tuples(st.floats(0.1, 1000), st.floats(0.1, 1000)), min_size=2, max_size=9)


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


@given(pairs)
def test_a_ratio_lies_in_its_interval_and_turns_over(both):
    ours, theirs = zip(*both, strict=True)
    found, other_way = ratio([[one] for one in ours], [[one] for one in theirs]), ratio([theirs], [ours])
    assert found["low"] <= found["ratio"] <= found["high"]
    of_rounds = [one / other for one, other in both]
    assert min(of_rounds) * 0.999 <= found["ratio"] <= max(of_rounds) * 1.001
    assert (found["samples"], found["blocks"]) == (len(ours), len(ours))
    one_process = ratio([ours], [theirs])
    assert one_process["ratio"] * other_way["ratio"] == pytest.approx(1)
    assert (one_process["samples"], one_process["blocks"]) == (1, len(ours))


@given(values)
def test_equal_values_give_one(same):
    assert ratio([[one] for one in same], [[one] for one in same])["ratio"] == 1


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
    "by hand, functions": {"bare": True, "kind": "steps"},
    "recorded by hand": {"bare": True, "tool": "quick", "telemetry": True},
}


@pytest.mark.parametrize("made", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_scenario_runs_on_wherry(made):
    metric = {"import": "seconds", "construct": "us_per_object"}.get(made.get("kind"), "runs_per_s")
    scenario = Scenario(id="s", title="S", ratios={metric: {}}, concurrent=2, **{"runs": 4, **made})
    with model(scenario) as address, databases(scenario) as fresh, fresh() as database:
        said = turn(scenario, "bare" if scenario.bare else "wherry", address, database)
    found = {metric: each[0][0] for metric, each in values_of(said, scenario.window).items()}
    assert found[metric] > 0
    assert found["rss_mb"] > 5
    assert ("mean_rss_mb" in found) == (scenario.kind not in {"import", "construct"})
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
        measured.add(side, Turn({"cpu_ms_per_run": cpu, "grown_mb": 0.5}))
    ratios = measured.entry()["ratios"]
    assert (ratios["cpu_ms_per_run"]["ratio"], ratios["cpu_ms_per_run"]["against"]) == (pytest.approx(1.5), "wherry")
    assert (ratios["grown_mb"]["ratio"], ratios["grown_mb"]["against"]) == (0.5, "absolute")
    assert set(measured.noise()) == {"s cpu_ms_per_run"}


def test_what_telemetry_by_hand_takes_is_the_limit_of_telemetry():
    bounds = {"cpu_ms_per_run": {"own_budget": {"max": 1.05}}, "runs_per_s": {"own_budget": {"min": 0.95}}}
    measured = Measured(replace(TOOL, against="wherry", telemetry=True, bare=True, ratios=bounds))
    for side, cpu, rate_of in (
        ("without", 2.0, 100.0),
        ("wherry", 3.0, 70.0),
        ("again", 3.0, 70.0),
        ("bare", 2.4, 98.0),
    ):
        measured.add(side, Turn({"cpu_ms_per_run": cpu, "runs_per_s": rate_of}))
    entry = measured.entry()
    limits = {metric: (one["ratio"], one["against"]) for metric, one in entry["limits"].items()}
    assert limits == {"cpu_ms_per_run": (pytest.approx(1.2), "wherry"), "runs_per_s": (pytest.approx(0.98), "wherry")}
    assert entry["ratios"]["cpu_ms_per_run"]["own_verdict"] == "out of reach"
    assert entry["ratios"]["runs_per_s"]["own_verdict"] == "outside"  # by hand it is met
    assert "by_hand" not in entry  # twice of what is mostly Wherry's own says nothing
    assert set(measured.noise()) == {"t cpu_ms_per_run", "t runs_per_s"}


def test_the_share_of_a_core_is_held_by_itself():
    """The specification asks for less than 75 % at 100 runs at a time, whatever Agno takes."""
    scenarios = {one.id: one for one in load_scenarios(ROOT / "benchmarks" / "scenarios.yaml")[1]}
    bounds = {"cpu_percent": scenarios["think-100"].ratios["cpu_percent"]}
    measured = Measured(replace(TOOL, ratios=bounds, bare=True))
    for side, share in (("agno", 98.0), ("wherry", 60.0), ("again", 60.0), ("bare", 47.0)):
        measured.add(side, Turn({}, [{"cpu": share, "wall": 100.0}] * 2))
    found = measured.entry()
    assert found["ratios"]["cpu_percent"]["ratio"] == pytest.approx(60)
    assert found["ratios"]["cpu_percent"]["budget"] == {"max": 75}
    assert verdict({"think-100": found}) == 0
    assert "by_hand" not in found


def test_agno_may_do_fewer_runs_of_a_turn():
    scenario = replace(TOOL, runs=100, agno_runs=7)
    assert of_side(scenario, "agno").runs == 7
    assert of_side(scenario, "wherry").runs == 100


def test_what_was_done_by_hand_is_what_wherry_is_divided_by_too():
    measured = Measured(replace(TOOL, bare=True, ratios={"p95_ms": {}, "runs_per_s": {"own_budget": {"min": 2}}}))
    for side, slow in (("agno", 30.0), ("wherry", 3.0), ("again", 3.0), ("bare", 2.0)):
        measured.add(side, Turn({"p95_ms": slow, "runs_per_s": 1 / slow}))
    by_hand = measured.entry()["by_hand"]
    assert by_hand["p95_ms"]["ratio"] == pytest.approx(1.5)
    assert by_hand["p95_ms"]["own_budget"] == {"max": 2.0}
    assert by_hand["runs_per_s"]["own_budget"] == {"min": 0.5}
    assert {one["against"] for one in by_hand.values()} == {"bare"}


def test_functions_called_by_hand_are_a_limit_and_no_bound():
    bounds = {"cpu_ms_per_run": {"own_budget": {"max": 0.12}}}
    measured = Measured(replace(TOOL, bare=True, kind="steps", ratios=bounds))
    for side, cost in (("agno", 30.0), ("wherry", 5.0), ("again", 5.0), ("bare", 1.0)):
        measured.add(side, Turn({"cpu_ms_per_run": cost}))
    entry = measured.entry()
    assert entry["limits"]["cpu_ms_per_run"]["ratio"] == pytest.approx(1 / 30)
    assert entry["by_hand"]["cpu_ms_per_run"]["ratio"] == pytest.approx(5)
    assert not {"own_budget", "own_verdict"} & entry["by_hand"]["cpu_ms_per_run"].keys()
    assert entry["ratios"]["cpu_ms_per_run"]["own_verdict"] == "outside"  # by hand it is well within reach


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
        measured.add(side, Turn({"p95_ms": p95, "cpu_ms_per_run": cpu, "rss_mb": rss, "served_share": share}))
    entry = measured.entry()
    assert {metric: one["own_verdict"] for metric, one in entry["ratios"].items()} == {
        "p95_ms": "out of reach",
        "cpu_ms_per_run": "outside",  # the requests alone take half of what it takes, and meet it
        "rss_mb": "inside",  # whatever the requests alone take
        "served_share": "out of reach",
    }
    limit = {"ratio": 0.24, "low": 0.24, "high": 0.24, "samples": 1, "blocks": 1, "against": "agno"}
    assert entry["limits"]["p95_ms"] == pytest.approx(limit)
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


def test_blocks_at_the_same_place_are_compared_and_a_disturbed_one_moves_nothing():
    """The machine is half as fast in the second block of each process; a neighbour holds up one block of one side."""
    measured = Measured(replace(TOOL, agno_runs=2, ratios={"cpu_ms_per_run": {}}))
    for disturbed in (1.0, 9.0):
        for side, cost in (("agno", 1.0), ("wherry", 0.2), ("again", 0.2)):
            blocks = [{"cpu": cost * slow, "runs": 10, "wall": 1.0} for slow in (1.0, 2.0, 1.5)]
            blocks[2]["cpu"] *= disturbed if side == "wherry" else 1
            measured.add(side, Turn({}, blocks))
    found = measured.entry()["ratios"]["cpu_ms_per_run"]
    assert (found["samples"], found["blocks"]) == (2, 6)
    assert [found[name] for name in ("ratio", "low", "high")] == pytest.approx([0.2, 0.2, 0.2])


def test_both_processes_of_wherry_count():
    measured = Measured(replace(TOOL, bare=True, ratios={"cpu_ms_per_run": {"own_budget": {"max": 1}}}))
    for side, cost in (("agno", 1.0), ("wherry", 0.1), ("again", 0.4), ("bare", 0.1)):
        measured.add(side, Turn({}, [{"cpu": cost * slow, "runs": 10} for slow in (1.0, 2.0, 9.0)]))
    found = measured.entry()
    assert found["ratios"]["cpu_ms_per_run"]["ratio"] == pytest.approx(0.2)  # the geometric mean
    assert found["by_hand"]["cpu_ms_per_run"]["ratio"] == pytest.approx(2)
    assert measured.noise()["t cpu_ms_per_run"]["ratio"] == pytest.approx(4)


def test_quantiles_are_of_as_many_runs_on_both_sides():
    def said(runs):
        return Turn({}, [{"seconds": [(number % 20) / 1000 for number in range(runs)]}] * 3)

    scenario = replace(TOOL, runs=200, agno_runs=20)
    for side in ("wherry", "agno"):
        found = values_of(said(of_side(scenario, side).runs), scenario.window)
        windows = of_side(scenario, side).runs // 20
        assert [len(block) for block in found["p95_ms"]] == [windows] * 3
        assert found["p95_ms"][0] == pytest.approx([19.0] * windows)
    # A block of five has no 95th percentile: there, and for p99, it is that of all blocks of the process together.
    short = values_of(said(5), 5)
    assert (len(short["p50_ms"]), len(short["p95_ms"]), len(short["p99_ms"])) == (3, 1, 1)


def test_a_process_measures_block_after_block():
    scenario = replace(TOOL, tool="", runs=6, blocks=3, concurrent=2, db="sqlite", session_runs=2)
    with model(scenario) as address, databases(scenario) as fresh, fresh() as file:
        said = turn(scenario, "wherry", address, file)
        with closing(sqlite3.connect(file)) as base:
            kept = base.execute("SELECT session_id, count(*) FROM agno_runs GROUP BY session_id ORDER BY 1").fetchall()
    assert [block["runs"] for block in said.blocks] == [6, 6, 6]
    assert said.whole["rss_mb"] > 5
    # Nine runs of each lane, two in a session; the warm-up has a session of its own.
    lanes = [(f"lane-{lane}-{number}", 2 if number < 4 else 1) for lane in range(2) for number in range(5)]
    assert [row for row in kept if row[0] != "warm-up"] == lanes


def test_a_block_is_what_its_parts_come_to_together():
    parts = [{"seconds": [number], "cpu": 0.5, "runs": 1} for number in range(6)]
    assert joined(parts, 3) == [
        {"seconds": [0, 1, 2], "cpu": 1.5, "runs": 3},
        {"seconds": [3, 4, 5], "cpu": 1.5, "runs": 3},
    ]
    assert joined(parts, 1) == parts


@pytest.mark.parametrize(
    ("runs", "agno_runs", "parts", "told"),
    [
        (400, 200, 5, []),
        (400, 100, 5, ["agno_runs: a block of 100 ends within a session of 10 runs of a lane"]),
        (400, 200, 3, ["runs: 400 of a block are not as many", "agno_runs: 200 of a block are not as many"]),
    ],
)
def test_sides_have_whole_sessions_and_parts_in_a_block(runs, agno_runs, parts, told):
    """With half a session in a block, one side's runs have less history behind them than the other's."""
    lanes = {"runs": runs, "agno_runs": agno_runs, "parts": parts, "concurrent": 20, "session_runs": 10}
    faults = Scenario(id="s", title="S", ratios={}, db="sqlite", **lanes).faults
    assert [fault[: len(line)] for fault, line in zip(faults, told, strict=True)] == told


def test_scenarios_whose_blocks_cannot_be_cut_are_refused(tmp_path):
    for name in ("scenarios.yaml", "budgets.yaml"):
        (tmp_path / name).write_text((ROOT / "benchmarks" / name).read_text().replace("parts: 5", "parts: 7"))
    with pytest.raises(ConfigurationError, match=r"'tool-1' in scenarios\.yaml: runs: 200 of a block are not as many"):
        load_scenarios(tmp_path / "scenarios.yaml")


def test_sides_take_turns_part_by_part(monkeypatch):
    asked = []

    class Said:
        def __init__(self, runs):
            self.runs = runs

        def ready(self):
            asked.append("ready")

        def part(self):
            asked.append(self.runs)

        def end(self):
            return Turn({"p95_ms": 1.0})

    module = sys.modules[measure.__module__]
    monkeypatch.setattr(module, "process", lambda scenario, *_: nullcontext(Said(scenario.runs)))
    monkeypatch.setattr(module, "model", lambda _: nullcontext("http://127.0.0.1:9"))
    measure(replace(TOOL, runs=40, agno_runs=20, blocks=2, parts=2), 2)
    for begin in (0, 15):
        assert asked[begin : begin + 3] == ["ready"] * 3
        for part in range(4):
            place = begin + 3 + 3 * part
            assert sorted(asked[place : place + 3]) == [20, 40, 40]


def test_growth_is_told_from_a_smaller_scenario():
    small, large = Measured(TOOL), Measured(TOOL)
    small.add("wherry", Turn({"p50_ms": 2.0, "cpu_ms_per_run": 1.0}))
    large.add("wherry", Turn({"p50_ms": 2.2, "cpu_ms_per_run": 1.1}))
    assert large.grown(small)["p50_ms"]["ratio"] == pytest.approx(1.1)
    assert large.grown(small)["cpu_ms_per_run"]["against"] == "wherry"


def test_the_scripted_model_says_how_fast_it_is():
    found = rate(0.2)
    assert found["requests_per_s"] > 100
    assert found["tokens_per_s"] > 1000


@pytest.mark.timeout(280)
def test_where_a_run_goes_is_told_by_layer(monkeypatch, capsys):
    """By the command of docs/performance.md, as it stands there; in this process, whose lines are measured."""
    monkeypatch.chdir(ROOT)
    assert main(shlex.split("wherry bench --where tool-1")[1:]) == 0
    done = capsys.readouterr()
    assert done.err == "tool-1: 2,000 runs, one after the other, then by hand\n"
    first, second, *layers = done.out.splitlines()
    found = re.fullmatch(r"tool-1: ([\d,]+) us of processor time a run, ([\d,]+) samples", first)
    whole, samples = (int(number.replace(",", "")) for number in found.groups())
    assert samples > 10
    by_hand = re.fullmatch(r" +([\d,]+) us +the same requests by hand", second)
    assert int(by_hand[1].replace(",", "")) > 0
    shares = {what: (int(us.replace(",", "")), float(share)) for us, share, what in map(_layer, layers)}
    assert shares.keys() <= set(WORDS.values())
    assert sum(share for _, share in shares.values()) == pytest.approx(100, abs=0.05 * len(shares) + 0.01)
    assert sum(us for us, _ in shares.values()) == pytest.approx(whole, abs=len(shares))
    assert shares["HTTP client"][1] > 0


@pytest.mark.parametrize(
    ("changes", "runs", "by_hand", "said"),
    [
        ({"kind": "steps", "tool": ""}, 2000, True, r" +\d+ us +the same functions by hand"),
        ({"telemetry": True, "against": "wherry"}, 100, False, "    of the run alone, without what telemetry adds"),
    ],
)
def test_layers_name_what_was_done_by_hand_and_what_was_not_sampled(monkeypatch, changes, runs, by_hand, said):
    monkeypatch.setattr(sys.modules[layers_of.__module__], "RUNS", runs)
    begun = []
    layers = layers_of(replace(TOOL, bare=True, **changes), begun.append)
    assert begun == [f"t: {runs:,} runs, one after the other{', then by hand' * by_hand}"]
    assert (layers.bare_us > 0) == by_hand
    found = list(told(layers))
    assert re.fullmatch(said, found[1])
    assert all(map(_layer, found[2:]))


def _layer(line):
    return re.fullmatch(r" +([\d,]+) us +([\d.]+) %  (.+)", line).groups()


def test_a_runtime_that_is_not_there_is_a_clear_error():
    with model(TOOL) as address, pytest.raises(BenchError, match="failed on nothing_like_it"):
        turn(TOOL, "nothing_like_it", address)


def test_what_goes_wrong_at_the_very_end_is_no_measurement(tmp_path, monkeypatch):
    """As an event of telemetry that was lost, which is known once all are written."""
    tell = "print('{}', flush=True)"
    (tmp_path / "turn.py").write_text(f"{tell}; import sys; sys.stdin.readline(); {tell}; sys.exit('1 lost')")
    monkeypatch.setattr(sys.modules[turn.__module__], "CHILDREN", tmp_path)
    with pytest.raises(BenchError, match="failed on wherry: 1 lost"):
        turn(replace(TOOL, kind="import"), "wherry", "http://127.0.0.1:9")


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
