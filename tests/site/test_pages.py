"""Every page of the built site in Chromium: nothing is fetched from elsewhere, nothing fails, it fits each width from a
phone to a wide screen, and axe finds nothing in either colour scheme. Each page is loaded once and looked at whole."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .conftest import TURN
from .look import SETTLED, SWITCH, faults, in_each_scheme
from .shapes import standing_for

pytestmark = pytest.mark.browser

SITE = Path(__file__).resolve().parents[2] / "build" / "site"


def address(path):
    """Where a file of the site is served."""
    return f"/{path.parent.relative_to(SITE).as_posix()}/".replace("/./", "/")


EVERY = sorted(address(path) for path in SITE.rglob("index.html"))
FEATURES = [path for path in EVERY if path.startswith("/features/")]
# Of the features' pages those that hold every element that one of them has; `test_features` looks at all.
STANDING = standing_for(SITE / path[1:] / "index.html" for path in FEATURES)
PAGES = [path for path in EVERY if path not in FEATURES] + [address(path) for path in STANDING]
# Pages of these folders come from one function each: for axe, two of each folder stand for the others.
ALIKE = ("errors", "notebooks", "cookbook")
WIDTHS = (1600, 1280, 768, 360)
# Axe looks at a page in the width that comes last then: no other has to be laid out for it.
LOOKED_AT_LAST = (1600, 768, 360, 1280)
# Hundreds of rows of one shape would take axe a minute and show the same thing. Any that has something in it that the
# rows before do not have, a status in its colour, say, stays.
FEWER = """() => {
    let removed = false;
    for (const body of document.querySelectorAll("article tbody")) {
        const seen = new Set();
        [...body.rows].forEach((row, place) => {
            const shapes = [row, ...row.querySelectorAll("*")].map((one) => `${one.localName}.${one.className}`);
            const fresh = shapes.filter((shape) => !seen.has(shape));
            for (const shape of fresh) seen.add(shape);
            if (place < 24 || fresh.length) return;
            row.remove();
            removed = true;
        });
    }
    return removed;
}"""
# The theme gives its columns their height a frame or two after the window has another size; until then one may scroll.
COLUMNS = "() => [...document.querySelectorAll('.md-sidebar__scrollwrap')].map((one) => one.style.height)"
WIDER = """(widest) => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > widest + 1)
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 160))"""


def kinds():
    """The pages that axe looks at."""
    seen = dict.fromkeys(ALIKE, 0)
    for path in PAGES:
        folder = path.strip("/").partition("/")[0]
        if folder in seen and path.count("/") > 2:
            seen[folder] += 1
            if seen[folder] > 2:
                continue
        yield path


def followed(page):
    """Wait until the theme has followed the size of the window, and bring what slides to its place there."""
    before = None
    while (now := page.evaluate(COLUMNS)) != before:
        before = now
        page.evaluate(TURN)
    page.evaluate(SETTLED)


def standing_out(page, widths=WIDTHS):
    """The widths of the window that the page does not fit, each with what stands out there.

    In a window that is widened the field of the search slides to its place, and stands out meanwhile.
    """
    for width in widths:
        wider = width > page.viewport_size["width"]
        page.set_viewport_size({"width": width, "height": 800})
        if wider:
            followed(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield width, page.evaluate(WIDER, width)


ASKED = {
    "guardrails": "guardrails",
    "knowledge": "knowledge",
    "vector store": "vector-stores",
    "structured output": "structured-output",
    "async": "async",
    "retry": "retry",
    "compaction": "compaction",
    "human in the loop": "human-in-the-loop",
    "MCP": "mcp",
}
"""What people look for, and the question of the page of questions that answers it."""
JUDGED = frozenset(kinds())


def test_there_are_pages():
    assert "/" in PAGES
    assert {"/quickstart/", "/support-matrix/", "/cookbook/", "/release/"} <= JUDGED


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_server_complains_of_nothing_fits_every_width_and_is_accessible(visit, site_url, path):
    page = visit(path, viewport={"width": WIDTHS[0], "height": 800})
    assert dict(standing_out(page, LOOKED_AT_LAST if path in JUDGED else WIDTHS)) == {}
    if path in JUDGED:
        if page.evaluate(FEWER):
            followed(page)
        assert dict(in_each_scheme(page)) == {"default": [], "slate": []}
    assert {urlsplit(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))} == {
        urlsplit(site_url).netloc
    }
    assert page.complaints == []


@pytest.mark.parametrize(("width", "widths"), [*((width, LOOKED_AT_LAST) for width in WIDTHS), (WIDTHS[1], WIDTHS)])
def test_what_stands_out_at_one_width_only_is_seen_at_that_width(visit, width, widths):
    page = visit("/guide/agents/", viewport={"width": WIDTHS[0], "height": 800})
    page.add_style_tag(content=f"@media not (width: {width}px) {{ #planted {{ display: none }} }}")
    words = "<p id=planted style='width: calc(100vw + 9px)'>Too wide</p>"
    page.evaluate("(more) => document.querySelector('article').insertAdjacentHTML('afterbegin', more)", words)
    assert list(dict(standing_out(page, widths))) == [width]


@pytest.mark.parametrize(
    ("style", "scheme"),
    [
        ("article p { color: #bbb }", "default"),
        ("article p:last-of-type { color: #bbb }", "default"),
        (".highlight .k { color: #ddd !important }", "default"),
        (".md-typeset { --md-typeset-a-color: #9dd }", "default"),
        ("[data-md-color-scheme=slate] article h2 { color: #555 }", "slate"),
        ("[data-md-color-scheme=slate] .md-nav__link { background: #b6bac9 }", "slate"),
    ],
)
def test_a_text_too_pale_is_seen_though_few_of_those_drawn_alike_are_judged(visit, style, scheme):
    page = visit("/guide/agents/")
    page.add_style_tag(content=style)
    seen = dict(in_each_scheme(page))
    assert "color-contrast" in {rule for rule, *_ in seen[scheme]}
    assert scheme == "default" or seen["default"] == []


@pytest.mark.parametrize(
    "before",
    [
        "<i class=pale>(</i>" * 2,
        "<i class=pale aria-disabled=true>Not to be used</i>" * 9,
        "<i class='pale odd'>Behind a ground that is laid over it</i>" * 9,
    ],
)
def test_what_cannot_be_judged_does_not_stand_for_a_text_that_is_drawn_alike(visit, before):
    page = visit("/guide/agents/")
    assert faults(page) == []
    style = ".pale { color: #ccc } .odd::after { content: ''; position: absolute; inset: 0; background: navy }"
    words = f"<style>{style}</style><p>{before}</p><p><i class=pale>Too pale to read</i></p>"
    page.evaluate("(more) => document.querySelector('article').insertAdjacentHTML('beforeend', more)", words)
    assert [(rule, "Too pale to read" in html) for rule, html, _ in faults(page)] == [("color-contrast", True)]


# Beside one another: links and the words that they stand among, of the same two colours; a text and a ground behind it.
LINKS = """<style>p.zz a { text-decoration: none !important } .md-typeset p.zz a { color: #6060f0 }
    p.zz { color: #000 } [data-md-color-scheme=slate] p.zz { color: #e2e4e9 }
    [data-md-color-scheme=slate] .md-typeset p.zz a { color: #c8d0ff }</style>"""
LAID = """<style>p.yy { position: relative; color: #010203 } [data-md-color-scheme=slate] p.yy { color: #e3e4e9 }
    .ground { position: absolute; inset: 0 } [data-md-color-scheme=slate] .ground.pale { background: #bbc }
    </style><div style="position: relative"><div class="ground KIND"></div><p class=yy>Words over it</p></div>"""
ASIDE = """<div style="position: relative; height: 9rem"><div class="ground pale" style="top: 6rem"></div>
    <p class=yy>Words beside it</p></div>"""
SCROLLS = """<style>[data-md-color-scheme=slate] .sc { overflow: auto; height: 1rem }</style>
    <div class=sc><p>One</p><p>Two</p><p>Three</p></div>"""
NAMED = """<img alt=Named src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    onload="new MutationObserver(() => this.toggleAttribute('alt', document.body.dataset.mdColorScheme === 'default'))
    .observe(document.body, { attributes: true })">"""


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        (
            f"{LINKS}<p class=zz>Words alone</p><p class=zz><a href='/'>a link</a></p>",
            "<p class=zz>Words and <a href='/'>a link</a> amid them</p>",
            "link-in-text-block",
        ),
        (LAID.replace("KIND", "none"), LAID.replace("KIND", "pale"), "color-contrast"),
        (LAID.replace("KIND", "none") + ASIDE, LAID.replace("KIND", "pale"), "color-contrast"),
        ("", SCROLLS, "scrollable-region-focusable"),
        ("", NAMED, "image-alt"),
    ],
    ids=["link", "ground", "aside", "scrolls", "attribute"],
)
def test_what_is_at_fault_in_the_dark_scheme_only_is_seen_after_its_like_was_found_good(visit, good, bad, rule):
    page = visit("/guide/agents/")
    add = "(more) => document.querySelector('article').insertAdjacentHTML('beforeend', more)"
    page.evaluate(add, good)
    assert dict(in_each_scheme(page)) == {"default": [], "slate": []}
    page.evaluate(SWITCH)
    page.evaluate(add, bad)
    seen = dict(in_each_scheme(page))
    assert seen["default"] == []
    assert [found for found, *_ in seen["slate"]] == [rule]


BROKEN = """() => [...document.querySelectorAll("article :not(pre) > code")].flatMap((one) => {
    const nodes = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), found = [];
    for (let node; (node = nodes.nextNode()); ) {
        for (const match of node.data.matchAll(/(?<=^|\\s)--?[a-zA-Z][\\w-]*/g)) {
            const range = document.createRange();
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            found.push([match[0], new Set([...range.getClientRects()].map((part) => part.top)).size]);
        }
    }
    return found;
})"""
"""Every option in a line of text, and on how many lines it stands."""


def test_an_option_in_a_text_is_not_broken_at_its_dashes(visit):
    page = visit("/release/")
    seen = []
    for width in range(360, 1300, 60):
        page.set_viewport_size({"width": width, "height": 800})
        seen += page.evaluate(BROKEN)
    assert {option for option, _ in seen} >= {"--team", "--name", "--link"}
    assert [option for option, lines in seen if lines > 1] == []


def test_an_address_that_is_not_there_leads_on(visit, site_url):
    page = visit("/nowhere/at/all/")
    assert page.locator("h1").inner_text() == "This page is not here"
    links = page.locator("article a").evaluate_all("all => all.map((one) => one.href)")
    assert len(links) == 5
    assert [link for link in links if not page.request.get(link).ok] == []
    assert faults(page) == []
    assert {urlsplit(url).netloc for url in page.asked if not url.startswith("data:")} == {urlsplit(site_url).netloc}


@pytest.mark.parametrize(("scheme", "palette"), [("light", "default"), ("dark", "slate")])
def test_both_colour_schemes_follow_the_system_and_can_be_switched(visit, scheme, palette):
    page = visit("/", color_scheme=scheme)
    body = page.locator("body")
    assert body.get_attribute("data-md-color-scheme") == palette
    assert faults(page) == []
    page.locator("label.md-header__button:visible[for^=__palette]").click()
    assert body.get_attribute("data-md-color-scheme") == {"default": "slate", "slate": "default"}[palette]


def test_the_search_finds_where_a_thing_stands_without_a_service(visit, site_url):
    page = visit("/", searching=True)
    field = page.locator("input.md-search__input")
    field.click()
    answers = []
    for words, place in ASKED.items():
        field.fill("")
        field.press_sequentially(words)
        # The first page that is found is the one with the answer, and leads to it.
        answer = page.locator(f".md-search-result__item >> nth=0 >> a[href*='/faq/'][href*='#'][href*='{place}']").first
        answer.wait_for(state="attached")
        answers.append(answer.get_attribute("href"))
    page.goto(answers[-1])
    for heading in (urlsplit(address).fragment for address in answers):
        told = page.locator(
            f"xpath=//h2[@id='{heading}']/following-sibling::p[starts-with(., 'In the support matrix')]"
        )
        assert "available" in told.first.inner_text()
    assert {urlsplit(url).netloc for url in page.asked} == {urlsplit(site_url).netloc}
    assert page.complaints == []
