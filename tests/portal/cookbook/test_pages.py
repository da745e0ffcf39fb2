"""The pages of the cookbook: every example with its reasons and results; nothing hidden raises a share."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.cookbook.facts import Example, Folder, Reason
from wherry_portal.cookbook.results import OUTCOMES
from wherry_portal.evidence.results import Entry, ResultFile, Stamp
from wherry_portal.matrix.source import load_matrix
from wherry_portal.pages.cookbook import cookbook_pages, outcomes, share
from wherry_portal.pages.text import kept

STAMP = Stamp(datetime(2026, 11, 20, tzinfo=UTC), "a" * 40, {"wherry": "0.1.0", "agno": "3.1.10"})
EXAMPLES = [Example(f"02_agents/{number}.py", "available", imports=True) for number in range(6)]


@pytest.fixture(scope="module")
def rows():
    return {row.id: row for row in load_matrix(None).features}


def verified(tmp_path, **records):
    entries = {
        path: Entry(outcome, STAMP, {"outcome": outcome, **({"cause": cause} if cause else {})})
        for path, (outcome, cause) in records.items()
    }
    return ResultFile(tmp_path / "cookbook.json", STAMP, False, {"command": "wherry cookbook verify"}, entries)


def entries(ran):
    return {path: Entry(outcome, STAMP, {}) for path, outcome in ran.items()}


@pytest.fixture
def pages(tmp_path, rows):
    reasons = (
        Reason(3, "limited", "agno.os.AgentOS", "os.core"),
        Reason(9, "not_migrated", "agno.os.AgentOS.serve", "os.core"),
        Reason(12, "removed", "agno.old.Thing"),
    )
    folder = Folder("02_agents", "agno 3.1.10", "2.9.0", [*EXAMPLES, Example("02_agents/os.py", "not_migrated", False)])
    folder.examples[-1].reasons = reasons
    ran = {
        "02_agents/0.py": ("equal", ""),
        "02_agents/1.py": ("different", "line 3: 'a' against 'b'"),
        "02_agents/2.py": ("not_runnable", "needs a key: <KEY>"),
        "elsewhere/gone.py": ("equal", ""),
    }
    return cookbook_pages([folder], verified(tmp_path, **ran), rows)


def test_a_directory_lists_every_example_with_its_reasons_and_what_running_it_showed(pages):
    page = pages["cookbook/02_agents.md"]
    rows = sorted(line for line in page.splitlines() if line.startswith("| `"))
    assert len(rows) == 7
    assert "the same on both" in rows[0]
    to_look_at, _, folded = page.partition("<summary>1 more that are available and gave the same on both</summary>")
    assert rows[0] in folded
    assert all(row in to_look_at for row in rows[1:])
    assert "different on Wherry</span><br>line 3:" in rows[1]
    assert "could not run on Agno here</span><br>needs a key: &#60;KEY&#62;" in rows[2]
    assert "not tried yet" in rows[3]
    assert "line 9: [os.core](../features/os.core.md) not migrated" in rows[6]
    assert "line 12: `agno.old.Thing` removed from Agno" in rows[6]
    assert "limited" not in rows[6]


def test_the_overview_counts_all_examples_and_leads_to_each_directory(pages):
    page = pages["cookbook.md"]
    assert "**1 of all 7 examples (14.3%) gave the same on both.** Agno itself could run 2 here" in page
    assert "](cookbook/02_agents.md) | 7 | 6 |" in page
    assert 'aria-label="02_agents, run: 1 the same on both, 1 different on Wherry, 1 could not run' in page
    assert f"made by `wherry cookbook verify` on {kept('2026-11-20')}" in page
    row = next(
        line for line in page.splitlines() if line.startswith("| [AgentOS: ") and "(features/os.core.md)" in line
    )
    assert [cell.strip() for cell in row.split("|")][2:4] == ['<span class="status status-limited">limited</span>', "1"]
    assert 'style="width:100.00%"' in row


def test_an_example_without_agno_is_not_told_to_be_tried_one_day(tmp_path, rows):
    read = [Example("scripts/cleanup.py", "no_agno", imports=True), Example("scripts/ask.py", "available", True)]
    folder = Folder("scripts", "agno 3.1.10", "2.9.0", read)
    pages = cookbook_pages([folder], verified(tmp_path), rows)
    cleanup, ask = (
        next(line for line in pages["cookbook/scripts.md"].splitlines() if line.startswith(f"| `{name}"))
        for name in ("cleanup", "ask")
    )
    assert "no Agno to run" in cleanup
    assert "not tried yet" in ask
    assert outcomes(read, {}) == {"no_agno": 1, "not_tried": 1}


def test_features_of_as_many_examples_stand_by_name_in_every_process(rows):
    names = sorted(name for name in rows if name.startswith(("context.", "guardrails.")))[:8]
    example = Example("02_agents/a.py", "limited", imports=True)
    example.reasons = tuple(Reason(1, "limited", "agno.x", name) for name in reversed(names))
    page = cookbook_pages([Folder("02_agents", "agno 3.1.10", "2.9.0", [example])], None, rows)["cookbook.md"]
    shown = [name for line in page.splitlines() for name in names if f"(features/{name}.md)" in line]
    assert shown == names
    assert len(names) == 8


def test_without_results_the_overview_says_how_to_make_them(rows):
    page = cookbook_pages([Folder("02_agents", "agno 3.1.10", "2.9.0", EXAMPLES)], None, rows)["cookbook.md"]
    assert "`wherry cookbook verify CHECKOUT` makes one" in page
    assert "the same on both" not in page


@given(
    st.dictionaries(st.sampled_from([one.path for one in EXAMPLES]), st.sampled_from(OUTCOMES)),
    st.sampled_from([one.path for one in EXAMPLES]),
)
def test_hiding_a_result_or_calling_it_not_runnable_cannot_raise_a_share(ran, hidden):
    before = share(outcomes(EXAMPLES, entries(ran)))
    without = {path: outcome for path, outcome in ran.items() if path != hidden}
    assert share(outcomes(EXAMPLES, entries(without))) <= before
    assert share(outcomes(EXAMPLES, entries(ran | {hidden: "not_runnable"}))) <= before


def test_results_of_examples_that_the_cookbook_has_not_count_for_nothing():
    assert share(outcomes(EXAMPLES, entries({"made/up.py": "equal"}))) == 0
    assert share(outcomes([], {})) == 0


def test_results_of_several_runs_name_their_commits(tmp_path, rows):
    folder = Folder("02_agents", "agno 3.1.10", "2.9.0", EXAMPLES)
    ran = verified(tmp_path, **{"02_agents/0.py": ("equal", ""), "02_agents/1.py": ("equal", "")})
    assert "Not all is of one run" not in cookbook_pages([folder], ran, rows)["cookbook.md"]
    earlier = Stamp(datetime(2026, 11, 1, tzinfo=UTC), "b" * 40, {"wherry": "0.1.0", "agno": "3.1.10"})
    ran.entries["02_agents/1.py"] = Entry("equal", earlier, {"outcome": "equal"})
    said = cookbook_pages([folder], ran, rows)["cookbook.md"]
    assert f"1 of 2 results are of earlier ones, with the code of their commits: 1 of `{'b' * 9}`." in said
