import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.sources import SourceError
from wherry_portal.support import Ticket, read_tickets
from wherry_portal.support.tickets import parse_moment

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

GITHUB_JSON = [
    {"number": 12, "createdAt": "2026-11-20T09:00:00Z", "labels": [{"name": "bug"}, {"name": "team:agentos-core"}]},
    {"number": 13, "createdAt": "2026-11-20T10:00:00+01:00", "labels": []},
    {
        "number": 14,
        "created_at": "2026-11-20T09:00:00Z",
        "labels": ["pilot/Data Platform"],
        "pull_request": {"url": "x"},
    },
]
JIRA_JSON = {
    "total": 2,
    "isLast": True,
    "issues": [
        {"key": "WH-1", "fields": {"created": "2026-11-20T10:00:00.000+0100", "labels": ["team:agentos-core"]}},
        {"key": "WH-2", "fields": {"created": "2026-11-20T09:00:00.000+0000", "team": {"value": "Data Platform"}}},
    ],
}
GITHUB_CSV = """number,title,labels,created_at
12,"A, B","bug,team:agentos-core",2026-11-20T09:00:00Z
13,C,,2026-11-20 09:00:00 UTC
"""
JIRA_CSV = (
    "Issue key;Summary;Labels;Labels;Created;Custom field (Team)\r\n"
    "WH-1;One;bug;team:agentos-core;20/Nov/26 9:00 AM;\r\n"
    'WH-2;"Two\r\nlines";;;20/Nov/26 9:00 AM;Data Platform\r\n'
)


def read(tmp_path, content, **options):
    path = tmp_path / "tickets"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8", newline="")
    return read_tickets(path, **options)


@pytest.mark.parametrize(
    ("content", "tickets", "skipped"),
    [
        (GITHUB_JSON, [Ticket("12", "agentos-core", NINE), Ticket("13", "unassigned", NINE)], 1),
        (JIRA_JSON, [Ticket("WH-1", "agentos-core", NINE), Ticket("WH-2", "data-platform", NINE)], 0),
        (GITHUB_CSV, [Ticket("12", "agentos-core", NINE), Ticket("13", "unassigned", NINE)], 0),
        (JIRA_CSV, [Ticket("WH-1", "agentos-core", NINE), Ticket("WH-2", "data-platform", NINE)], 0),
        (
            {"tickets": [{"key": "1", "team": "core", "created": "2026-11-20T09:00:00Z"}]},
            [Ticket("1", "core", NINE)],
            0,
        ),
        ([], [], 0),
        ("key,created\n", [], 0),
    ],
    ids=["github-json", "jira-json", "github-csv", "jira-csv", "plain-json", "empty-json", "empty-csv"],
)
def test_exports_of_both_trackers_are_read(tmp_path, content, tickets, skipped):
    export = read(tmp_path, content)
    assert (list(export.tickets), export.skipped) == (tickets, skipped)


def test_the_column_of_the_team_can_be_named(tmp_path):
    export = read(tmp_path, "key,created,Squad\n1,2026-11-20,Core Team\n", team_field="Squad")
    assert export.tickets[0].team == "core-team"


@pytest.mark.parametrize(
    "day", ["Nov 20, 2026, 9:00 AM", "20.11.2026 09:00", "20-Nov-2026 09:00", "20/Nov/2026 9:00 AM"]
)
def test_days_as_profiles_write_them_are_read_where_they_can_be_no_other(day):
    assert parse_moment(day) == NINE


def test_a_spreadsheet_of_unicode_text_is_read_and_teams_of_any_script_stay_apart(tmp_path):
    path = tmp_path / "sheet.txt"
    rows = ("Équipe Nord", "山田 組", "한국 팀", "!")
    path.write_text("key\tcreated\tteam\n" + "".join(f"{row}\t2026-11-20\t{row}\n" for row in rows), "utf-16")
    teams = [ticket.team for ticket in read_tickets(path).tickets]
    assert teams == ["equipe-nord", "山田-組", "한국-팀", "unassigned"]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("key,created\n1,2026-11-20\n2,11/12/2026\n", 3, "'11/12/2026' of 2 is no date"),
        ("key,created\n,2026-11-20\n", 2, "key: is missing"),
        ("title,created\nx,2026-11-20\n", 1, "no column for the key"),
        ("key,title\n1,x\n", 1, "no column for the creation date"),
        ("", 1, "empty"),
        ('key,created\n"1,2026-11-20\n', 2, "not CSV"),
        ('[\n{"number": 1, "createdAt": "2026-11-20"},\n{"number": 2}\n]', 3, "created: '' of 2"),
        ('{"x": []}', 1, "holds no list of issues"),
        ('{"total": 5, "issues": [{"key": "A-1", "created": "2026-11-20"}]}', 1, "the file holds 1 of 5 issues"),
        ('{"total_count": 1, "items": []}', 1, "the file holds 0 of 1 issues"),
        ('{"isLast": false, "issues": [{"key": "A-1", "created": "2026-11-20"}]}', 1, "1 issues and not the last"),
        ("[1, 2]", 1, "holds no list of issues"),
        ('[{"number": 1,\n]', 2, "not JSON"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file_with_its_line(tmp_path, content, line, says):
    with pytest.raises(SourceError) as refused:
        read(tmp_path, content)
    assert any(f"tickets:{line}: " in str(one) and says in str(one) for one in refused.value.complaints), refused.value


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_tickets(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="cannot be read"):
        read_tickets(tmp_path / "binary.csv")


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_moment_with_a_zone_is_the_same_moment_in_utc(moment):
    whole = moment.replace(microsecond=0)
    assert parse_moment(whole.isoformat()) == datetime.fromisoformat(whole.isoformat())


@given(st.text(max_size=30))
def test_no_text_is_a_traceback(text):
    parse_moment(text)
