"""The interval of a ratio covers the truth as often as it says, on machines that change while they measure."""

from math import exp, log
from random import Random
from statistics import fmean, median

import pytest

from wherry_portal.bench.blocks import joined, quantiles
from wherry_portal.bench.statistics import alone, differs, leaves_out_one, ratio, student

TRUE = 0.12
TIMES, FEWER = 300, 150
ROUNDS = 6

# How much differs from process to process and from block to block (standard deviations), and how many blocks there are.
MACHINES = {
    "the luck of a process is all": (0.08, 0.01, 4),
    "the luck of a block is all": (0.0, 0.15, 4),
    "both": (0.05, 0.1, 4),
    "one block": (0.05, 0.1, 1),
}


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch):
    monkeypatch.setattr("wherry_portal.bench.statistics.RESAMPLES", 240)


class Machine:
    """Its speed drifts from block to block, at times by half, and a neighbour holds up one block in ten."""

    def __init__(self, seed):
        self.random, self.speed = Random(seed), 0.0

    def block(self, cost, process, noise):
        self.speed = 0.99 * self.speed + self.random.gauss(0, 0.5 if self.random.random() < 0.05 else 0.02)
        held_up = self.random.expovariate(2) if self.random.random() < 0.1 else 0.0
        return cost * exp(self.speed + process + self.random.gauss(0, noise) + held_up)

    def rounds(self, cost, process, noise, blocks, count=2):
        """Sides in turns, of which each but the last costs so much of the last."""
        sides = [[] for _ in range(count)]
        for _ in range(ROUNDS):
            luck = [self.random.gauss(0, process) for _ in sides]
            said = [[] for _ in sides]
            for _ in range(blocks):
                for side in self.random.sample(range(count), count):
                    said[side].append(self.block(1.0 if side == count - 1 else cost, luck[side], noise))
            for side, its in zip(sides, said, strict=True):
                side.append(its)
        return sides


@pytest.mark.parametrize(("process", "noise", "blocks"), MACHINES.values(), ids=MACHINES)
def test_the_interval_covers_the_truth_while_the_machine_drifts(process, noise, blocks):
    machine = Machine(5)
    found = [ratio(*machine.rounds(TRUE, process, noise, blocks)) for _ in range(TIMES)]
    assert sum(one["low"] <= TRUE <= one["high"] for one in found) / TIMES >= 0.93
    assert fmean(one["ratio"] for one in found) == pytest.approx(TRUE, rel=0.03)


def test_two_processes_of_one_side_tell_more_than_one_and_no_less_often_the_truth():
    machine, alone, together = Machine(13), [], []
    for _ in range(TIMES):
        ours, more, theirs = machine.rounds(TRUE, 0.08, 0.05, 3, count=3)
        alone.append(ratio(ours, theirs))
        pairs = [[(one, other) for one, other in zip(*blocks, strict=True)] for blocks in zip(ours, more, strict=True)]
        together.append(ratio(pairs, theirs))
    assert sum(one["low"] <= TRUE <= one["high"] for one in together) / TIMES >= 0.93
    widths = [fmean(log(one["high"] / one["low"]) for one in found) for found in (together, alone)]
    assert widths[0] < widths[1]


@pytest.mark.parametrize(("process", "noise", "blocks"), list(MACHINES.values())[:3], ids=list(MACHINES)[:3])
def test_equal_sides_are_called_different_in_at_most_one_of_twenty_comparisons(process, noise, blocks):
    machine = Machine(7)
    found = [ratio(*machine.rounds(1.0, process, noise, blocks)) for _ in range(TIMES)]
    assert sum(map(differs, found)) / TIMES <= 0.05
    assert sum(map(leaves_out_one, found)) / TIMES <= 0.07


def test_blocks_in_turns_tell_more_than_sides_one_after_the_other():
    """The same number of blocks, less than half as wide an interval: what slows both sides cancels."""
    machine = Machine(9)
    in_turns = [ratio(*machine.rounds(TRUE, 0.02, 0.05, 4)) for _ in range(60)]
    apart = []
    for _ in range(60):
        sides = [[[machine.block(cost, 0, 0.05) for _ in range(4)]] for _ in range(ROUNDS) for cost in (TRUE, 1.0)]
        apart.append(ratio([one[0] for one in sides[0::2]], [one[0] for one in sides[1::2]]))

    def width(found):
        return fmean(one["high"] / one["low"] - 1 for one in found)

    assert width(in_turns) < 0.5 * width(apart)


def test_a_fifth_more_is_called_different():
    ours, other = [[1.21], [1.24], [1.19], [1.2], [1.22]], [[1.0], [1.02], [0.99], [1.01], [1.0]]
    assert differs(ratio(ours, other))
    assert differs(ratio(other, ours))
    assert not differs(ratio(ours, ours))


def test_a_number_by_itself_has_an_interval_too():
    random = Random(3)
    for processes in (2, 3, 6):
        found = [alone([[random.gauss(5, 1)] for _ in range(processes)]) for _ in range(TIMES)]
        assert sum(one["low"] <= 5 <= one["high"] for one in found) / TIMES >= 0.92
    assert alone([[0.0], [0.0]])["high"] == 0


def test_one_process_is_judged_by_its_blocks():
    found = ratio([[1.0, 2.0, 4.2]], [[1.0, 1.0, 2.0]])
    assert found["ratio"] == pytest.approx(2)
    assert found["low"] < 1
    assert found["high"] > 3
    assert not differs(found)


def test_fewer_processes_need_a_wider_interval():
    spreads = [student(freedom) for freedom in (1, 4, 5, 10, 11, 1000)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-2:] == pytest.approx([2.201, 1.962], rel=0.002)  # as tables have it


def test_a_quantile_of_few_runs_is_compared_with_one_of_as_few():
    """Of skewed latencies the largest of 20 is more than the 95th percentile of 200."""
    random, windows, whole = Random(4), [], []
    for _ in range(300):
        runs = [random.lognormvariate(0, 1) for _ in range(220)]
        few = quantiles(runs[:20], 0.95, 20)[0]
        windows.append(fmean(log(one / few) for one in quantiles(runs[20:], 0.95, 20)))
        whole.append(log(quantiles(runs[20:], 0.95, 200)[0] / few))
    assert sorted(windows)[150] == pytest.approx(0, abs=0.1)
    assert sorted(whole)[150] < -0.08


def slow_now_and_then(random, cost, count):
    """Latencies of which one in fifteen is twice as long: the 95th percentile is now one of them, now of the rest."""
    return [cost * exp(random.gauss(0, 0.1)) * (2 if random.random() < 0.065 else 1) for _ in range(count)]


def quantiles_of_rounds(random, blocks=3):
    """Blocks of 200 runs on one side and of 40 on the other, in windows of 40."""
    sides = [], []
    for _ in range(ROUNDS):
        for side, (cost, count) in enumerate(((TRUE, 200), (1.0, 40))):
            said = [quantiles(slow_now_and_then(random, cost, count), 0.95, 40) for _ in range(blocks)]
            sides[side].append(said)
    return sides


def test_a_side_with_more_runs_is_no_better_off_where_slow_runs_lie_near_the_quantile():
    random = Random(6)
    sides = [quantiles_of_rounds(random) for _ in range(FEWER)]
    found = [ratio(*both) for both in sides]
    assert fmean(log(one["ratio"] / TRUE) for one in found) == pytest.approx(0, abs=0.02)
    assert sum(one["low"] <= TRUE <= one["high"] for one in found) / len(found) >= 0.93
    medians = [[[median(block) for block in blocks] for blocks in ours] for ours, _ in sides]
    assert {len(block) for ours, _ in sides for blocks in ours for block in blocks} == {5}
    told = [ratio(ours, theirs) for ours, (_, theirs) in zip(medians, sides, strict=True)]
    assert fmean(log(one["ratio"] / TRUE) for one in told) > 0.03  # what the medians of windows come to


class Core:
    """A core whose neighbour makes it slower by two thirds for a while, and then not, as on virtual machines."""

    def __init__(self, seed):
        self.random, self.slow, self.left = Random(seed), False, 0.0

    def takes(self, cost):
        """Seconds that something takes which needs so many of a core that nobody disturbs."""
        took = 0.0
        while cost > 0:
            if self.left <= 0:
                self.slow = not self.slow
                self.left = self.random.expovariate(1 / 0.2 if self.slow else 1 / 0.6)
            pace = 1.65 if self.slow else 1.0
            step = min(cost * pace, self.left)
            self.left, cost, took = self.left - step, cost - step / pace, took + step
        return took

    def measured(self, parts, blocks=3):
        """Blocks of 0.4 s on one side and 0.2 s on the other, in so many parts by turns."""
        sides = [], []
        for _ in range(ROUNDS):
            luck = [exp(self.random.gauss(0, 0.02)) for _ in range(2)]
            said = [], []
            for _ in range(blocks * parts):
                for side in self.random.sample(range(2), 2):
                    took = self.takes((0.2, 0.4)[side] / parts) * luck[side]
                    said[side].append({"cpu": took * (TRUE, 0.5)[side]})
            for side in range(2):
                sides[side].append([block["cpu"] for block in joined(said[side], parts)])
        return sides


def test_parts_by_turns_tell_more_than_whole_blocks_and_no_less_often_the_truth():
    core, found = Core(3), {}
    for parts in (1, 10):
        found[parts] = [ratio(*core.measured(parts)) for _ in range(FEWER)]
        assert sum(one["low"] <= TRUE <= one["high"] for one in found[parts]) / FEWER >= 0.93
        assert fmean(one["ratio"] for one in found[parts]) == pytest.approx(TRUE, rel=0.02)
    width = {parts: fmean(log(one["high"] / one["low"]) for one in each) for parts, each in found.items()}
    assert width[10] < 0.5 * width[1]
