"""What browser tests share: the built site behind the real server, and a Chromium that talks to nobody else."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from fnmatch import fnmatch
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
    "--in-process-gpu",
    "--no-first-run",
    "--no-sandbox",
    # A page's scripts live for a second: what compiles them for speed, beside them, takes longer than it saves.
    "--js-flags=--no-opt --no-maglev",
]
# Two frames and an idle moment: what a script puts off until the page is drawn has begun by then.
TURN = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done, { timeout: 500 }))))"""
WINDOW = {"width": 1280, "height": 720}
# The theme makes its search index anew on every page, half a second of a processor each; its worker takes a tenth.
NOTHING_TO_FIND = {"config": {"lang": ["en"], "separator": " ", "pipeline": [], "fields": {}}, "docs": []}
SEARCH = {"*/search/search_index.json": json.dumps(NOTHING_TO_FIND), "*/workers/search.*.js": ""}


def pytest_ignore_collect(collection_path, config):
    """Read no module that only drives Chromium where none is driven: to read the site takes each process a second."""
    if config.option.markexpr != "not browser" or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.browser\n" in collection_path.read_text("utf-8") or None


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
            server.wait(60)


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
def shared_page(browser):
    """The page that one test after the other looks through: a renderer and a cache of its own is what costs."""
    kept = []

    def page():
        if not kept or kept[0].is_closed():
            kept[:] = [listening(browser.new_context().new_page())]
            without_search(kept[0])
        return kept[0]

    yield page
    for one in kept:
        one.context.close()


@pytest.fixture
def visit(browser, site_url, shared_page):
    """Open a page that keeps what it asked for and complained about.

    The scheme and the size of the window are set anew for each test, and nothing stays stored. What else a test wants
    (`java_script_enabled=False`), a second page beside the first and one that searches (`searching=True`) get a context
    of their own; on the others the search finds nothing.
    """
    in_use, contexts = [], []

    def opened(path="/", *, color_scheme="light", viewport=WINDOW, searching=False, **options):
        if in_use or searching or options:
            contexts.append(browser.new_context(**options))
            page = listening(contexts[-1].new_page())
        else:
            page = shared_page()
            in_use.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        page.asked, page.complaints = [], []
        page.goto(site_url + path, wait_until="load")
        if options.get("java_script_enabled", True):  # without, nothing is asked for after the page has loaded
            quiet(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    for page in in_use:
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.context.clear_cookies()
        page.goto("about:blank")  # what follows the colours of the system would keep those of the next test


def quiet(page):
    """Wait until everything that the loaded page asked for has come, and its scripts had their turn after it."""
    while True:
        count = len(page.asked)
        page.evaluate(TURN)
        if not page.awaited and len(page.asked) == count:
            return


def without_search(page):
    """Answer what the search of the page asks for.

    Only these two requests are stopped: `page.route` would stop each, and switch the browser's cache off.
    """
    from playwright.sync_api import Error

    session = page.context.new_cdp_session(page)

    def answer(event):
        name = next(pattern for pattern in SEARCH if fnmatch(event["request"]["url"], pattern))
        kind = "text/javascript" if name.endswith(".js") else "application/json"
        reply = {
            "requestId": event["requestId"],
            "responseCode": 200,
            "responseHeaders": [{"name": "content-type", "value": kind}],
            "body": base64.b64encode(SEARCH[name].encode()).decode(),
        }
        with suppress(Error):  # the page may have been left, or closed, since
            session.send("Fetch.fulfillRequest", reply)

    session.on("Fetch.requestPaused", answer)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": pattern} for pattern in SEARCH]})


def listening(page):
    page.set_default_timeout(60_000)  # a busy machine may need more than the half minute that Playwright waits
    page.asked, page.complaints, page.awaited = [], [], set()
    page.on("request", lambda request: (page.asked.append(request.url), page.awaited.add(request)))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: page.awaited.discard(request))  # noqa: PLW0108 - Playwright wants a function
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page
