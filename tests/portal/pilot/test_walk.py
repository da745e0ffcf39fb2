"""Following a checklist without a terminal: what a step changes in a log, and how the time is kept."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.checklists import load_checklist
from wherry_portal.pilot import clock, walk
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import Signature, from_text, to_text
from wherry_portal.pilot.perform import Outcome
from wherry_portal.sources import packaged

ROOT = Path(__file__).parent
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENVIRONMENT = {"wherry": "0.1.0", "python": "3.11.7", "system": "Linux"}
CHECKLIST = """schema: 1
id: pilot
title: Pilot
purpose: To test.
budget_minutes: 60
items:
  - {id: runs, text: t, why: w, role: engineer, expected_minutes: 1, kind: automatic, command: "true"}
  - {id: accepted, text: t, why: w, role: lead, expected_minutes: 2, kind: signed, proof: p}
  - {id: maybe, text: t, why: w, role: lead, expected_minutes: 2, kind: signed, proof: p, optional: true}
"""
PASSED = Outcome(True, ("fine",), "true", 0, 0.1)
FAILED = Outcome(False, ("bad",), "true", 1, 0.1)


def at(minutes):
    return START + timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def checklist(tmp_path_factory):
    path = tmp_path_factory.mktemp("checklists") / "pilot.yaml"
    path.write_text(CHECKLIST, encoding="utf-8")
    return load_checklist(path)


@pytest.fixture
def log(checklist):
    return walk.begin("agentos-core", checklist, ENVIRONMENT, "service", START)


def signed(**changed):
    return Signature(**{"role": "lead", "name": "Ada", "date": "2026-11-22", "link": "https://example.org/1"} | changed)


def test_time_goes_to_the_item_that_was_worked_on(log, checklist):
    runs, accepted, maybe = checklist.items
    walk.close(log, checklist, runs, PASSED, at(3))
    walk.sign(log, checklist, accepted, signed(), at(10), root=ROOT)
    assert log.finished is None
    walk.dismiss(log, checklist, maybe, "There is no database here.", "Ada", at(12))
    assert [entry.seconds for entry in log.items] == [180, 420, 120]
    assert log.finished == at(12)
    assert clock.worked(log, at(500)) == 720
    assert log.work[-1].ended_by == "finish"


def test_a_failed_item_stays_open_and_its_attempts_add_up(log, checklist):
    runs = checklist.items[0]
    walk.close(log, checklist, runs, FAILED, at(3))
    assert runs in walk.open_items(log, checklist)
    walk.close(log, checklist, runs, PASSED, at(5))
    entry = log.entry("runs")
    assert (entry.status, entry.attempts, entry.seconds) == ("done", 2, 300)
    assert runs not in walk.open_items(log, checklist)


def test_an_item_that_is_redone_and_fails_reopens_a_finished_pilot(log, checklist):
    runs, accepted, maybe = checklist.items
    walk.close(log, checklist, runs, PASSED, at(1))
    walk.sign(log, checklist, accepted, signed(), at(2), root=ROOT)
    walk.sign(log, checklist, maybe, signed(), at(3), root=ROOT)
    walk.close(log, checklist, runs, FAILED, at(4))
    assert log.finished is None


def test_stopped_time_is_not_counted(log, checklist):
    clock.halt(log, at(5), "stop")
    assert clock.resume(log, at(65)) == "The clock runs again."
    walk.close(log, checklist, checklist.items[0], PASSED, at(70))
    assert log.entry("runs").seconds == 600
    assert clock.worked(log, at(71)) == 660


def test_after_a_restart_of_the_machine_the_time_since_the_last_touch_is_not_counted(log):
    clock.resume(log, at(10))
    said = clock.resume(log, at(500), booted=at(480))
    assert "restarted" in said
    assert [span.ended_by for span in log.work] == ["restart", ""]
    assert clock.worked(log, at(505)) == 15 * 60


def test_a_machine_that_was_up_all_the_time_keeps_the_clock_running(log):
    assert clock.resume(log, at(500), booted=START - timedelta(days=3)) == ""
    assert clock.worked(log, at(500)) == 500 * 60


def test_a_clock_that_was_set_back_never_takes_time_away(log, checklist):
    walk.close(log, checklist, checklist.items[0], PASSED, at(5))
    walk.sign(log, checklist, checklist.items[1], signed(), at(2), root=ROOT)
    clock.halt(log, at(1), "stop")
    clock.resume(log, at(0))
    assert all(entry.seconds >= 0 for entry in log.items)
    from_text(to_text(log), "agentos-core.yaml")


STEPS = st.lists(
    st.tuples(st.sampled_from(["close", "fail", "sign", "stop", "resume", "restart"]), st.integers(0, 90)), max_size=15
)


@given(STEPS)
def test_whatever_happens_the_items_never_take_more_than_was_worked(steps):
    from wherry_portal.checklists.model import Automatic, Checklist, Signed, Thresholds

    common = {"text": "t", "why": "w", "role": "r", "expected_minutes": 1}
    runs = Automatic(id="runs", command="true", **common)
    accepted = Signed(id="accepted", proof="p", **common)
    checklist = Checklist(
        path=None,
        id="pilot",
        title="t",
        purpose="p",
        budget_minutes=None,
        thresholds=Thresholds(),
        items=(runs, accepted),
    )
    log = walk.begin("agentos-core", checklist, ENVIRONMENT, "service", START)
    minutes = 0
    for step, later in steps:
        minutes += later
        now = at(minutes)
        if step == "stop":
            clock.halt(log, now, "stop")
            continue
        clock.resume(log, now, now if step == "restart" else None)
        if step in {"close", "fail"}:
            walk.close(log, checklist, runs, PASSED if step == "close" else FAILED, now)
        elif step == "sign":
            walk.sign(log, checklist, accepted, signed(), now, root=ROOT)
    total = clock.worked(log, at(minutes))
    assert sum(entry.seconds for entry in log.items) + clock.unclaimed(log, at(minutes)) == total
    assert total <= minutes * 60
    assert from_text(to_text(log), "agentos-core.yaml") == log


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": " "}, "needs a name"),
        ({"link": ""}, "no credit without"),
        ({"link": "see the wiki"}, "'see the wiki' leads nowhere"),
        ({"link": "javascript:alert(1)"}, "leads nowhere"),
        ({"link": "../../conftest.py"}, "leads nowhere"),
        ({"link": "/etc/hosts.txt"}, "leads nowhere"),
        ({"link": "none.txt"}, "a file that is not there"),
        ({"date": "yesterday"}, "is no date"),
        ({"date": "2026-11-23"}, "lies ahead"),
    ],
)
def test_there_is_no_credit_without_name_link_and_day(log, checklist, changed, says):
    with pytest.raises(PilotError, match=says) as refused:
        walk.sign(log, checklist, checklist.items[1], signed(**changed), at(1), root=ROOT)
    assert refused.value.hint
    assert log.items == []


def test_a_file_of_the_repository_is_a_link(log, checklist):
    walk.sign(log, checklist, checklist.items[1], signed(link=f"{Path(__file__).name}#name"), at(1), root=ROOT)
    assert log.entry("accepted").status == "signed"
    from_text(to_text(log), "agentos-core.yaml")


def test_the_schemas_know_the_same_links():
    from wherry_portal.checklists.links import PATTERN

    for name in ("pilot-log", "release-signoffs", "support-alerts"):
        assert json.dumps(PATTERN) in packaged(f"contracts/{name}.schema.json").read_text(encoding="utf-8")


def test_an_automatic_item_cannot_be_signed_away(log, checklist):
    with pytest.raises(PilotError, match="decided by `true`"):
        walk.sign(log, checklist, checklist.items[0], signed(), at(1), root=ROOT)
    with pytest.raises(PilotError, match="decided by"):
        walk.dismiss(log, checklist, checklist.items[0], "We do not feel like it.", "Ada", at(1))


def test_not_applicable_takes_an_optional_item_a_reason_and_a_name(log, checklist):
    with pytest.raises(PilotError, match="always applies"):
        walk.dismiss(log, checklist, checklist.items[1], "There is no database here.", "Ada", at(1))
    with pytest.raises(PilotError, match="says too little"):
        walk.dismiss(log, checklist, checklist.items[2], "no", "Ada", at(1))
    with pytest.raises(PilotError, match="somebody"):
        walk.dismiss(log, checklist, checklist.items[2], "There is no database here.", "", at(1))


def test_an_unknown_item_is_refused_with_the_ones_there_are(checklist):
    with pytest.raises(PilotError, match="'rnus'") as refused:
        walk.find(checklist, "rnus")
    assert "runs, accepted, maybe" in refused.value.hint


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.6, "1 min 00 s"), (425, "7 min 05 s"), (3720, "1 h 02 min")]
)
def test_durations_read_well(seconds, text):
    assert clock.shown(seconds) == text
