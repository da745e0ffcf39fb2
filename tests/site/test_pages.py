"""Every page of the built site in Chromium: nothing is fetched from elsewhere, nothing fails, both schemes work."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

SITE = Path(__file__).resolve().parents[2] / "build" / "site"
EVERY = sorted(f"/{path.parent.relative_to(SITE).as_posix()}/".replace("/./", "/") for path in SITE.rglob("index.html"))
FEATURES = [path for path in EVERY if path.startswith("/features/")]
# The features' pages come from one function: a sample of them is enough, of everything else all.
PAGES = [path for path in EVERY if path not in FEATURES] + FEATURES[:: max(1, len(FEATURES) // 12)]


def test_there_are_pages():
    assert "/" in PAGES


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_only_its_own_server_complains_of_nothing_and_fits_a_phone(visit, site_url, path):
    page = visit(path)
    assert {urlsplit(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))} == {
        urlsplit(site_url).netloc
    }
    assert page.complaints == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "wider than a phone"


@pytest.mark.parametrize(("scheme", "palette"), [("light", "default"), ("dark", "slate")])
def test_both_colour_schemes_follow_the_system_and_can_be_switched(visit, scheme, palette):
    page = visit("/", color_scheme=scheme)
    body = page.locator("body")
    assert body.get_attribute("data-md-color-scheme") == palette
    page.locator("label.md-header__button:visible[for^=__palette]").click()
    assert body.get_attribute("data-md-color-scheme") == {"default": "slate", "slate": "default"}[palette]


def test_the_search_works_without_a_service(visit, site_url):
    page = visit("/")
    page.locator("input.md-search__input").click()
    page.locator("input.md-search__input").press_sequentially("errors")
    page.locator(".md-search-result__item a").first.wait_for()
    assert {urlsplit(url).netloc for url in page.asked} == {urlsplit(site_url).netloc}
