"""Pages made from data: each feature, error and checklist has one, and each says what the data says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wherry_portal.evidence import Evidence, cell
from wherry_portal.evidence.resolve import Found
from wherry_portal.evidence.results import Stamp
from wherry_portal.gate.signoffs import LONGEST_WAIVER_DAYS
from wherry_portal.matrix.source import load_matrix
from wherry_portal.pages import build
from wherry_portal.pages.build import generated, write_pages
from wherry_portal.pages.command import generate
from wherry_portal.pages.features import feature_page
from wherry_portal.pages.text import bar, code, plain, titled

ROOT = Path(__file__).resolve().parents[2]
FLAGS = re.MULTILINE | re.DOTALL


@pytest.fixture(scope="module")
def pages():
    return generated(ROOT)


def test_each_feature_has_a_page_that_says_where_it_stands(pages):
    for row in load_matrix().features:
        page = pages[f"features/{row.id}.md"]
        assert f"`{row.id}`" in page
        for text in (row.limits, row.reason, row.fallback):
            assert not text or plain(text) in page
        assert ("Do you need it?" in page) == (row.status != "available")
        assert ("template=missing-feature.yml&feature=" + row.id in page) == (row.status != "available")


def test_a_page_with_measured_figures_names_what_they_come_from(pages):
    figure = re.compile(r"(?<![\w.])\d[\d,.]*\s?(?:ms|MB|KB|us|%|times)(?!\w)")
    source = re.compile(r"`[^`]*(?:wherry |python |make |results/|benchmarks/)[^`]*`|results/")
    written = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in ROOT.glob("docs/**/*.md")}
    everywhere = {"README.md": (ROOT / "README.md").read_text("utf-8")} | written | pages
    shown = {name: re.sub(r"<[^>]*>", "", text) for name, text in everywhere.items() if name.endswith(".md")}
    with_figures = [name for name, text in shown.items() if figure.search(text)]
    assert len(with_figures) > 20
    assert [name for name in with_figures if not source.search(shown[name])] == []


def test_evidence_names_its_versions_once_and_a_row_that_ran_on_others_names_its_own():
    row = load_matrix().features[0]
    ran = {"a": "3.1.10", "b": "3.1.10", "c": "3.1.9"}
    stamps = {name: Stamp(datetime(2026, 11, 22, tzinfo=UTC), "", {"agno": number}) for name, number in ran.items()}
    judged = [Evidence(name, "passed", "ok", (Found(name, "passed", "ok", stamp),)) for name, stamp in stamps.items()]
    page = feature_page(row, cell("available", [*judged, Evidence("d", "missing", "nothing ran")]), "3.1.10")
    assert "Made with agno 3.1.10, unless its row says otherwise." in page
    assert re.search(r"\| `c` \|.*2026-11-22.*, with agno 3.1.9 \|", page)
    assert re.search(r"\| `d` \|.*\| never \|", page)
    assert page.count("agno 3.1.10") == 1
    alike = feature_page(row, cell("available", judged[:2]), "3.1.10")
    assert "Made with agno 3.1.10." in alike


def test_the_index_of_features_lists_every_page_under_its_area(pages):
    page = pages["features/index.md"]
    for row in load_matrix().features:
        part = re.search(rf"^## {titled(row.area)}\n(.*?)(?=^## |\Z)", page, FLAGS)[1]
        assert f"]({row.id}.md): " in part


def test_the_matrix_links_every_feature_and_counts_them_all(pages):
    page = pages["support-matrix.md"]
    rows = load_matrix().features
    assert {row.id for row in rows} == set(re.findall(r"features/([\w.-]+)/", page))
    assert sum(int(count) for count in re.findall(r"</span> \| (\d+) \|", page)) == len(rows)


def test_every_address_that_the_code_names_is_a_page(pages):
    named = set()
    for place in ("runtime", "portal"):
        for path in (ROOT / place).rglob("*.py"):
            named |= set(re.findall(r"""docs_url\(["']([^"'{}]+)["']\)""", path.read_text("utf-8")))
    written = {f"docs/{path.relative_to(ROOT / 'docs').as_posix()}" for path in (ROOT / "docs").rglob("*.md")}
    known = {name.removesuffix(".md").removesuffix("index").rstrip("/") for name in pages}
    known |= {name.removeprefix("docs/").removesuffix(".md").removesuffix("index").rstrip("/") for name in written}
    assert named
    assert {address.partition("#")[0].rstrip("/") for address in named} <= known


@pytest.mark.parametrize(
    ("word", "heading"),
    [
        ("guardrail", "Where are guardrails"),
        ("knowledge", "Where is knowledge"),
        ("mcp", "Where is MCP"),
        ("vector-", "Which vector stores are there"),
        ("human", "Where is human in the loop"),
    ],
)
def test_the_questions_tell_where_a_thing_stands_and_when_what_is_missing_is_planned(pages, word, heading):
    answer = re.search(rf"^## {heading}\?\n(.*?)(?=^## |\Z)", pages["faq.md"], FLAGS)[1]
    rows = [row for row in load_matrix().features if word in f"{row.id} {row.title} {row.area}".lower()]
    assert rows
    assert f"{sum(row.status == 'available' for row in rows)} available" in answer
    for row in rows:
        assert (f"features/{row.id}.md" in answer) == row.blocks
        assert not row.planned or f"planned for Wherry {row.planned}" in answer


def test_checklists_lead_to_pages_that_exist(pages):
    for name, page in pages.items():
        if name.startswith("checklists/"):
            for link in re.findall(r"\]\(\.\./([^)#]+)\)", page):
                assert (ROOT / "docs" / link).is_file() or link in pages


def test_the_release_checklist_says_how_an_open_item_is_waived(pages):
    waived = [name for name, page in pages.items() if "`wherry gate waive ITEM --reason WHY --owner NAME" in page]
    assert waived == ["checklists/release.md"]
    assert f"lasts up to {LONGEST_WAIVER_DAYS} days" in pages[waived[0]]


def test_text_from_data_cannot_become_markup():
    assert "<" not in plain("<script>*a*|b")
    assert plain("*a* #1") == "&#42;a&#42; &#35;1"
    assert plain("run `a|b` now") == "run <code>a&#124;b</code> now"
    assert "`" not in plain("an odd ` one")
    assert code("a`b") == "`` a`b ``"
    assert code("a|b") == "`a\\|b`"


def test_a_bar_tells_its_counts_in_words():
    made = bar([("available", 3), ("planned", 1), ("failed", 0)], "All")
    assert 'aria-label="All: 3 available, proven, 1 planned"' in made
    assert "width:75.00%" in made
    assert "status-failed" not in made


def test_writing_replaces_what_has_changed_and_checking_tells_it_without_writing(pages, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    again = generated(ROOT)
    assert again == pages
    monkeypatch.setattr(build, "generated", lambda _root: again)  # five times over they would take half a minute
    target = tmp_path / "pages"
    target.mkdir()
    (target / "old.md").write_text("old")
    count = write_pages(ROOT, target)
    assert not (target / "old.md").exists()
    assert count == len(list(target.rglob("*.md")))
    assert (target / "concepts.md").read_text("utf-8") == (ROOT / "docs" / "concepts.md").read_text("utf-8")
    (target / "faq.md").write_text("changed")
    (target / "one-more.md").write_text("more")
    (target / "assets" / "pages.css").unlink()
    assert generate(output=target, check=True) == 1
    told = capsys.readouterr().out
    assert "assets/pages.css is missing\nfaq.md would change\none-more.md would be removed\n3 of" in told
    assert (target / "faq.md").read_text() == "changed"
    assert (target / "one-more.md").exists()
    untouched = (target / "index.md").stat().st_mtime_ns
    assert generate(output=target) == 0
    assert (target / "index.md").stat().st_mtime_ns == untouched
    assert generate(output=target, check=True) == 0
    assert "up to date" in capsys.readouterr().out
