"""Every feature's page of the built site: well made, laid out in Chromium at the least and the greatest width, and made
of what is on the pages that `test_pages` drives from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from wherry_portal.matrix.source import load_matrix

from .shapes import article, standing_for
from .test_pages import JUDGED, WIDTHS

pytestmark = pytest.mark.browser

SITE = Path(__file__).resolve().parents[2] / "build" / "site"
ROWS = {row.id: row for row in load_matrix().features}
FILES = {name: SITE / "features" / name / "index.html" for name in ROWS}
# The page stays, with its styles and scripts; what stands in it is exchanged. A page is fetched and read once.
LAY_OUT = """async (names) => {
    const frame = document.querySelector(".md-content"), reader = new DOMParser(), wide = [];
    const read = window.read ??= new Map();
    for (const name of names) {
        if (!read.has(name)) {
            const answer = await fetch(`../${name}/`);
            // What stands around the article is most of a page, and the same on each.
            const [content] = (await answer.text()).match(/<article[^]*<\\/article>/) ?? [];
            read.set(name, answer.ok && content);
        }
        if (!read.get(name)) { wide.push([name, "not read"]); continue; }
        frame.innerHTML = read.get(name);
        for (const one of frame.querySelectorAll("details")) one.open = true;
        const width = document.documentElement.scrollWidth;
        if (width > innerWidth) wide.push([name, width]);
    }
    return wide;
}"""


def test_the_text_of_each_fits_with_everything_opened(visit):
    page = visit("/features/agent.core/", viewport={"width": max(WIDTHS), "height": 800})
    for width in (max(WIDTHS), min(WIDTHS)):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(LAY_OUT, list(FILES)) == []
    assert len(set(page.asked)) > len(FILES)
    assert page.complaints == []


def test_a_text_that_is_too_wide_is_seen(visit):
    page = visit("/features/agent.core/", viewport={"width": 360, "height": 800})
    page.route(
        "**/features/agent.hooks/", lambda route: route.fulfill(body=f"<article><pre>{'x' * 99}</pre></article>")
    )
    page.add_style_tag(content="pre { overflow: visible; white-space: pre }")
    assert [name for name, _ in page.evaluate(LAY_OUT, ["agent.core", "agent.hooks"])] == ["agent.hooks"]


def test_each_is_made_of_what_is_on_a_page_that_axe_looks_at():
    looked_at = {path for path in FILES.values() if f"/features/{path.parent.name}/" in JUDGED}
    seen = set().union(*(article(path).shapes for path in looked_at))
    strangers = {name: sorted(article(path).shapes - seen) for name, path in FILES.items()}
    assert {name: shapes for name, shapes in strangers.items() if shapes} == {}
    assert set(standing_for(FILES.values())) <= looked_at


def faults(page):
    """What is badly made on a page, for who reads it by its structure."""
    steps = zip(page.headings, page.headings[1:], strict=False)
    if page.headings[:1] != [1] or page.headings.count(1) != 1 or any(after > before + 1 for before, after in steps):
        yield "headings"
    if len(page.ids) != len(set(page.ids)):
        yield "an id twice"
    for tag, given in page.elements:
        if (tag == "img" and not given.get("alt")) or (tag == "a" and not given.get("href") and "name" not in given):
            yield tag


def test_each_has_one_title_ordered_headings_named_pictures_and_no_id_twice():
    assert {name: found for name in FILES if (found := list(faults(article(FILES[name]))))} == {}


@pytest.mark.parametrize(
    "planted", ["<h1>Two</h1>", "<h4>Deep</h4>", '<p id="a"></p><p id="a"></p>', "<img>", "<a>x</a>"]
)
def test_a_fault_in_a_page_is_seen(tmp_path, planted):
    made = tmp_path / "index.html"
    made.write_text(f"<article><h1>One</h1>{planted}</article>")
    assert list(faults(article(made)))


def test_each_that_is_not_available_asks_for_an_issue_that_names_it():
    for name, row in ROWS.items():
        asked = [
            given["href"]
            for tag, given in article(FILES[name]).elements
            if tag == "a" and "template=missing-feature.yml" in given.get("href", "")
        ]
        assert all(address.endswith(f"&feature={name}") for address in asked)
        assert len(asked) == (row.status != "available")
