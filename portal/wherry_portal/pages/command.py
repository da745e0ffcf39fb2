"""`wherry docs`: write the site's pages before MkDocs builds them."""

from __future__ import annotations

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
