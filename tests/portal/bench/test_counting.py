"""The hot paths in instructions: nothing has become more expensive, and a loop that has would be seen."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wherry.core.errors import ConfigurationError
from wherry_portal.bench import load_scenarios
from wherry_portal.bench.command import count_command
from wherry_portal.bench.counting import PATHS, Counted, count, faults, python, renew
from wherry_portal.bench.scenarios import load_budgets

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "benchmarks" / "scenarios.yaml"
BUDGET = load_budgets(SOURCE)["counts"]
RUNTIME = ROOT / "runtime" / "wherry"
TOLD = re.compile(r"^(\S+) +(\d+) instructions +(\d+) calls of C  a run$", re.MULTILINE)
of_this_python = pytest.mark.skipif(
    BUDGET["python"] != python(), reason="another version of Python has other instructions"
)


def scenario(name):
    return next(one for one in load_scenarios(SOURCE)[1] if one.id == name)


@of_this_python
@pytest.mark.timeout(280)
def test_no_hot_path_takes_more_than_its_budget():
    """Counted by the command of docs/performance.md, as it stands there."""
    command = ["wherry", "bench", "--count"]
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=270, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = {name: Counted(int(steps), int(calls)) for name, steps, calls in TOLD.findall(done.stdout)}
    assert set(found) == set(BUDGET["paths"]) == set(PATHS)
    assert faults(found, BUDGET) == []
    slack = {name: one.steps / BUDGET["paths"][name]["steps"] for name, one in found.items()}
    assert min(slack.values()) > 0.85, f"some paths take less now: renew with `wherry bench --count --renew`: {slack}"


@of_this_python
def test_a_loop_that_takes_a_fifth_more_is_seen(tmp_path, monkeypatch):
    """The runtime with a detour planted in its loop, beside the true one."""
    extra = BUDGET["paths"]["tool-1"]["steps"] // 5
    planted = tmp_path / "wherry"
    folder, true = planted, RUNTIME
    for part in ("core", "agent", "loop.py"):
        folder.mkdir(parents=True)
        for one in true.iterdir():
            if one.name not in {part, "__pycache__"}:
                (folder / one.name).symlink_to(one)
        folder, true = folder / part, true / part
    loop = folder
    line = "async def unseen_rounds(run: Run) -> None:\n"
    text = true.read_text(encoding="utf-8")
    assert text.count(line) == 1
    # Five instructions go round; a whole run with a tool enters `unseen_rounds` once.
    detour = f"    for _ in range({extra // 5}):\n        run.extra\n"
    loop.write_text(text.replace(line, line + detour), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = {"tool-1": count(replace(scenario("tool-1"), id="tool-1"))}
    said = faults(found, BUDGET)
    assert len(said) == 1
    assert said[0].startswith("tool-1: ")
    assert "steps a run instead of" in said[0]


@of_this_python
def test_neither_a_slow_disk_nor_the_digits_of_a_duration_change_a_count(tmp_path, monkeypatch):
    """On a clock by which each commit is slow, and each duration has more digits than whole numbers have."""
    here = count(scenario("sqlite-1"))
    # A function written in C, as the true clock is: those are counted.
    clock = "import collections, time\ntimes = (0.00031234567890123456 * count for count in range(100_000))\n"
    clock += "time.perf_counter = collections.deque(times).popleft\n"
    (tmp_path / "sitecustomize.py").write_text(clock, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    there = count(scenario("sqlite-1"))
    assert (there.steps, there.calls) == (here.steps, here.calls)


def test_what_grew_is_told_by_name_and_share():
    budget = {"python": python(), "tolerance": 0.05, "paths": {"a": {"steps": 100, "calls": 10}}}
    assert faults({"a": Counted(105, 10)}, budget) == []
    assert faults({"a": Counted(106, 10)}, budget) == ["a: 106 steps a run instead of 100 (+6 %)"]
    assert faults({"a": Counted(90, 12)}, budget) == ["a: 12 calls a run instead of 10 (+20 %)"]
    assert faults({"b": Counted(1, 1)}, budget) == ["b: has no budget"]


def test_counts_of_another_python_say_nothing():
    with pytest.raises(ConfigurationError, match=r"'2\.7'"):
        faults({}, {"python": "2.7", "tolerance": 0.05, "paths": {}})


def test_renewing_changes_the_counts_and_nothing_else(tmp_path):
    copied = Path(shutil.copy(SOURCE.with_name("budgets.yaml"), tmp_path))
    before = copied.read_text(encoding="utf-8")
    renew(tmp_path / "scenarios.yaml", {name: Counted(7, 3) for name in PATHS})
    after = load_budgets(tmp_path / "scenarios.yaml")
    assert after["counts"]["paths"] == {name: {"steps": 7, "calls": 3} for name in PATHS}
    assert after["ratios"] == load_budgets(SOURCE)["ratios"]
    assert [line for line in copied.read_text(encoding="utf-8").splitlines() if line.startswith("#")] == [
        line for line in before.splitlines() if line.startswith("#")
    ]


def test_the_command_says_which_path_grew(tmp_path, monkeypatch, capsys):
    for name in ("scenarios.yaml", "budgets.yaml"):
        shutil.copy(SOURCE.with_name(name), tmp_path)
    monkeypatch.setattr("wherry_portal.bench.counting.PATHS", ("workflow-steps",))
    renewed = count_command(tmp_path / "scenarios.yaml", renew=True)
    assert renewed == 0
    file = tmp_path / "budgets.yaml"
    steps = load_budgets(tmp_path / "scenarios.yaml")["counts"]["paths"]["workflow-steps"]["steps"]
    file.write_text(
        file.read_text(encoding="utf-8").replace(f"steps: {steps}", f"steps: {steps // 2}"), encoding="utf-8"
    )
    assert count_command(tmp_path / "scenarios.yaml", renew=False) == 1
    said = capsys.readouterr()
    assert "instructions" in said.out
    assert said.err.startswith("workflow-steps: ")
