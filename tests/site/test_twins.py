"""Each page of the built site has its Markdown beside it, and `llms.txt` leads to it."""

import re
from pathlib import Path

import pytest

from wherry_portal.pages.command import twins
from wherry_portal.pages.twins import write_twins

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def built(tmp_path):
    """Pages and a site as MkDocs would lay it out."""
    pages, site = tmp_path / "pages", tmp_path / "site"
    for name, text in {
        "index.md": "# Home\n",
        "guide/assess.md": "Intro\n\n# Assess\n",
        "features/a.b.md": "# A\n",
        "untitled.md": "text\n",
    }.items():
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_text(text)
    for folder in ("", "guide/assess", "features/a.b"):
        (site / folder).mkdir(parents=True, exist_ok=True)
        (site / folder / "index.html").write_text("<html>")
    return pages, site


def test_the_markdown_lies_where_the_page_does(built):
    pages, site = built
    assert write_twins(pages, site) == 3
    assert (site / "guide/assess/index.md").read_text() == (pages / "guide/assess.md").read_text()
    assert (site / "index.md").read_text() == "# Home\n"
    assert (site / "features/a.b/index.md").exists()


def test_the_list_names_pages_and_leaves_the_many_to_their_index(built):
    pages, site = built
    write_twins(pages, site)
    listed = (site / "llms.txt").read_text()
    assert "- [Home](index.md)" in listed
    assert "- [Assess](guide/assess/index.md)" in listed
    assert "- [untitled](untitled/index.md)" in listed
    assert "features/a.b" not in listed


def test_what_a_reference_page_names_is_written_out_with_the_members_that_it_shows(built):
    pages, site = built
    shown = (
        "::: wherry.agent.Agent\n    options:\n      members: [run, cancel_run]\n\n## More\n\n::: wherry.tools.tool\n"
    )
    (pages / "guide/assess.md").write_text(f"# Agents\n\n{shown}")
    write_twins(pages, site)
    text = (site / "guide/assess/index.md").read_text()
    assert ":::" not in text
    assert re.findall(r"^##+ .*?`?(\w+)(?:\(.*)?`?$", text, re.MULTILINE) == [
        "Agent",
        "run",
        "cancel_run",
        "More",
        "tool",
    ]
    assert "mirrors `agno.agent.Agent.run`" in text


def test_names_in_the_list_are_plain_text(built):
    pages, site = built
    (pages / "guide/assess.md").write_text("# 02&#95;agents\n")
    write_twins(pages, site)
    assert "- [02_agents](guide/assess/index.md)" in (site / "llms.txt").read_text()


def test_without_a_site_one_line_says_what_to_do(tmp_path, capsys):
    assert twins(site=tmp_path) == 2
    assert "run `make docs` first" in capsys.readouterr().err


@pytest.mark.browser
def test_the_real_site_lists_only_what_is_there():
    site = ROOT / "build" / "site"
    listed = re.findall(r"\]\(([^)]+)\)", (site / "llms.txt").read_text())
    assert len(listed) > 40
    assert [name for name in listed if not (site / name).is_file()] == []
    pages = [path for path in site.rglob("index.html") if path.with_suffix(".md").is_file()]
    assert len(pages) == len(list((ROOT / "build" / "pages").rglob("*.md")))
    assert [path for path in site.rglob("index.md") if re.search(r"^::: ", path.read_text("utf-8"), re.MULTILINE)] == []
