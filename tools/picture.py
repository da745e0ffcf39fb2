"""The picture of the site in README.md, in both colour schemes: `python tools/picture.py` takes it anew.

It looks at the built site (`make docs`) with the Chromium of the system and writes docs/assets/site-*.png.
"""

from __future__ import annotations

import functools
import shutil
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from wherry_portal.doctor import BROWSERS

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "site"
SIZE = {"width": 1280, "height": 720}
PAGE = "/support-matrix/"


class Files(SimpleHTTPRequestHandler):
    """The built site, without a word on stderr."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def main() -> int:
    """Take both pictures.

    Returns:
        0, 2 when the site or a browser is missing.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None or not (SITE / "index.html").is_file():
        print("This needs a Chromium on PATH and the site: run `make docs` first.", file=sys.stderr)
        return 2
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            page = chromium.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(f"http://127.0.0.1:{server.server_port}{PAGE}", wait_until="networkidle")
            page.screenshot(path=ROOT / "docs" / "assets" / f"site-{scheme}.png")
        chromium.close()
    server.shutdown()
    print("docs/assets/site-light.png and site-dark.png are taken anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
