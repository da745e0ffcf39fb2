"""The pilot checklist on its page: by keyboard, kept in the browser, as YAML, and by the portal in its file."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from wherry_portal.pilot.log import Entry, from_text, save_log

from .conftest import NOTHING_TO_FIND

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
WHERRY = [sys.executable, "-c", "import sys; from wherry_portal.cli import main; sys.exit(main())"]
PAGE = "/checklists/pilot/"


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A portal over a project of its own, so that what is ticked is written there: its address and its folder."""
    project = tmp_path_factory.mktemp("project")
    (project / "pilots").mkdir()
    (project / "proof.txt").write_text("shown")
    site = project / "build" / "site"
    shutil.copytree(ROOT / "build" / "site", site)
    serve = [*WHERRY, "portal", "serve", "--site", str(site), "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            line = server.stdout.readline()
            assert "http://" in line, line + server.stdout.read()
            yield line.split()[2], project
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


@pytest.fixture(scope="module")
def kept_page(browser, portal):
    """One page for all tests: nothing here searches, and the theme's search costs a second of each start."""
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(60_000)
    context.route("**/search/search_index.json", lambda route: route.fulfill(json=NOTHING_TO_FIND))
    context.route("**/workers/search.*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    yield context.new_page()
    context.close()


@pytest.fixture
def page(kept_page, portal):
    kept_page.goto(portal[0] + PAGE, wait_until="load")
    yield kept_page
    kept_page.goto(portal[0] + "/404.html", wait_until="commit")  # the clock of the page keeps nothing after this
    kept_page.evaluate("localStorage.clear()")


def begin(page, team, project="../agents"):
    page.get_by_label("Team", exact=True).fill(team)
    page.get_by_label("Project", exact=True).fill(project)
    page.get_by_role("button", name="Start the clock").click()
    said(page, f"Written to pilots/{team}.yaml.")


def said(page, text):
    page.locator(".follow .said").filter(has_text=text).wait_for()


def box(page, item):
    return page.locator(f"#{item} ~ .item").first


def sign(page, item, link="proof.txt"):
    here = box(page, item)
    if here.locator("details").get_attribute("open") is None:  # it stays open after a refusal
        here.get_by_text("Sign this item").click()
    here.get_by_label("Name", exact=True).first.fill("Ada Lovelace")
    here.get_by_label("Link that shows it", exact=True).fill(link)
    here.get_by_role("button", name="Sign").click()


def test_ticking_writes_the_log_of_the_team_through_the_api(page, portal):
    file = portal[1] / "pilots" / "core.yaml"
    begin(page, "core")
    sign(page, "scope")
    said(page, "1 of 11 items closed")
    log = from_text(file.read_text("utf-8"), "core.yaml")
    assert log.entry("scope").signature.name == "Ada Lovelace"
    assert log.entry("scope").signature.role == "pilot lead"
    assert box(page, "scope").get_attribute("data-status") == "signed"
    page.get_by_role("button", name="Stop the clock").click()
    page.get_by_role("button", name="Start the clock").wait_for()
    said(page, "Written")
    assert from_text(file.read_text("utf-8"), "core.yaml").work[-1].ended_by == "stop"
    page.reload(wait_until="load")
    assert page.get_by_label("Team", exact=True).input_value() == "core"
    assert "1 of 11" in page.locator(".follow").inner_text()


def test_a_link_that_leads_nowhere_gives_no_credit(page, portal):
    begin(page, "nowhere")
    sign(page, "scope", link="none.txt")
    said(page, "leads to a file that is not there")
    assert box(page, "scope").get_attribute("data-status") == "open"
    assert from_text((portal[1] / "pilots" / "nowhere.yaml").read_text("utf-8"), "nowhere.yaml").items == []


def test_an_item_that_a_run_decides_cannot_be_ticked_and_names_its_command(page):
    begin(page, "runs")
    assert box(page, "assess").get_by_text("Sign this item").count() == 0
    assert "wherry pilot done assess --team runs" in box(page, "assess").inner_text()


def test_an_optional_item_may_not_apply_with_a_reason(page, portal):
    begin(page, "optional")
    here = box(page, "shared-sessions")
    here.get_by_text("Sign this item").click()
    here.get_by_label("Name", exact=True).last.fill("Ada Lovelace")
    here.get_by_label("Why it does not apply").fill("The service keeps no sessions.")
    here.get_by_role("button", name="Does not apply").click()
    said(page, "1 of 11 items closed")
    log = from_text((portal[1] / "pilots" / "optional.yaml").read_text("utf-8"), "optional.yaml")
    assert log.entry("shared-sessions").reason == "The service keeps no sessions."


def test_a_log_is_exported_as_yaml_and_imported_again(page, portal, tmp_path):
    begin(page, "carried")
    sign(page, "scope")
    said(page, "1 of 11 items closed")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export YAML").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "carried.yaml"
    assert file.read_text("utf-8") == (portal[1] / "pilots" / "carried.yaml").read_text("utf-8")
    page.get_by_role("button", name="Forget it here").click()
    said(page, "Nothing is kept here")
    page.get_by_label("Import YAML").set_input_files(file)
    said(page, "Imported carried.yaml. 1 of 11 items closed")
    torn = tmp_path / "torn.yaml"
    torn.write_text(f"<<<<<<< HEAD\n{file.read_text('utf-8')}=======\nteam: x\n>>>>>>> branch\n", "utf-8")
    page.get_by_label("Import YAML").set_input_files(torn)
    said(page, "Two versions stand in this file")
    sign(page, "support")
    said(page, "2 of 11 items closed")


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(page, portal):
    begin(page, "shared")
    file = portal[1] / "pilots" / "shared.yaml"
    data = yaml.safe_load(file.read_text("utf-8"))
    file.write_text(yaml.safe_dump(data | {"ci": "GitHub Actions"}, sort_keys=False), "utf-8")
    sign(page, "scope")
    said(page, "somebody changed the log meanwhile")
    page.get_by_label("Logs of this project").select_option("shared")
    said(page, "Read pilots/shared.yaml")
    sign(page, "scope")
    said(page, "1 of 11 items closed")
    assert yaml.safe_load(file.read_text("utf-8"))["ci"] == "GitHub Actions"


def test_what_a_command_has_written_meanwhile_is_taken_over_when_somebody_comes_back(page, portal):
    begin(page, "mixed")
    file = portal[1] / "pilots" / "mixed.yaml"
    log = from_text(file.read_text("utf-8"), "mixed.yaml")
    done = Entry(
        id="assess", status="done", closed=log.started, seconds=3, shown=["No finding"], command="wherry assess"
    )
    log.items.append(done)
    save_log(file, log)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    said(page, "has changed, and was read again. 1 of 11 items closed")
    assert box(page, "assess").get_attribute("data-status") == "done"
    sign(page, "scope")
    said(page, "2 of 11 items closed")
    assert from_text(file.read_text("utf-8"), "mixed.yaml").entry("assess") == done


def test_time_without_the_page_counts_only_when_somebody_says_that_it_was_work(page, portal):
    begin(page, "absent")
    back = "(one) => new Date(Date.now() - one * 1000).toISOString().slice(0, 19) + 'Z'"
    page.evaluate(
        """([began, open]) => {
        const kept = JSON.parse(localStorage.getItem("wherry-pilot"));
        kept.log.work[0].from = began;
        kept.log.seen = open;
        localStorage.setItem("wherry-pilot", JSON.stringify(kept));
        addEventListener("pagehide", () => localStorage.setItem("wherry-pilot-open", open)); }""",
        [page.evaluate(back, 7200), page.evaluate(back, 3600)],
    )
    page.reload(wait_until="load")
    gap = page.locator(".follow .gap")
    assert "The clock ran on for 1 h 00 min while this page was closed" in gap.inner_text()
    page.reload(wait_until="load")  # without an answer it is asked again
    assert "The clock ran on for 1 h 00 min while this page was closed" in gap.inner_text()
    page.get_by_role("button", name="Stop the clock").click()
    said(page, "Say first whether the time without this page was work.")
    gap.get_by_role("button", name="Do not count it").click()
    said(page, "Written to pilots/absent.yaml.")
    (span,) = from_text((portal[1] / "pilots" / "absent.yaml").read_text("utf-8"), "absent.yaml").work
    assert 3590 <= (span.to - span.start).total_seconds() <= 3610
    assert span.ended_by == "restart"
    assert not gap.is_visible()
    assert page.get_by_role("button", name="Start the clock").is_visible()


def test_what_was_imported_is_not_undone_by_what_somebody_else_has_written(page, portal, tmp_path):
    begin(page, "brought")
    file = portal[1] / "pilots" / "brought.yaml"
    carried = tmp_path / "brought.yaml"
    log = from_text(file.read_text("utf-8"), "brought.yaml")
    log.items.append(Entry(id="assess", status="done", closed=log.started, seconds=3, shown=["No finding"]))
    save_log(carried, log)
    page.get_by_label("Import YAML").set_input_files(carried)
    said(page, "Imported brought.yaml. 1 of 11 items closed")
    file.write_text(file.read_text("utf-8") + "ci: GitHub Actions\n", "utf-8")
    page.reload(wait_until="load")
    sign(page, "scope")
    said(page, "somebody changed the log meanwhile")
    assert box(page, "assess").get_attribute("data-status") == "done"


def test_what_is_done_while_the_log_is_read_again_is_not_lost(page, portal):
    begin(page, "hasty")
    file = portal[1] / "pilots" / "hasty.yaml"
    file.write_text(file.read_text("utf-8") + "ci: GitHub Actions\n", "utf-8")
    asked = []
    page.route("**/v1/portal/pilots/hasty", lambda route: route.continue_() if asked else asked.append(route))
    with page.expect_request("**/v1/portal/pilots/hasty"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Stop the clock").click()
    asked[0].continue_()  # the button was pressed before the answer
    page.get_by_role("button", name="Start the clock").wait_for()
    page.unroute("**/v1/portal/pilots/hasty")
    log = from_text(file.read_text("utf-8"), "hasty.yaml")
    assert (log.work[-1].ended_by, log.ci) == ("stop", "GitHub Actions")


@pytest.mark.parametrize("kept", ["{cut off", "5", '{"log": {"schema": 1}}'])
def test_what_is_kept_but_is_no_log_does_not_keep_the_page_from_working(page, kept):
    page.evaluate("(kept) => localStorage.setItem('wherry-pilot', kept)", kept)
    page.reload(wait_until="load")
    begin(page, f"afresh-{len(kept)}")
    page.get_by_label("Import YAML").set_input_files(
        {
            "name": "odd.yaml",
            "mimeType": "application/yaml",
            "buffer": b"{schema: 1, checklist: pilot, items: [null], work: []}",
        }
    )
    said(page, "This is no log of the checklist")
    assert page.get_by_label("Team", exact=True).input_value() == f"afresh-{len(kept)}"


def test_the_keyboard_is_enough(page):
    page.get_by_label("Team", exact=True).focus()
    page.keyboard.type("keys")
    page.keyboard.press("Tab")
    page.keyboard.type("../agents")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "Written to pilots/keys.yaml.")
    box(page, "scope").locator("summary").focus()
    page.keyboard.press("Enter")
    for typed in ("Ada Lovelace", "https://example.org/scope", "Agreed."):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "1 of 11 items closed")
    box(page, "scope").locator("summary:focus").wait_for()  # and goes on from there, not from the top of the page
