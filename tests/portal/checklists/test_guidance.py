import shutil

import pytest
from evidence_kit import write
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.checklists import load_checklist
from wherry_portal.checklists.guidance import SUGGESTIONS, entries, off_by, write_guidance
from wherry_portal.evidence.results import load_file
from wherry_portal.sources import load, packaged


def ratio(value, **budget):
    return {"ratio": value, "low": value, "high": value, "budget": budget}


def bench(tmp_path, **metrics):
    path = write(tmp_path, "bench", {"scenarios": {"one-tool": {"ratios": metrics}}})
    return load_file(path, "bench")


@pytest.mark.parametrize(
    ("value", "budget", "off"),
    [
        (0.7, {"max": 0.7}, 0),
        (0.77, {"max": 0.7}, 0.1),
        (0.3, {"max": 0.7}, 0),
        (0.81, {"min": 0.9}, 0.1),
        (2, {"min": 0.9}, 0),
    ],
)
def test_how_far_a_ratio_is_off(value, budget, off):
    assert off_by(ratio(value, **budget)) == pytest.approx(off)


@given(st.floats(0.01, 10), st.floats(0.01, 10))
def test_only_what_is_more_than_a_tenth_off_calls_for_guidance(value, budget):
    off = off_by(ratio(value, max=budget))
    assert (off > 0.1) == (value > budget and value / budget - 1 > 0.1 + 1e-12) or off == pytest.approx(0.1)


def test_the_profile_travels_with_the_guidance_and_the_file_stays_its_authors(tmp_path):
    path = tmp_path / "performance.yaml"
    shutil.copy(packaged("checklists/performance.yaml"), path)
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    file = bench(tmp_path, p95=ratio(0.9, max=0.7), rss_mean=ratio(0.5, max=0.75), tokens_per_s=ratio(0.5, min=0.9))
    assert write_guidance(path, file, {"one-tool": ["json 41 %", "loop 12 %"]}) == 2
    checklist = load_checklist(path)
    assert [(one["metric"], one["off_percent"]) for one in checklist.guidance] == [
        ("p95", 28.6),
        ("tokens_per_s", 44.4),
    ]
    assert checklist.guidance[0]["hot_spots"] == ["json 41 %", "loop 12 %"]
    assert "stream" in checklist.guidance[1]["suggestions"][0]
    assert [line for line in path.read_text().splitlines() if line.startswith("#")] == comments
    assert write_guidance(path, file) == 2
    assert load_checklist(path).guidance[0]["hot_spots"] == ["json 41 %", "loop 12 %"]


def test_a_metric_without_a_budget_calls_for_nothing(tmp_path):
    assert list(entries(bench(tmp_path, p95={"ratio": 9, "low": 9, "high": 9}))) == []


def test_each_metric_with_a_budget_has_advice_of_its_own():
    budgets = load(packaged("benchmarks/budgets.yaml")).data["ratios"]
    held = {metric for metrics in budgets.values() for metric, one in metrics.items() if "budget" in one}
    assert {metric for metric in held if not metric.startswith(tuple(SUGGESTIONS))} == set()
    assert [word for word in SUGGESTIONS if not any(metric.startswith(word) for metric in held)] == []


def test_advice_names_the_scenario_and_what_is_written_is_not_called_slow(tmp_path):
    file = bench(tmp_path, p95_ms=ratio(0.9, max=0.7), written_kb_per_run=ratio(2, max=1), other=ratio(2, max=1))
    advice = {one["metric"]: " ".join(one["suggestions"]) for one in entries(file)}
    assert "`wherry bench --where one-tool`" in advice["p95_ms"]
    assert "written twice" in advice["written_kb_per_run"]
    assert "connections" not in advice["written_kb_per_run"]
    assert "`wherry bench --where one-tool`" in advice["other"]
