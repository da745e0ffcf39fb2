"""The pages of parity, benchmarks, pilots and the release say what the results, logs and the gate say."""

import re
from dataclasses import replace

import pytest
from evidence_kit import case

from wherry_portal.evidence import Cell
from wherry_portal.gate.context import load_context
from wherry_portal.gate.verdict import judge
from wherry_portal.pages.benchmarks import glance, growth
from wherry_portal.pages.build import result_pages
from wherry_portal.pages.checklists import checklist_page
from wherry_portal.pages.home import MARK, filled
from wherry_portal.pages.pilots import ticket_plot, timeline

from .conftest import NOW


@pytest.fixture
def pages(project):
    def made():
        context = load_context(project.root, now=NOW)
        return result_pages(context, judge(context))

    return made


def cells(page, first):
    line = next(line for line in page.splitlines() if line.startswith("|") and first in line)
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_release_page_has_a_line_for_each_item_and_the_same_answer_as_the_gate(project, pages):
    verdict = judge(load_context(project.root, now=NOW))
    page = pages()["release.md"]
    assert verdict.passed
    assert "**may go ahead**" in page
    assert len(re.findall(r'class="status status', page.partition("## Known")[0])) == len(verdict.lines)
    (project.root / "results" / "coverage.json").unlink()
    assert "**may not go ahead yet: 1 item is open**" in pages()["release.md"]
    assert '<span class="status status-unverified">missing</span>' in pages()["release.md"]


def test_the_parity_page_adds_up_and_names_what_is_listed(project, pages):
    listed = {"path": "x", "severity": "intentional", "feature": "agent.core", "explanation": "own words: ours"}
    one, two = (
        case(compared=200, equal=197, intentional=2, differences=[listed]),
        case(outcome="failed", different=1, equal=7),
    )
    project.results(
        "parity", {"fixtures": {"us1": {"outcome": "failed", "description": "All.", "cases": {"a": one, "b": two}}}}
    )
    page = pages()["parity.md"]
    assert cells(page, "| 1 | 2 |") == ["1", "2", "210", "204", "2", "3", "1"]
    assert cells(page, "`us1`")[1:] == ["1 of 2", "99.5&nbsp;%", "All."]
    assert cells(page, "`us1/b`")[1:] == ["1 of 10", "failed"]
    assert "[agent.core](features/agent.core.md)" in page
    assert "agno 3.1.10" in page


def test_the_benchmark_page_shows_each_ratio_with_its_interval_and_says_it_in_words(project, pages):
    page = pages()["benchmarks.md"]
    assert cells(page, "| p95 |") == ["p95", "", "", "0.150", "0.100 to 0.200", "at most 0.7"]
    plot = re.search(r"<svg.*</svg>", page)[0]
    assert plot.count("<circle") == 2
    assert 'role="img" aria-label="one-tool, Wherry divided by Agno. p95: 0.15; tokens per second: 1.00"' in plot
    assert "Wherry against itself" in page


def test_the_benchmark_page_says_what_each_number_came_from_and_what_it_is_divided_by(project, pages):
    one = {"ratio": 1.5, "low": 1.4, "high": 1.6}
    project.results(
        "bench",
        {
            "model": {"requests_per_s": 9000.4, "tokens_per_s": 250000},
            "noise": {"p95": {"ratio": 1.0, "low": 0.9, "high": 1.1}},
            "false_alarms": {"comparisons": 20, "alarms": 1},
            "scenarios": {
                "tool-1": {
                    "ratios": {"p95_ms": {**one, "own_budget": {"max": 2}}},
                    "by_hand": {"p95_ms": {**one, "against": "bare"}},
                    "growth": {"from": "tool-0", "p50_ms": {**one, "against": "wherry"}},
                    "measured": {"agno": {"p95_ms": 2}, "wherry": {"p95_ms": 3}, "bare": {"p95_ms": 2}},
                },
                "recorded": {
                    "ratios": {"cpu_ms_per_run": {**one, "against": "wherry"}},
                    "measured": {"without": {"cpu_ms_per_run": 2}, "wherry": {"cpu_ms_per_run": 3}},
                },
                "memory": {
                    "ratios": {"grown_mb": {**one, "against": "absolute"}},
                    "measured": {"wherry": {"grown_mb": 1}},
                },
                "broken": {"ratios": {}, "error": "the model did not start"},
            },
        },
    )
    page = pages()["benchmarks.md"]
    assert "The scripted model serves 9,000 replies or 250,000 tokens" in page
    assert "Of 20 comparisons of Wherry with itself 1 call the two different" in page
    assert "From `results/bench.json`, by `wherry bench tool-1`." in page
    assert "made by hand: 95th percentile of latency, ms: 1.50 (1.40 to 1.60)." in page
    assert "Divided by Wherry in `tool-0`: median latency, ms: 1.50" in page
    assert "Wherry divided by Wherry without it. processor time per run" in page
    assert "| Without it |" in page
    assert page.count("<svg") == 2  # what is compared with nothing has no ratio to draw
    assert "Not measured: the model did not start" in page


def test_the_benchmark_page_opens_with_a_plot_a_metric_and_with_the_growth_of_a_session():
    one = {"ratio": 0.2, "low": 0.1, "high": 0.3}
    scenarios = {
        name: {"ratios": {"p95_ms": one}, "measured": {"agno": {"p50_ms": agno}, "wherry": {"p50_ms": 4.0}}}
        for name, agno in (("sqlite-1", 20.0), ("sqlite-long", 80.0))
    }
    heading, latency = glance(scenarios)
    assert heading == "## At a glance"
    assert 'aria-label="Latency, 95th percentile, Wherry divided by Agno. sqlite-1: 0.20; sqlite-long: 0.20"' in latency
    _, bars, said = growth(scenarios)
    assert "1,000 runs of history, Agno: 80.0 ms; 1,000 runs of history, Wherry: 4.0 ms" in bars
    widths = [float(width) for width in re.findall(r'<rect class="\w+" x="\d+" y="\d+" width="([\d.]+)"', bars)]
    assert widths == pytest.approx([widths[2] / 4, widths[2] / 20, widths[2], widths[2] / 20], abs=0.1)
    assert "`wherry bench sqlite-1 sqlite-long`" in said
    del scenarios["sqlite-long"]
    assert list(growth(scenarios)) == list(glance(scenarios)) == []


def test_what_is_behind_an_open_item_is_opened_in_place(project, pages):
    (project.root / "results" / "tests.json").write_text("{")
    page = pages()["release.md"]
    line = next(line for line in page.splitlines() if "the tests results cannot be used" in line)
    assert re.search(r"<details><summary>\d+ lines? behind it</summary><ul><li>\S*results/tests.json:1: ", line)


def test_tuning_guidance_says_how_far_off_a_ratio_is_and_what_to_do(project):
    entry = {
        "scenario": "one-tool", "metric": "p95_ms", "ratio": 1.05, "interval": [0.3, 1.2], "budget": 0.7,
        "off_percent": 50.1, "date": "2026-11-22T23:55:42Z", "commit": "c", "hot_spots": ["wherry.core.run: 5.0 %"],
        "suggestions": ["Profile the scenario."],
    }  # fmt: skip
    page = checklist_page(replace(load_context(project.root, now=NOW).list("performance"), guidance=(entry,)))
    assert "### one-tool: p95&#95;ms\n\nThe ratio is 1.05 (0.30 to 1.20), its budget 0.7: 50.1 % off" in page
    assert "- Profile the scenario.\n\nWhere the time goes: `wherry.core.run: 5.0 %`." in page


def test_the_pilot_page_tells_items_and_times(pages):
    page = pages()["pilots.md"]
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == ["core", "other", "Tickets"]
    assert "accepted without Agno" in page
    assert "a team may file 2 a week" in page


def test_a_timeline_draws_each_item_from_where_the_one_before_ended_and_says_the_times():
    made = timeline(
        "core", [{"id": "scope", "seconds": 300}, {"id": "assess", "seconds": 0}, {"id": "ci", "seconds": 100}]
    )
    assert 'aria-label="Timeline of core: scope 5 min 00 s; assess 0 s; ci 1 min 40 s"' in made
    bars = [(float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"', made)]
    assert bars == [(130.0, 375.0), (505.0, 2.0), (505.0, 125.0)]


def test_tickets_are_drawn_by_week_and_team_with_the_line_that_none_may_pass():
    made = ticket_plot({"2026-W47": {"core": 4, "ops": 1}, "2026-W48": {"ops": 2}}, 2)
    said = "2026-W47 core 4; 2026-W47 ops 1; 2026-W48 core 0; 2026-W48 ops 2"
    assert f'aria-label="Tickets by week and team, 2 allowed: {said}"' in made
    widths = [float(width) for width in re.findall(r'<rect x="\d+" y="\d+" width="([\d.]+)"', made)]
    assert widths == pytest.approx([4 * widths[1], widths[1], 0, 2 * widths[1]], abs=0.3)
    assert float(re.search(r'class="one" x1="([\d.]+)"', made)[1]) == pytest.approx(130 + 2 * widths[1], abs=0.1)


def test_the_home_page_tells_what_was_measured_and_whether_the_release_may_go_ahead(project):
    ratios = {
        name: {"ratio": value, "low": value, "high": value} for name, value in (("p95_ms", 0.21), ("rss_mb", 0.4))
    }
    project.results("bench", {"scenarios": {"tool-100": {"ratios": ratios}}})
    bench = load_context(project.root, now=NOW).results.get("bench")
    verdict = judge(load_context(project.root, now=NOW))
    cells = [Cell("available", "available", ()), Cell("limited", "stale", ()), Cell("planned", "planned", ())]
    page = filled(f"# Wherry\n\n{MARK}\n", bench, cells, verdict)
    assert "<dt>95th percentile of latency</dt><dd>0.21 &times;</dd>" in page
    assert "<dt>peak memory</dt><dd>0.40 &times;</dd>" in page
    assert re.search(r"in parts of Agno 3.1.10's: 100 runs with a tool at a time, measured \d{4}-\d\d-\d\d ", page)
    assert "1 of 2 claimed features proven by a recorded run, 1 planned" in page
    assert "is held by" in page
    assert MARK not in page
    assert "in parts of Agno" not in filled(MARK, None, cells, verdict)


def test_without_results_each_page_says_how_to_make_them(project, pages):
    for file in (project.root / "results").iterdir():
        file.unlink()
    for file in (project.root / "pilots").iterdir():
        file.unlink()
    made = pages()
    assert "`wherry parity run fixtures` makes one" in made["parity.md"]
    assert "`wherry bench` makes one" in made["benchmarks.md"]
    assert "There is no log yet" in made["pilots.md"]
    assert "may not go ahead" in made["release.md"]
