"""Every feature's page of the built site: well made, laid out in Chromium at the least and the greatest width, and made
of what is on the pages that `test_pages` drives from end to end."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from wherry_portal.matrix.source import load_matrix

from .shapes import article, standing_for
from .test_pages import JUDGED, WIDTHS

pytestmark = pytest.mark.browser

SITE = Path(__file__).resolve().parents[2] / "build" / "site"
ROWS = {row.id: row for row in load_matrix().features}
FILES = {name: SITE / "features" / name / "index.html" for name in ROWS}
TOGETHER = 12
# The page stays, with its styles and scripts; what stands in it is exchanged, several articles below one another at a
# time. If they are too wide, each half of them is laid out until it is known which are.
LAY_OUT = f"""(read) => {{
    const frame = document.querySelector(".md-content");
    const tooWide = (some) => {{
        frame.innerHTML = some.map(([, article]) => article).join("");
        for (const one of frame.querySelectorAll("details")) one.open = true;
        const width = document.documentElement.scrollWidth, half = Math.ceil(some.length / 2);
        if (width <= innerWidth) return [];
        if (some.length === 1) return [[some[0][0], width]];
        return [...tooWide(some.slice(0, half)), ...tooWide(some.slice(half))];
    }};
    window.read ??= read;
    const places = [...window.read.keys()].filter((place) => place % {TOGETHER} === 0);
    return places.flatMap((place) => tooWide(window.read.slice(place, place + {TOGETHER})));
}}"""


def markup(text):
    """The article of a page: what stands around it is most of a page, and the same on each."""
    return text[text.index("<article") : text.index("</article>") + len("</article>")]


def test_each_is_served_as_it_was_built(site_url):
    connection = HTTPConnection(urlsplit(site_url).netloc, timeout=60)
    with closing(connection):
        for name, path in FILES.items():
            connection.request("GET", f"/features/{name}/")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, path.read_bytes()), name


def test_the_text_of_each_fits_with_everything_opened(visit):
    page = visit("/features/agent.core/", viewport={"width": max(WIDTHS), "height": 800})
    read = [(name, markup(path.read_text("utf-8"))) for name, path in FILES.items()]
    assert page.evaluate(LAY_OUT, read) == []
    page.set_viewport_size({"width": min(WIDTHS), "height": 800})
    assert page.evaluate(LAY_OUT) == []
    assert page.complaints == []


def test_a_text_that_is_too_wide_is_seen(visit):
    page = visit("/features/agent.core/", viewport={"width": 360, "height": 800})
    page.add_style_tag(content="pre { overflow: visible; white-space: pre }")
    read = [[str(place), "<article><p>Narrow</p></article>"] for place in range(30)]
    for place in (3, 4, 29):
        read[place][1] = markup(f"<html><article><details><pre>{'x' * 99}</pre></details></article></html>")
    assert [name for name, _ in page.evaluate(LAY_OUT, read)] == ["3", "4", "29"]


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
