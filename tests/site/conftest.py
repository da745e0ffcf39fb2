"""What browser tests share: the built site behind the real server, and a Chromium that talks to nobody else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wherry_portal.doctor import BROWSERS

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]


@pytest.fixture(scope="session")
def site_url():
    """Address of the built site, served by `wherry portal serve`."""
    if not (SITE / "index.html").exists():
        pytest.fail("there is no built site: run `make docs` first")
    command = [sys.executable, "-c", "import sys; from wherry_portal.cli import main; sys.exit(main())"]
    serve = [*command, "portal", "serve", "--site", str(SITE), "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            line = server.stdout.readline()
            assert "http://" in line, line + server.stdout.read()
            yield line.split()[2]
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(10)


@pytest.fixture(scope="session")
def browser():
    """One Chromium of the system for all tests of a process."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("WHERRY_CHROMIUM") or next(
        (found for name in BROWSERS if (found := shutil.which(name))), None
    )
    if path is None:
        pytest.skip("no Chromium on this machine: `wherry doctor` says what to install")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def shared_context(browser):
    """A context whose cache serves one page after the other; for pages that are looked at and not used."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(browser, site_url, shared_context):
    """Open a page that keeps what it asked for and complained about; options give it a context of its own."""
    opened_here = []

    def opened(path="/", **options):
        context = browser.new_context(**options) if options else shared_context
        page = context.new_page()
        opened_here.append(context if options else page)
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(site_url + path, wait_until="load")  # an idle network alone comes before the end of a long page
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for one in opened_here:
        one.close()
