"""The ten main pages look as they did when somebody last looked at them; what differs is drawn into `build/pictures/`.

The stored pictures are a few hundred bytes each. After a change that is meant, look at the pages and renew them:
`WHERRY_NEW_PICTURES=1 pytest tests/site/test_pictures.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .pictures import TOLERANCE, Picture, beside, decoded, difference, encoded, larger, save, take

pytestmark = pytest.mark.browser

STORED = Path(__file__).parent / "pictures"
SHOWN = Path(__file__).resolve().parents[2] / "build" / "pictures"
HEIGHT = 1600
WIDE, NARROW = 1280, 400
MAIN = {
    "home": "/",
    "quickstart": "/quickstart/",
    "guide": "/guide/",
    "matrix": "/support-matrix/",
    "cookbook": "/cookbook/",
    "parity": "/parity/",
    "benchmarks": "/benchmarks/",
    "pilot": "/checklists/pilot/",
    "notebooks": "/notebooks/",
    "http": "/reference/http/",
}
VIEWS = [
    *((name, "light", WIDE) for name in MAIN),
    ("guide", "dark", NARROW),
    ("matrix", "dark", NARROW),
]
FAULTS = {
    "a hidden table": ".md-content table { display: none !important }",
    "a text that nobody sees": ".md-content__inner { visibility: hidden }",
    "a block that runs over the edge": ".md-content__inner > :nth-child(3) { width: 2400px; max-width: none }",
    "a column that is too narrow": ".md-content { max-width: 300px }",
    "an article that is dark in the light scheme": ".md-content { background: #222 }",
}
FONTS = {
    "a serif": "* { font-family: 'DejaVu Serif', serif !important }",
    "a narrower one": "* { font-stretch: condensed !important }",
    "a narrower serif": "* { font-family: 'DejaVu Serif', serif !important; font-stretch: condensed !important }",
}


def stored(name, scheme, width):
    return STORED / f"{name}-{scheme}-{width}.png"


@pytest.mark.parametrize(("name", "scheme", "width"), VIEWS)
def test_a_main_page_looks_as_it_did(visit, name, scheme, width):
    page = visit(MAIN[name], color_scheme=scheme, viewport={"width": width, "height": 800})
    now, file = take(page, HEIGHT), stored(name, scheme, width)
    if os.environ.get("WHERRY_NEW_PICTURES"):
        save(now, file)
    before = decoded(file.read_bytes())
    found = difference(before, now)
    if found > TOLERANCE:
        shown = SHOWN / file.name
        save(larger(beside(before, now), 4), shown)
        pytest.fail(f"{MAIN[name]} differs by {found:.3f}, {TOLERANCE} is allowed; before, now and difference: {shown}")


def test_no_picture_is_left_over():
    assert {path.name for path in STORED.glob("*")} == {stored(*view).name for view in VIEWS}


@pytest.fixture
def guide(visit):
    """The page with its stored picture."""
    page = visit(MAIN["guide"], viewport={"width": WIDE, "height": 800})
    return page, decoded(stored("guide", "light", WIDE).read_bytes())


def test_what_breaks_a_page_is_seen(guide):
    page, before = guide
    seen = {}
    for name, style in FAULTS.items():
        planted = page.add_style_tag(content=style)
        seen[name] = difference(before, take(page, HEIGHT))
        planted.evaluate("one => one.remove()")
    page.route("**/*.css", lambda route: route.abort())
    page.goto(page.url, wait_until="load")
    seen["no style sheet"] = difference(before, take(page, HEIGHT))
    page.unroute("**/*.css")
    assert {name: found for name, found in seen.items() if found <= TOLERANCE} == {}


def test_another_font_is_no_difference(guide):
    page, before = guide
    seen = {}
    for name, style in FONTS.items():
        planted = page.add_style_tag(content=style)
        seen[name] = difference(before, take(page, HEIGHT))
        planted.evaluate("one => one.remove()")
    assert {name: found for name, found in seen.items() if found > TOLERANCE} == {}


def picture(*rows):
    return Picture(4, tuple(bytes([value] * 4) for value in rows))


def test_a_picture_is_stored_and_read_and_drawn_beside_another():
    one, other = picture(0, 128, 255), picture(0, 0, 255)
    assert decoded(encoded(one)) == one
    assert difference(one, one) == 0
    assert beside(one, other).rows[1] == bytes([*[128] * 4, 255, 0, 0, 255, *[0] * 4, 255, 0, 0, 255, *[128] * 4])
    assert larger(one, 2).rows[:2] == (bytes(8), bytes(8))


def test_what_stands_a_little_lower_is_nearly_the_same_and_what_is_missing_is_not():
    page = [255] * 10 + [0] * 5 + [255] * 25
    lower = [255] * 13 + [0] * 5 + [255] * 22
    assert 0 < difference(picture(*page), picture(*lower)) < TOLERANCE
    assert difference(picture(*page), picture(*[255] * 40)) > TOLERANCE
    assert difference(picture(*page), Picture(5, ())) == 1
