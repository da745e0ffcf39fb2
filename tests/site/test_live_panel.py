"""The panel of the quickstart: it runs the canonical fixture on a served portal, and plays the recording elsewhere."""

from __future__ import annotations

import functools
import json
import re
import threading
import urllib.request
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing on stderr."""


@pytest.fixture
def static_url():
    """The built site on a host that only serves files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=SITE))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser):
    context = browser.new_context()

    def page(address):
        one = context.new_page()
        one.complaints = []
        one.on("console", lambda said: one.complaints.append(said.text) if said.type == "error" else None)
        one.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.goto(address, wait_until="networkidle")
        return one

    yield page
    context.close()


def names(page):
    return page.locator(".live li[data-event]").evaluate_all("rows => rows.map((row) => row.dataset.event)")


def test_on_a_portal_the_fixture_runs_and_its_events_are_drawn(opened, site_url):
    page = opened(f"{site_url}/quickstart/")
    button = page.get_by_role("button", name="Run it now")
    button.focus()
    page.keyboard.press("Enter")
    assert button.is_disabled()
    page.get_by_text(re.compile(r"The run has ended: \d+ lines drawn\.")).wait_for(timeout=60_000)
    drawn = names(page)
    assert drawn[0] == "RunStarted"
    assert drawn[-1] == "WorkflowCompleted"
    assert drawn.count("TeamRunCompleted") == 1
    assert page.locator(".live .case").all_inner_texts()[0].startswith("Agent")
    assert "Take a wherry at nine, with the rising tide." in page.locator(".live .events").inner_text()
    assert page.locator(".live [role=status]").get_attribute("aria-live") == "polite"
    assert page.complaints == []


def test_a_run_can_be_stopped_and_begun_again(opened, site_url):
    page = opened(f"{site_url}/quickstart/")
    page.get_by_role("button", name="Run it now").click()
    page.get_by_role("button", name="Stop").click()
    assert page.locator(".live [role=status]").inner_text() == "Stopped."
    assert page.get_by_role("button", name="Run it now").is_enabled()


def test_on_a_host_of_files_the_recording_is_played_and_can_be_read_without_a_script(opened, static_url, browser):
    page = opened(f"{static_url}/quickstart/")
    page.get_by_role("button", name="Play the recording").click()
    page.get_by_text("The run has ended").wait_for(timeout=60_000)
    lines = json.loads((ROOT / "results" / "stream.json").read_text("utf-8"))["lines"]
    assert names(page)[-1] == [line["event"] for line in lines if "event" in line][-1]
    assert page.complaints == []
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{static_url}/quickstart/")
    assert plain.locator(".live").is_hidden()
    plain.get_by_text("The recorded stream in words").click()
    assert plain.get_by_text("Take a wherry at nine, with the rising tide.").first.is_visible()
    context.close()


def test_the_stream_is_server_sent_events_and_ends(site_url):
    with urllib.request.urlopen(f"{site_url}/v1/portal/live", timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        messages = [json.loads(line[6:]) for line in answer.read().decode().splitlines() if line]
    assert [one["case"] for one in messages if "case" in one] == ["agent-run", "team-run", "workflow-run"]
    assert messages[-1]["end"] is True
