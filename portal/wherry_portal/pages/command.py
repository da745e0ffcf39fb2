"""`wherry docs`: write the site's pages before MkDocs builds them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from wherry.core.errors import ConfigurationError
from wherry_portal.sources import find_root
from wherry_portal.sources.counted import counted

SHOWN = 20
app = App(name="docs", help="Write the pages that come from YAML and results.", result_action="return_value")


def checkout() -> Path:
    """The checkout whose pages are meant.

    Raises:
        ConfigurationError: The working directory is in none.
    """
    root = find_root()
    if not (root / "docs" / "index.md").is_file():
        raise ConfigurationError(
            f"there are no pages of Wherry in {str(root / 'docs')!r}",
            hint="The pages are made from a checkout of Wherry: run it in one.",
        )
    return root


@app.command
def generate(*, output: Path | None = None, check: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Copy the hand-written pages and write the generated ones beside them.

    Args:
        output: Folder to fill; by default `build/pages` of the project. What is no page any more is removed.
        check: Write nothing; say which pages would change, and end with 1 when there are any.

    Returns:
        0, 1 when `--check` finds pages that would change.
    """
    from wherry_portal.pages.build import every_file, outdated, write_pages

    root = checkout()
    target = output or root / "build" / "pages"
    if not check:
        print(f"{counted(write_pages(root, target), 'page')} written to {target}")
        return 0
    files = every_file(root)
    changed = outdated(files, target)
    for name in changed[:SHOWN]:
        what = "would be removed" if name not in files else "would change" if (target / name).exists() else "is missing"
        print(f"{name} {what}")
    if len(changed) > SHOWN:
        print(f"... and {len(changed) - SHOWN} more")
    told = f"{len(changed)} of {counted(len(files), 'file')} in {target} are not what the sources give"
    print(told if changed else "up to date")
    return 1 if changed else 0


@app.command
def stream() -> int:
    """Run the canonical fixture and keep its events in `results/stream.json`, for hosts that only serve files.

    Returns:
        0.
    """
    from wherry_portal.pages.stream import record

    root = checkout()
    body = record(root)
    print(f"{len(body['lines'])} lines of {body['fixture']} written to {root / 'results' / 'stream.json'}")
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
