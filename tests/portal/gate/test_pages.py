"""The pages of parity, benchmarks, pilots and the release say what the results, logs and the gate say."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from evidence_kit import case

from wherry_portal.bench.scenarios import load_scenarios
from wherry_portal.evidence import Cell
from wherry_portal.gate.context import load_context
from wherry_portal.gate.verdict import judge
from wherry_portal.pages.benchmarks import NAMES, glance, growth
from wherry_portal.pages.build import result_pages
from wherry_portal.pages.checklists import checklist_page
from wherry_portal.pages.home import MARK, filled
from wherry_portal.pages.own_budgets import own_budgets
from wherry_portal.pages.pilots import ticket_plot, timeline
from wherry_portal.pages.plots import figure, ratio_plot
from wherry_portal.sources import find_root

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
    left, _, done = pages()["release.md"].partition("## What is done")
    (missing,) = re.findall(r"^\| \[.*", left, re.MULTILINE)
    assert '<span class="status status-unverified">missing</span> | release manager |' in missing
    assert "Next: Test what" in missing
    assert len(re.findall(r"^\| \[", done.partition("## Known")[0], re.MULTILINE)) == len(verdict.lines) - 1


def test_the_parity_page_adds_up_and_names_what_is_listed(project, pages):
    listed = {"path": "x", "severity": "intentional", "feature": "all.claimed", "explanation": "own words: ours"}
    one, two = (
        case(compared=200, equal=197, intentional=2, differences=[listed]),
        case(outcome="failed", different=1, equal=7),
    )
    project.results(
        "parity", {"fixtures": {"us1": {"outcome": "failed", "description": "All.", "cases": {"a": one, "b": two}}}}
    )
    page = pages()["parity.md"]
    assert "<dt>cases agree</dt><dd>1 of 2</dd>" in page
    assert "<dt>values compared</dt><dd>210</dd>" in page
    assert "<dt>unexplained differences</dt><dd>1</dd>" in page
    told = {name: cells(page, f"</span>{name}")[1:3] for name in ("Equal", "Intentional", "Noise", "Different")}
    assert told == {
        "Equal": ["204", "97.1&nbsp;%"],
        "Intentional": ["3", "1.4&nbsp;%"],
        "Noise": ["2", "0.9&nbsp;%"],
        "Different": ["1", "0.4&nbsp;%"],
    }
    assert 'aria-label="Values: 204 equal, 3 intentional, 2 noise, 1 different"' in page
    assert cells(page, "`us1`")[1:] == ['<span class="kept">1 of 2</span>', "99.5&nbsp;%", "All."]
    assert cells(page, "`us1/b`")[1:] == ["1 of 10", "failed"]
    assert "<summary>Other: 1</summary>" in page
    assert cells(page, "[All](features/all.claimed.md)")[1] == "ours"
    assert "agno 3.1.10" in page


def test_the_benchmark_page_shows_each_ratio_with_its_interval_and_says_it_in_words(project, pages):
    page = pages()["benchmarks.md"]
    assert cells(page, "| p95 |") == ["p95", "", "", "0.150", "0.100 to 0.200", "at most 0.7"]
    plot = re.search(r"<svg.*</svg>", page)[0]
    assert plot.count("<circle") == 2
    assert 'role="img" aria-label="one-tool, Wherry divided by Agno. p95: 0.15; tokens per second: 1.00"' in plot
    below = page.partition("## Where the numbers come from")[2]
    assert re.search(r'made.* on <span class="kept">\d{4}-\d\d-\d\d</span>, commit `\w+`.*, agno 3.1.10', below)
    assert '<details id="one-tool" markdown="1"><summary>one-tool</summary>' in page
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
    assert "0 of 1 intervals leave out 1; chance explains up to 1." in page
    assert "tool-1. From `results/bench.json`, by `wherry bench tool-1`." in page
    assert "<summary>Tool, one run at a time</summary>" in page
    assert cells(page, "memory that is not given back")[1:] == ["", "1.00", "", "1.40 to 1.60", ""]
    assert "Divided by the same done by hand: 95th percentile of latency, ms: 1.50 (1.40 to 1.60)." in page
    assert "Divided by Wherry in `tool-0`: median latency, ms: 1.50" in page
    assert "Wherry divided by Wherry without it. processor time per run" in page
    assert "| Without it |" in page
    assert page.count("<svg") == 2  # what is compared with nothing has no ratio to draw
    assert "Not measured: the model did not start" in page


def test_the_benchmark_page_tells_how_often_equal_sides_are_called_different(project, pages):
    assert "times over" not in pages()["benchmarks.md"]
    one, other = {"ratio": 1.0, "low": 0.9, "high": 1.05}, {"ratio": 1.3, "low": 1.2, "high": 1.4}
    made = [{"name": "tool-1 p95_ms", **one}] * 37 + [{"name": "construct us_per_object", **other}] * 3
    project.results("alike", {"machine": {"cores": 2}, "times": 20, "rounds": 5, "comparisons": made})
    page = pages()["benchmarks.md"].partition("### 20 times over")[2]
    assert "40 comparisons in all, Wherry is called different 3 times, 7.5 %: beyond one in twenty. 3 intervals" in page
    assert cells(page, NAMES["construct"])[1:] == ["1.300", "1.200 to 1.400"]
    assert re.search(r"From `results/alike.json`, made.* on <span class=\"kept\">\d{4}-\d\d-\d\d</span>", page)
    project.results("alike", {"machine": {"cores": 2}, "times": 20, "rounds": 5, "comparisons": made[:37]})
    assert "called different 0 times, 0.0 %: within one in twenty" in pages()["benchmarks.md"]


def test_the_benchmark_page_opens_with_a_plot_a_metric_and_with_the_growth_of_a_session():
    one = {"ratio": 0.2, "low": 0.1, "high": 0.3}
    scenarios = {
        name: {"ratios": {"p95_ms": one}, "measured": {"agno": {"p50_ms": agno}, "wherry": {"p50_ms": 4.0}}}
        for name, agno in (("sqlite-10", 20.0), ("sqlite-long", 80.0))
    }
    heading, latency = glance(scenarios)
    assert heading == "## Latency, 95th percentile"
    told = "SQLite, session of 10 runs: 0.20; SQLite, session of 1,000 runs: 0.20"
    assert f'aria-label="Latency, 95th percentile, Wherry divided by Agno. {told}"' in latency
    _, bars, said = growth(scenarios)
    assert "1,000 runs, Agno: 80.0 ms; 1,000 runs, Wherry: 4.00 ms" in bars
    widths = [float(width) for width in re.findall(r'<rect class="\w+" x="0" y="\d+" width="([\d.]+)%"', bars)]
    assert widths == [25, 5, 100, 5]
    assert "`wherry bench sqlite-10 sqlite-long`" in said
    del scenarios["sqlite-long"]
    assert list(growth(scenarios)) == list(glance(scenarios)) == []


def test_the_benchmark_page_shows_what_longer_sessions_ask_of_each_database(project, pages):
    def row(store, runtime, earlier, cpu, times):
        return {
            "store": store, "runtime": runtime, "earlier_runs": earlier, "cpu_ms": cpu, "cpu_times_the_smallest": times,
            "median_ms": 1.0, "p95_ms": 2.0, "times_the_smallest": 1.0, "repeats": 60,
        }  # fmt: skip

    assert "longer session" not in pages()["benchmarks.md"]
    rows = [
        row("postgres", "wherry", 10, 4.0, 1.0), row("postgres", "wherry", 10_000, 5.2, 1.3),
        row("sqlite", "wherry", 10_000, 0.5, 1.19), row("sqlite", "wherry", 10, 0.42, 1.0),
        row("sqlite", "agno", 10, 4.2, 1.0), row("sqlite", "agno", 10_000, 42.0, 10.0),
    ]  # fmt: skip
    project.results("growth", {"rows": rows})
    page = pages()["benchmarks.md"]
    sqlite, _, postgres = page.partition("## What the database does")[2].partition("### Postgres")
    assert "10 runs, Agno: 4.20 ms; 10 runs, Wherry: 0.42 ms; 10,000 runs, Agno: 42.0 ms" in sqlite
    assert cells(sqlite, "10,000 | Wherry") == ["10,000", "Wherry", "0.50 ms", "1.19"]
    assert "at most 1.19 times what they take in the shortest session: within 20 %" in sqlite
    assert "up to 1.30 times what they take in the shortest session: beyond 20 %" in postgres
    assert "From `results/growth.json`" in postgres


def ratio_of(middle, bound, **more):
    return {"ratio": middle, "low": middle - 0.01, "high": middle + 0.01, "own_budget": bound, **more}


def own_budgets_of(scenarios):
    return "\n".join(own_budgets(scenarios, NAMES, str))


def test_the_benchmark_page_lists_the_own_budgets_that_are_missed_and_what_the_bare_client_takes():
    limits = {"p95_ms": ratio_of(0.1, {})}
    scenarios = {
        "postgres-20": {"ratios": {"p95_ms": ratio_of(0.24, {"max": 0.1})}, "limits": limits},
        "recorded": {"ratios": {"cpu_ms_per_run": ratio_of(1.2, {"max": 1.05}, against="wherry")}},
        "team": {"ratios": {"p95_ms": ratio_of(0.1, {"max": 0.12}), "rss_mb": {"ratio": 1, "low": 1, "high": 1}}},
        "sqlite-1": {
            "ratios": {},
            "by_hand": {"p95_ms": ratio_of(2.2, {"max": 2}, against="bare")},
            "limits": limits,
        },
    }
    page = own_budgets_of(scenarios)
    assert "meets 1 of 3 of them beside Agno, and 0 of 1 beside" in page
    assert "Of the others: 3 outside." in page
    beside_hand = cells(page, NAMES["sqlite-1"])
    assert beside_hand[1].endswith("divided by hand's")
    assert beside_hand[2:] == ["2.200", "2.190 to 2.210", "≤ 2", "", "outside"]
    assert cells(page, NAMES["postgres-20"])[2:] == [
        "0.240",
        "0.230 to 0.250",
        "≤ 0.1",
        "0.100 (0.090 to 0.110)",
        "outside",
    ]
    assert cells(page, NAMES["recorded"])[-2:] == ["", "outside"]
    assert NAMES["team"] not in page
    assert "meets 1 of 1 of them" in own_budgets_of({"team": scenarios["team"]})
    assert not list(own_budgets({"tool-1": {"error": "Agno is not installed"}}, NAMES, str))


def test_the_benchmark_page_says_which_own_budgets_the_requests_alone_miss():
    def scenario(metric, one, limit):
        return {"ratios": {metric: one}, "limits": {metric: limit}}

    page = own_budgets_of(
        {
            "postgres-20": scenario("p95_ms", ratio_of(0.24, {"max": 0.1}), ratio_of(0.2, {})),
            "stream-100": scenario("served_share", ratio_of(0.85, {"min": 0.92}), ratio_of(0.92, {})),
            "think-1": scenario("cpu_ms_per_run", ratio_of(0.12, {"max": 0.12}), ratio_of(0.11, {})),
        }
    )
    assert "Of the others: 1 undecided, 1 outside, 1 out of reach." in page
    assert cells(page, NAMES["postgres-20"])[-2:] == ["0.200 (0.190 to 0.210)", "out of reach"]
    assert cells(page, NAMES["stream-100"])[-2:] == ["0.920 (0.910 to 0.930)", "outside"]
    assert cells(page, NAMES["think-1"])[-1] == "undecided"


def test_what_is_behind_an_open_item_is_opened_in_place(project, pages):
    (project.root / "results" / "tests.json").write_text("{")
    page = pages()["release.md"]
    line = next(line for line in page.splitlines() if "the tests results cannot be used" in line)
    assert re.search(r"<details><summary>Details \(\d+\)</summary><ul><li>\S*results/tests.json:1: ", line)
    assert "<br>Next: Mend what fails" in line


def test_what_is_not_migrated_stands_below_its_area_by_its_title(pages):
    page = pages()["release.md"].partition("## Known")[2]
    assert "<summary>Other: 1</summary>" in page
    assert cells(page, "[Gone](features/all.missing.md)")[2] == "Use another."


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
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == ["core { #core }", "other { #other }", "Tickets"]
    assert cells(page, "[core](#core)")[2:] == [
        '<span class="status status-available">accepted without Agno</span>',
        '<span class="kept">40 min 00 s of 1 h 00 min</span>',
        "0",
    ]
    assert "accepted without Agno" in page
    assert "a team may file 2 a week" in page


def test_a_timeline_draws_each_item_from_where_the_one_before_ended_and_says_the_times():
    made = timeline(
        "core", [{"id": "scope", "seconds": 300}, {"id": "assess", "seconds": 0}, {"id": "ci", "seconds": 100}]
    )
    assert 'aria-label="Timeline of core: scope 5 min 00 s; assess 0 s; ci 1 min 40 s"' in made
    bars = [(float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)%" y="\d+" width="([\d.]+)%"', made)]
    assert bars == [(0, 75), (75, 0.6), (75, 25)]


def test_tickets_are_drawn_by_week_and_team_with_the_line_that_none_may_pass():
    made = ticket_plot({"2026-W47": {"core": 4, "ops": 1}, "2026-W48": {"ops": 2}}, 2)
    said = "2026-W47, core: 4; 2026-W47, ops: 1; 2026-W48, core: 0; 2026-W48, ops: 2"
    assert f'aria-label="Tickets by week and team, 2 allowed: {said}"' in made
    assert re.findall(r'<rect class="" x="0" y="\d+" width="([\d.]+)%"', made) == ["100.0", "25.0", "0.0", "50.0"]
    assert 'class="one" x1="50.0%"' in made


def test_the_home_page_tells_what_was_measured_and_whether_the_release_may_go_ahead(project):
    ratios = {
        name: {"ratio": value, "low": value, "high": value} for name, value in (("p95_ms", 0.21), ("rss_mb", 0.4))
    }
    measured = {"agno": {"p95_ms": 900.4, "rss_mb": 80.0}, "wherry": {"p95_ms": 98.26}}
    project.results("bench", {"scenarios": {"tool-100": {"ratios": ratios, "measured": measured}}})
    bench = load_context(project.root, now=NOW).results.get("bench")
    verdict = judge(load_context(project.root, now=NOW))
    cells = [Cell("available", "available", ()), Cell("limited", "stale", ()), Cell("planned", "planned", ())]
    page = filled(f"# Wherry\n\n{MARK}\n", bench, cells, verdict)
    beside = "<small>98.3 instead of 900 ms</small>"
    assert f"<dt>of Agno's latency{beside}</dt><dd>21&nbsp;%</dd>" in page
    assert "<dt>of Agno's memory</dt><dd>40&nbsp;%</dd>" in page  # of which one side was not measured
    made = re.escape("</span> (`results/bench.json`, by `wherry bench tool-100`);")
    assert re.search(rf'beside Agno 3.1.10, measured on <span class="kept">\d{{4}}-\d\d-\d\d{made}', page)
    assert "**1 of 2** features that Wherry claims are proven by a recorded run, 1 are not there" in page
    assert re.search(r"\*\*Release \S+\*\* waits for \d+ of \d+ checks", page)
    assert MARK not in page
    assert "of Agno's" not in filled(MARK, None, cells, verdict)


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


def test_each_scenario_that_is_measured_has_a_name_that_fits_beside_a_plot():
    _, scenarios = load_scenarios(find_root() / "benchmarks" / "scenarios.yaml")
    assert {scenario.id for scenario in scenarios} == set(NAMES)
    assert len(set(NAMES.values())) == len(NAMES)
    assert all(len(name) <= 40 for name in NAMES.values())  # what a phone has room for


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.00204, "0.002"), (0.107, "0.11"), (0, "0.00"), (3.9815, "3.98"), (14.23, "14.2"), (1281.2, "1,281")],
)
def test_a_number_has_the_digits_that_tell_it_apart(value, told):
    assert figure(value) == told


@pytest.mark.parametrize("top", [1.1, 1.9, 3.5, 14.2, 45.0])
def test_the_axis_of_ratios_marks_agno_and_no_two_labels_touch_on_a_phone(top):
    one = {"ratio": top / 2, "low": top / 3, "high": top / 1.02}
    made = ratio_plot("Rate", {"a": one}, "Agno", {})
    marks = [(float(x), text) for x, text in re.findall(r'<text x="([\d.]+)%" y="53" [^>]*>([^<]+)</text>', made)]
    assert [text for _, text in marks].count("1 = Agno") == 1
    places = [x for x, _ in marks]
    assert all(after - before >= 12 for before, after in pairwise(places))
    assert max(float(x) for x in re.findall(r'x\d?="([\d.]+)%"', made) if x != "100") <= 89
