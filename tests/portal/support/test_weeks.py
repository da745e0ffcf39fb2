from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.core.errors import ConfigurationError
from wherry_portal.support import Ticket, count_weeks
from wherry_portal.support.weeks import parse_since, week_of

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # a Sunday
TODAY = NOW.date()


def ticket(key, day, team="core"):
    return Ticket(key, team, datetime(2026, 11, day, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("14d", date(2026, 11, 2)),
        ("2w", date(2026, 11, 2)),
        ("0d", date(2026, 11, 16)),
        ("2026-11-04", date(2026, 11, 2)),
    ],
)
def test_since_is_the_monday_of_its_week(text, monday):
    assert parse_since(text, TODAY) == monday


@pytest.mark.parametrize("text", ["", "14", "d", "-3d", "yesterday", "2026-13-01", "2026-12-01", "1e3d"])
def test_a_since_that_is_no_time_is_refused(text):
    with pytest.raises(ConfigurationError, match="since"):
        parse_since(text, TODAY)


def test_weeks_without_tickets_are_there_and_others_are_left_out():
    counts = count_weeks([ticket("1", 4), ticket("2", 18), ticket("2", 18), ticket("3", 1)], date(2026, 11, 2), NOW)
    assert counts.numbers() == {"2026-W45": {"core": 1}, "2026-W46": {}, "2026-W47": {"core": 1}}
    assert counts.teams == ["core"]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60), st.sampled_from("abc")), max_size=30), st.integers(0, 50)
)
def test_every_ticket_in_the_window_is_counted_once_in_the_week_of_its_day(made, back):
    tickets = [Ticket(str(key), team, NOW - timedelta(days=days)) for key, days, team in made]
    since = TODAY - timedelta(days=back)
    counts = count_weeks(tickets, since, NOW)
    keys = [key for by_team in counts.weeks.values() for found in by_team.values() for key in found]
    inside = {(one.key, one.created) for one in tickets if counts.since <= one.created.date() <= TODAY}
    assert sorted(keys) == sorted(key for key, _ in inside)
    for week, by_team in counts.weeks.items():
        for found in by_team.values():
            assert all(any(one.key == key and week_of(one.created.date()) == week for one in tickets) for key in found)


def test_a_number_of_two_repositories_is_two_tickets_and_a_key_of_two_exports_one():
    filed = NOW - timedelta(days=2)
    elsewhere, to_the_minute = filed + timedelta(hours=3), filed.replace(second=0)
    filed = filed.replace(second=42)
    tickets = [Ticket("#12", "core", filed), Ticket("#12", "core", elsewhere), Ticket("#12", "core", to_the_minute)]
    tickets += [Ticket("OPS-7", "core", filed), Ticket("OPS-7", "core", elsewhere)]
    assert count_weeks(tickets, TODAY, NOW).weeks["2026-W47"]["core"] == ("#12", "OPS-7", "#12")


def test_a_year_ends_in_its_iso_week():
    assert week_of(date(2027, 1, 1)) == "2026-W53"
