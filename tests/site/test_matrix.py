"""The support matrix in a browser: words, status and area filter it, a click sorts it, and all of it by keyboard."""

from __future__ import annotations

import csv
import io
import json

import pytest
from playwright.sync_api import expect

from wherry.core.matrix import features, reference

pytestmark = pytest.mark.browser

SHOWN = "table.features tbody tr:not([hidden])"
CROWDED = """() => [...document.querySelectorAll('.features tbody tr:has(details)')].filter((row) => {
    const list = row.querySelector('details ul').getBoundingClientRect();
    const covered = [...row.children].some((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell.querySelector('summary') ?? cell);
        const text = range.getBoundingClientRect();
        return text.width && text.left < list.right - 1 && text.right > list.left + 1
            && text.top < list.bottom - 1 && text.bottom > list.top + 1;
    });
    return covered || list.width < 300;
}).map((row) => row.id)"""
"""Rows whose evidence lies over the words of another cell, or in a narrow column."""


def grown(route):
    """The page with its rows twice, each under an id of its own."""
    html = route.fetch().text()
    start, end = html.index("<tbody>", html.index('class="features"')) + 7, html.rindex("</tbody>")
    rows = html[start:end]
    return html[:end] + rows.replace('<tr id="', '<tr id="again.') + html[end:]


def count(page):
    """How many rows are shown, once all are: the first are there at once, the others follow."""
    told = page.locator("output[name=count]").text_content()
    if told:  # by the script, where there is one
        expect(page.locator(SHOWN)).to_have_count(int(told.split()[0]))
    return page.locator(SHOWN).count()


def test_words_status_and_area_filter_together_and_the_address_keeps_them(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    whole = count(page)
    page.get_by_label("Area").select_option("guardrails")
    area = count(page)
    assert 0 < area < whole
    page.get_by_label("Words").fill("moderation")
    assert 0 < count(page) < area
    assert f"{count(page)} of {whole} rows" == page.locator("output[name=count]").text_content()
    again = visit("/support-matrix/" + page.url.partition("/support-matrix/")[2])
    assert count(again) == count(page)


def test_rows_are_filtered_by_the_version_of_agno_that_their_evidence_ran_on(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    whole = count(page)
    choice = page.get_by_label("Evidence on Agno")
    counted = 0
    for version in choice.locator("option").evaluate_all("all => all.map((one) => one.value).filter(Boolean)"):
        choice.select_option(version)
        counted += count(page)
        assert f"version={version}" in page.url
    assert counted == whole
    choice.select_option("none")
    assert all(text.endswith(": missing") for text in page.locator(f"{SHOWN} details li").all_text_contents())


@pytest.mark.parametrize(
    ("words", "row"),
    [("tool_call_limit", "agent.tools"), ("SqliteDb", "storage.sqlite"), ("agent.tools", "agent.tools")],
)
def test_a_name_from_somebodys_code_finds_the_row_that_it_belongs_to(visit, words, row):
    page = visit(f"/support-matrix/?words={words}", viewport={"width": 1200, "height": 800})
    assert 0 < count(page) < 40
    assert page.locator(f"tr[id='{row}']").is_visible()


def test_where_evidence_lies_is_no_word_of_a_row(visit):
    page = visit("/support-matrix/?words=tests/runtime", viewport={"width": 1200, "height": 800})
    assert count(page) == 0


def test_a_search_that_fits_nothing_says_so_and_leads_back(visit):
    page = visit("/support-matrix/?words=nosuchthing")
    assert count(page) == 0
    page.get_by_role("button", name="Show all rows").click()
    assert count(page) == len(features())
    assert page.evaluate("document.activeElement.name") == "words"


def test_a_link_to_a_row_shows_it_with_its_evidence_open_whatever_the_filters_say(visit):
    page = visit("/support-matrix/?words=nosuchthing#agent.core")
    row = page.locator("tr[id='agent.core']")
    assert row.is_visible()
    evidence = row.locator("details li").first
    assert evidence.is_visible()
    assert "agno" in evidence.inner_text()
    assert row.evaluate("one => one.getBoundingClientRect().top >= 0")


def test_opened_evidence_has_the_room_of_three_columns_and_covers_nothing(visit):
    page = visit("/support-matrix/")
    page.evaluate("() => document.querySelectorAll('.features details').forEach((one) => { one.open = true; })")
    assert page.locator(".features tbody details[open]").count() > 100
    for width in (720, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(CROWDED) == [], width


def test_filtering_a_thousand_rows_takes_a_moment_layout_included(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    page.route("**/support-matrix/?grown", lambda route: route.fulfill(body=grown(route), content_type="text/html"))
    page.goto(page.url + "?grown")
    page.unroute_all()  # while one is there, every request is stopped, and nothing is kept of what was loaded
    assert page.locator("table.features tbody tr").count() >= 1_000
    longest = page.evaluate(
        """() => {
        const field = document.querySelector(".controls input");
        const once = (words) => {
          field.value = words;
          const begun = performance.now();
          field.dispatchEvent(new Event("input", { bubbles: true }));
          document.body.getBoundingClientRect();  // has the browser lay out what is shown now
          return performance.now() - begun;
        };
        // Each key by the best of some tries, since other programs disturb some of them; of these the longest.
        const keys = ["t", "te", "tea", "team", ""];
        const tries = Array.from({ length: 8 }, () => keys.map(once));
        return Math.max(...keys.map((_, key) => Math.min(...tries.map((times) => times[key])))); }"""
    )
    assert 0 < longest < 100


def test_a_click_sorts_and_a_second_click_turns_it_round(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    names = "table.features tbody tr th"
    page.get_by_role("button", name="Feature").click()
    up = page.locator(names).all_text_contents()
    page.get_by_role("button", name="Feature").click()
    assert up[0].lower() < up[-1].lower()
    assert page.locator(names).all_text_contents() == up[::-1]
    again = visit("/support-matrix/" + page.url.partition("/support-matrix/")[2], viewport=page.viewport_size)
    assert again.locator(names).all_text_contents() == up[::-1]
    assert again.locator("th[aria-sort=descending]").inner_text().startswith("Feature")
    again.get_by_role("button", name="Feature").click()
    assert again.locator(names).all_text_contents() not in (up, up[::-1])
    assert "sort" not in again.url


def test_the_keyboard_alone_reaches_and_uses_the_filters(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    for _ in range(300):  # past the navigation
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "words":
            break
    assert page.evaluate("document.activeElement.name") == "words"
    page.keyboard.type("knowledge")
    assert 0 < count(page) < 200
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "status"


def test_without_a_script_every_row_is_there_and_no_dead_control(visit):
    page = visit("/support-matrix/", java_script_enabled=False)
    assert count(page) == len(features())
    assert not page.locator("form.controls").is_visible()


def test_the_downloads_are_what_the_api_answers_to_the_byte(visit, site_url):
    page = visit("/")
    address = f"{site_url}/v1/runtime/wherry/support-matrix"
    told = page.request.get(f"{site_url}/support-matrix.json").body()
    assert page.request.get(address).body() == told
    table = page.request.get(f"{site_url}/support-matrix.csv").body()
    assert page.request.get(address, headers={"Accept": "text/csv"}).body() == table
    rows = json.loads(told)["features"]
    assert json.loads(told)["reference"] == reference()
    assert [(row["id"], row["status"]) for row in rows] == [(row.id, row.status) for row in features()]
    assert sum(bool(row["evidence"]) for row in rows) > 300
    lines = list(csv.DictReader(io.StringIO(table.decode())))
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
