"""`python tools/build_site.py ...` is `mkdocs ...`, and looks for no garbage; the targets that build the site start it.

A build makes millions of objects and ends: to look through those that last, again and again, is a seventh of its time.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """What the command `mkdocs` does."""
    gc.disable()
    from mkdocs.__main__ import cli

    sys.exit(cli(prog_name="mkdocs"))


if __name__ == "__main__":
    main()
