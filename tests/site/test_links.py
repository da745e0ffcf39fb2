"""Every page of the built site, read without a browser: what it links and loads is there, and its own."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

pytestmark = pytest.mark.browser

SITE = Path(__file__).resolve().parents[2] / "build" / "site"
NAMED = re.compile(r'<(a|iframe|img|link|script|source)\b[^>]*?\b(?:href|src)="([^"]*)"')
PLACES = re.compile(r'\b(?:id|name)="([^"]+)"')


@pytest.fixture(scope="module")
def pages():
    """Text of each page by its address."""
    return {f"/{path.relative_to(SITE).as_posix()}": path.read_text("utf-8") for path in SITE.rglob("*.html")}


def links(pages):
    """Page, element and address of everything that a page names, and each only once a page."""
    for page, text in pages.items():
        for element, address in sorted(set(NAMED.findall(text))):
            yield page, element, unescape(address)


def test_nothing_is_loaded_from_elsewhere(pages):
    loaded = [(page, address) for page, element, address in links(pages) if element != "a"]
    assert len(loaded) > 3 * len(pages)
    assert [(page, address) for page, address in loaded if urlsplit(address).scheme or urlsplit(address).netloc] == []


def test_each_link_leads_to_a_page_or_a_file_and_to_a_place_in_it(pages):
    places = {page: {unescape(place) for place in PLACES.findall(text)} for page, text in pages.items()}
    there = {f"/{path.relative_to(SITE).as_posix()}" for path in SITE.rglob("*") if path.is_file()}
    missing, checked = [], 0
    for page, _, address in links(pages):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = unquote(urljoin(page, parts.path)) if parts.path else page
        target += "index.html" if target.endswith("/") else ""
        place = unquote(parts.fragment)
        checked += 1
        if target not in there or (place and target in places and place not in places[target]):
            missing.append((page, address))
    assert checked > 20 * len(pages)
    assert missing == []
