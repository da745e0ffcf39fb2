"""The support matrix in a browser: words, status and area filter it, a click sorts it, and all of it by keyboard."""

from __future__ import annotations

import csv
import io
import json

import pytest

from wherry.core.matrix import features, reference

pytestmark = pytest.mark.browser

SHOWN = "table.features tbody tr:not([hidden])"


def count(page):
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


def test_filtering_takes_a_moment(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    longest = page.evaluate(
        """() => {
        const field = document.querySelector(".controls input");
        const times = [..."team"].map((_, end) => {
          field.value = "team".slice(0, end + 1);
          const begun = performance.now();
          field.dispatchEvent(new Event("input", { bubbles: true }));
          return performance.now() - begun;
        });
        return Math.min(...times); }"""
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


def test_the_keyboard_alone_reaches_and_uses_the_filters(visit):
    page = visit("/support-matrix/", viewport={"width": 1200, "height": 800})
    for _ in range(300):  # past the navigation
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "q":
            break
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("knowledge")
    assert 0 < count(page) < 200
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "status"


def test_without_a_script_every_row_is_there_and_no_dead_control(visit):
    page = visit("/support-matrix/", java_script_enabled=False)
    assert count(page) == len(features())
    assert not page.locator("form.controls").is_visible()


def test_the_downloads_hold_what_the_api_answers(visit):
    page = visit("/support-matrix/")
    told = json.loads(page.request.get(page.url + "../support-matrix.json").text())
    lines = list(csv.DictReader(io.StringIO(page.request.get(page.url + "../support-matrix.csv").text())))
    assert told["reference"] == reference()
    rows = {row.id: (row.status, row.reason, row.fallback, row.planned or None) for row in features()}
    assert {
        row["id"]: (row["status"], row["reason"], row["fallback"], row["planned"]) for row in told["features"]
    } == rows
    assert [line["id"] for line in lines] == [row["id"] for row in told["features"]]
