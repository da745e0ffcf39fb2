"""`wherry bench --alike`: Wherry against itself, many times."""

import sys
from contextlib import nullcontext
from dataclasses import replace
from itertools import cycle
from random import Random

import pytest

from wherry.core.errors import ConfigurationError
from wherry_portal.bench.command import alike_command, bench_command
from wherry_portal.bench.measure import measure
from wherry_portal.bench.scenarios import Scenario
from wherry_portal.bench.turns import Turn
from wherry_portal.evidence.results import load_file

ONE = Scenario(id="t", title="T", ratios={"p95_ms": {}, "runs_per_s": {}, "grown_mb": {}}, tool="quick", bare=True)


@pytest.fixture
def processes(monkeypatch):
    """Takes the place of the measured processes: a function gives what each says, of the two sides in turns."""
    asked = []

    def use(values):
        class Said:
            ready = part = staticmethod(lambda: None)
            end = staticmethod(lambda: Turn(values()))

        def instead(scenario, runtime, *_):
            asked.append((scenario.against, runtime))
            return nullcontext(Said())

        monkeypatch.setattr(sys.modules[measure.__module__], "process", instead)
        monkeypatch.setattr(sys.modules[measure.__module__], "model", lambda _: nullcontext("http://127.0.0.1:9"))
        return asked

    return use


def test_equal_sides_are_rarely_called_different(processes, capsys):
    random = Random(2)

    def values():
        spread = random.lognormvariate(0, 0.05)
        return {"p95_ms": spread, "runs_per_s": 1 / spread, "grown_mb": 1.0}

    asked = processes(values)
    assert alike_command([ONE], 20, 5) == 0
    told = capsys.readouterr()
    assert told.out.startswith("Wherry against itself: 40 comparisons, 0 call the two different, ")
    assert "t: 20 of 20" in told.err
    assert set(asked) == {("", "wherry")}  # nobody else is measured
    assert len(asked) == 20 * 5 * 2


def test_a_machine_that_changes_under_way_is_told(processes, capsys):
    slow = cycle([1.0, 2.0])

    def values():
        time = next(slow)
        return {"p95_ms": time, "runs_per_s": 1 / time, "grown_mb": 1.0}

    processes(values)
    assert alike_command([ONE], 1, 4) == 1
    first, *alarms = capsys.readouterr().out.splitlines()
    assert first == "Wherry against itself: 2 comparisons, 2 call the two different, 2 intervals leave out 1"
    assert [line.split()[:2] for line in alarms] == [["t", "p95_ms"], ["t", "runs_per_s"]]


def test_a_scenario_in_which_nothing_is_compared_shows_nothing(processes, capsys):
    processes(lambda: {"grown_mb": 1.0})
    assert alike_command([replace(ONE, ratios={"grown_mb": {}})], 1, 4) == 1
    assert capsys.readouterr().out.startswith("Wherry against itself: 0 comparisons")


def test_twenty_measurements_are_recorded_and_fewer_are_not(processes, tmp_path, capsys):
    processes(lambda: {"p95_ms": 1.0, "runs_per_s": 1.0, "grown_mb": 1.0})
    (tmp_path / "results").mkdir()
    written = tmp_path / "results" / "alike.json"
    assert alike_command([ONE], 19, 2, tmp_path) == 0
    assert not written.exists()
    assert alike_command([ONE], 20, 2, tmp_path) == 0
    assert "written: results/alike.json" in capsys.readouterr().out
    found = load_file(written, "alike")  # as its schema has it
    assert found.data["command"] == "wherry bench --alike 20 --rounds 2"
    assert (found.data["times"], found.data["rounds"], len(found.data["comparisons"])) == (20, 2, 40)
    assert found.data["comparisons"][0] == {"name": "t p95_ms", "ratio": 1.0, "low": 1.0, "high": 1.0}
    assert "agno" not in found.stamp.versions  # it took no part
    assert alike_command([ONE], 20, 2) == 0  # scenarios of one's own are told and not recorded
    assert "written" not in capsys.readouterr().out


def test_it_needs_a_number_of_times():
    with pytest.raises(ConfigurationError, match="0 measurements"):
        bench_command(alike=0)
