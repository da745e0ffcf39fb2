"""axe finds nothing on any kind of page, in both colour schemes; the matrix can be used by keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.test_pages import PAGES

pytestmark = pytest.mark.browser

# Pages of these folders come from one function each: two of each folder stand for the others.
ALIKE = ("features", "errors", "notebooks", "cookbook")


def kinds():
    seen = dict.fromkeys(ALIKE, 0)
    for path in PAGES:
        folder = path.strip("/").partition("/")[0]
        if folder in seen and path.count("/") > 2:
            seen[folder] += 1
            if seen[folder] > 2:
                continue
        yield path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", list(kinds()))
def test_axe_finds_nothing(visit, path, scheme):
    page = visit(path, color_scheme=scheme)
    # Hundreds of rows of one shape would take axe a minute and show the same thing.
    page.evaluate("for (const row of document.querySelectorAll('table tbody tr:nth-child(n+25)')) row.remove()")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"], one["nodes"][0].get("failureSummary")) for one in found] == []
