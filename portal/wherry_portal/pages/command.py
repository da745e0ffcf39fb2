"""`wherry docs`: write the site's pages before MkDocs builds them."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclopts import App

from wherry_portal.sources import find_root

app = App(name="docs", help="Write the pages that come from YAML and results.", result_action="return_value")


@app.command
def generate(*, output: Path | None = None) -> int:
    """Copy the hand-written pages and write the generated ones beside them.

    Args:
        output: Folder to fill; by default `build/pages` of the project. What is there is replaced.

    Returns:
        0.
    """
    from wherry_portal.pages.build import write_pages

    root = find_root()
    target = output or root / "build" / "pages"
    written = write_pages(root, target)
    print(f"{written} pages written to {target}")
    return 0


@app.command
def twins(*, site: Path | None = None) -> int:
    """Put the Markdown of each page beside it in the built site, and write llms.txt.

    Args:
        site: The built site; by default `build/site` of the project.

    Returns:
        0, 2 when there is no built site.
    """
    from wherry_portal.pages.twins import write_twins

    root = find_root()
    built = site or root / "build" / "site"
    if not (built / "index.html").is_file():
        print(f"There is no built site in {built}: run `make docs` first.", file=sys.stderr)
        return 2
    print(f"{write_twins(root / 'build' / 'pages', built)} pages have their Markdown beside them in {built}")
    return 0
