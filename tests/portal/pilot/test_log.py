from datetime import UTC, datetime, timedelta

import pytest

from wherry_portal.pilot import load_log, log_path, logs_in
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import (
    Entry,
    PilotLog,
    Signature,
    Span,
    Verification,
    changing,
    from_text,
    save_log,
    to_text,
)
from wherry_portal.sources import SourceError

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def full_log():
    later = START + timedelta(minutes=20)
    return PilotLog(
        team="agentos-core",
        checklist="pilot",
        project="examples/service",
        environment={"wherry": "0.1.0", "python": "3.11.7", "system": "Linux"},
        started=START,
        seen=later,
        rehearsal=True,
        acceptance=["python -m pytest -q"],
        ci="GitHub Actions",
        finished=later,
        work=[Span(START, START + timedelta(minutes=5), "stop"), Span(START + timedelta(minutes=10), later, "finish")],
        items=[
            Entry(
                id="runs",
                status="done",
                closed=later,
                seconds=300,
                attempts=2,
                shown=["a: b", "1e5"],
                command="true",
                exit_status=0,
                run_seconds=0.2,
            ),
            Entry(id="look", status="failed", closed=later, seconds=0, shown=[]),
            Entry(
                id="ok",
                status="signed",
                closed=later,
                seconds=9,
                signature=Signature("lead", "Ada", "2026-11-22", "https://example.org", "yes"),
            ),
            Entry(
                id="na",
                status="not_applicable",
                closed=later,
                seconds=1,
                reason="There is none here.",
                name="Ada",
                date="2026-11-22",
            ),
        ],
        open_points=["Ask about MCP"],
        verification=Verification(later, True, "0.1.0", "3.11.7", 12.5, 3, (("no Agno installed", True, "none"),)),
    )


def test_a_log_survives_its_file(tmp_path):
    path = tmp_path / "agentos-core.yaml"
    save_log(path, full_log())
    assert load_log(path) == full_log()
    assert load_log(path).accepted


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("team: agentos-core", "team: other", "team: has to equal the file's name"),
        ("id: look", "id: runs", "items[1].id: 'runs' is logged twice"),
        ("    link: https://example.org\n", "", "items[2].signature.link: is missing"),
        ("reason: There is none here.", "reason: none", "items[3].reason: is too short"),
        ("seconds: 300", "seconds: -3", "items[0].seconds: has to be at least 0"),
        ("status: failed", "status: okay", "items[1].status: has to be one of"),
        ("'2026-11-22T09:10:00Z'", "'2026-11-22T09:04:00Z'", "work[1].from: 2026-11-22T09:04:00Z is earlier"),
        ("rehearsal: true", "rehersal: true", "rehersal: is not a known field; did you mean 'rehearsal'?"),
        ("'2026-11-22T09:05:00Z'\n", "'2026-11-22T08:05:00Z'\n", "work[0].to: 2026-11-22T08:05:00Z is earlier"),
    ],
)
def test_a_log_that_was_edited_into_nonsense_is_refused_with_line_and_field(old, new, says):
    text = to_text(full_log())
    assert old in text
    changed = text.replace(old, new, 1)
    with pytest.raises(SourceError) as refused:
        from_text(changed, "pilots/agentos-core.yaml")
    assert any(says in str(one) for one in refused.value.complaints), refused.value


def test_an_error_on_the_way_changes_nothing(tmp_path):
    path = tmp_path / "agentos-core.yaml"
    save_log(path, full_log())
    before = path.read_text()
    with pytest.raises(ZeroDivisionError), changing(path) as log:
        log.open_points.append(1 // 0)
    assert path.read_text() == before
    with pytest.raises(SourceError), changing(path) as log:
        log.items[0].status = "wonderful"
    assert path.read_text() == before


@pytest.mark.parametrize("team", ["", "../x", "A", "a b", "a--b", "a/b", "-a", "a\n"])
def test_a_team_is_a_short_name_and_never_a_path(tmp_path, team):
    with pytest.raises(PilotError):
        log_path(tmp_path, team)


def test_support_files_are_no_logs(tmp_path):
    for name in ("b.yaml", "a.yaml", "support-alerts.yaml", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in logs_in(tmp_path)] == ["a.yaml", "b.yaml"]
