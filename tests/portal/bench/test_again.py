"""`wherry bench --against`: two recorded runs, and the budgets that they judge differently."""

import json
import re
from pathlib import Path

import pytest

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.command import against_command
from wherry_portal.evidence.results import load_file
from wherry_portal.pages.benchmarks import benchmarks_page
from wherry_portal.sources import SourceError

RECORDED = Path(__file__).resolve().parents[3] / "results" / "bench.json"


@pytest.fixture
def earlier(tmp_path):
    """Writes a copy of the recorded run, changed."""

    def write(change):
        data = json.loads(RECORDED.read_bytes())
        change(data)
        path = tmp_path / "earlier.json"
        path.write_text(json.dumps(data))
        return path

    return write


def moved(one, by):
    for name in ("ratio", "low", "high"):
        one[name] *= by


def test_the_same_run_gets_the_same_verdicts(capsys):
    assert against_command(RECORDED, RECORDED) == 0
    first, specified, own, ratios = capsys.readouterr().out.splitlines()
    assert first.startswith("bench.json of 20")
    for line, whose in ((specified, "the specification's"), (own, "our own")):
        told, _, rest = line.partition(" budgets: ")
        same, total = rest.split(" get ")[0].split(" of ")
        assert (told, same) == (whose, total)
        assert int(total) > 20
    assert re.fullmatch(r"0 of \d\d+ ratios differ by more than both intervals allow", ratios)


def test_a_budget_of_the_specification_judged_differently_is_shown_and_counts(earlier, capsys):
    path = earlier(lambda data: moved(data["scenarios"]["tool-100"]["ratios"]["p95_ms"], 20))
    assert against_command(path, RECORDED) == 1
    said = capsys.readouterr().out
    assert "; 1 outside in the first, inside in the second\n" in said
    assert "  tool-100 p95_ms ≤ 0.7: outside (" in said
    assert "), then inside (" in said
    assert "1 of" in said.rpartition(" ratios differ")[0].rpartition("\n")[2]
    assert said.splitlines()[-1].startswith("  tool-100 p95_ms: ")


def test_a_budget_that_is_no_longer_met_is_told_from_one_that_is_met_only_now(earlier, tmp_path, capsys):
    now = earlier(lambda data: moved(data["scenarios"]["tool-100"]["ratios"]["p95_ms"], 20)).rename(tmp_path / "n.json")
    assert against_command(RECORDED, now) == 1
    said = capsys.readouterr().out
    assert "; 1 inside in the first, outside in the second\n" in said


def test_two_ways_to_miss_a_budget_are_told_apart(earlier, tmp_path, capsys):
    def missed(data):
        scenario = data["scenarios"]["tool-100"]
        scenario["ratios"]["cpu_ms_per_run"].update(ratio=0.3, low=0.28, high=0.32)
        scenario["limits"]["cpu_ms_per_run"].update(ratio=0.05, low=0.04, high=0.06)

    def out_of_reach(data):
        missed(data)
        data["scenarios"]["tool-100"]["limits"]["cpu_ms_per_run"].update(ratio=0.2, low=0.19, high=0.21)

    now = earlier(out_of_reach).rename(tmp_path / "now.json")
    assert against_command(earlier(missed), now, ["tool-100"]) == 0
    said = capsys.readouterr().out
    assert "; 1 outside in both, in one of them out of reach\n" in said
    assert "  tool-100 cpu_ms_per_run ≤ 0.12: outside (0.300 [0.280, 0.320]), then out of reach (0.300 [0.2" in said


def test_the_comparison_is_recorded_and_shown(earlier, tmp_path, capsys):
    def other(data):
        data.update(commit="0" * 40, date="2026-11-24T08:00:00Z")
        moved(data["scenarios"]["tool-100"]["ratios"]["p95_ms"], 20)

    (tmp_path / "results").mkdir()
    assert against_command(earlier(other), RECORDED, root=tmp_path) == 1
    assert "written: results/bench-against.json\n" in capsys.readouterr().out
    against = load_file(tmp_path / "results" / "bench-against.json", "against")  # as its schema has it
    assert against.data["command"] == "wherry bench --against earlier.json"
    assert [one["name"] for one in against.data["apart"]] == ["tool-100 p95_ms"]
    changed = [(one["name"], one["kind"], one["change"]) for one in against.data["budgets"] if one["change"] != "same"]
    assert ("tool-100 p95_ms", "budget", "met only now") in changed
    bench = load_file(RECORDED, "bench")
    page = benchmarks_page(bench, against=against)
    section = page[page.index("## Two whole runs") :]
    assert 'ended <span class="kept">2026-11-24 08:00</span> UTC, commit `000000000000`' in section
    assert f"commit `{bench.stamp.commit[:12]}`" in section
    assert "their code differs" in section
    assert re.search(r"\| The specification's \| \d+ \| 0 \| 1 \| 0 \|", section)
    assert "1 ratio apart" in section
    assert "From `results/bench-against.json`, made by `wherry bench --against earlier.json` on" in section
    assert "is not the run that this page shows" not in section
    later = load_file(earlier(lambda data: data.update(date="2026-12-24T08:00:00Z")), "bench")
    assert "The second is not the run that this page shows." in benchmarks_page(later, against=against)
    assert "## Two whole runs" not in benchmarks_page(bench)


def test_a_ratio_that_moves_inside_its_budget_is_no_difference(earlier):
    assert (
        against_command(earlier(lambda data: moved(data["scenarios"]["tool-100"]["ratios"]["p95_ms"], 1.1)), RECORDED)
        == 0
    )


def test_our_own_bars_are_shown_and_do_not_count(earlier, tmp_path, capsys):
    def met(data):
        data["scenarios"]["tool-100"]["by_hand"]["cpu_ms_per_run"].update(ratio=1.5, low=1.4, high=1.6)

    now = earlier(met).rename(tmp_path / "now.json")
    path = earlier(lambda data: data["scenarios"]["tool-100"]["by_hand"]["cpu_ms_per_run"].update(low=2, high=3))
    assert against_command(path, now) == 0
    said = capsys.readouterr().out
    assert "  tool-100 cpu_ms_per_run, by hand ≤ 2: undecided (" in said
    assert "verdict in both; 1 undecided in one of the two, its interval on both sides of the bound\n" in said


def test_what_else_may_lie_behind_a_difference_is_told(earlier, capsys):
    def other(data):
        data.update(commit="0" * 40, dirty=True)
        data["machine"]["cores"] = 96
        data["versions"]["python"] = "3.12.1"
        del data["scenarios"]["tool-100"]["ratios"]["p95_ms"]

    now = json.loads(RECORDED.read_bytes())
    assert against_command(earlier(other), RECORDED) == 0
    assert capsys.readouterr().out.splitlines()[1:5] == [
        f"  their code differs, 0000000 with changes and then {now['commit'][:7]}: a verdict may have changed with it",
        f"  their machines differ in cores: 96, then {now['machine']['cores']}",
        f"  their machines differ in python: 3.12.1, then {now['versions']['python']}",
        "  1 ratios stand in the second of them only and are not compared",
    ]


def test_a_run_that_was_not_measured_in_blocks_is_told_from_one_that_was(earlier, tmp_path, capsys):
    def without(data):
        for scenario in data["scenarios"].values():
            for one in scenario["ratios"].values():
                one.pop("blocks", None)

    def within(data):
        without(data)
        data["scenarios"]["tool-100"]["ratios"]["p95_ms"]["blocks"] = 24

    now = earlier(within).rename(tmp_path / "now.json")
    assert against_command(earlier(without), now) == 0
    assert "  one of them measured in blocks by turns, the other did not" in capsys.readouterr().out
    assert against_command(now, now) == 0
    assert "in blocks by turns" not in capsys.readouterr().out


def test_the_page_tells_how_many_processes_and_blocks_a_ratio_is_from(earlier):
    def measured(data):
        ratios = data["scenarios"]["tool-100"]["ratios"]
        ratios["p95_ms"].update(samples=6, blocks=24)
        ratios["rss_mb"].update(samples=6, blocks=6)
        data["scenarios"]["import"]["ratios"]["seconds"].update(samples=6, blocks=6)

    page = benchmarks_page(load_file(earlier(measured), "bench"))
    assert "Measured in 6 processes of each side, 24 blocks in turns." in page
    assert "Measured in 6 processes of each side." in page


def test_scenarios_that_are_named_are_compared_alone(earlier, capsys):
    path = earlier(lambda data: moved(data["scenarios"]["tool-100"]["ratios"]["p95_ms"], 20))
    assert against_command(path, RECORDED, ["tool-10"]) == 0
    assert "budgets: 2 of 2 get" in capsys.readouterr().out
    assert against_command(path, RECORDED, ["tool-10", "tool-100"]) == 1


def test_runs_beside_two_releases_of_agno_are_not_compared(earlier):
    path = earlier(lambda data: data["versions"].update(agno="3.1.9"))
    with pytest.raises(ConfigurationError, match=r"measured beside Agno '3\.1\.9'"):
        against_command(path, RECORDED)


def test_runs_with_nothing_alike_are_refused(earlier):
    with pytest.raises(ConfigurationError, match="share no scenario with a budget"):
        against_command(earlier(lambda data: data.update(scenarios={})), RECORDED)


def test_a_file_that_is_no_result_or_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="there is no file"):
        against_command(tmp_path / "nowhere.json", RECORDED)
    (tmp_path / "other.json").write_text("[1]")
    with pytest.raises(SourceError, match=r"other\.json"):
        against_command(tmp_path / "other.json", RECORDED)
