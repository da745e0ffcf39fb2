import json
from datetime import UTC, datetime, timedelta

import pytest

from wherry_portal.cli import main
from wherry_portal.evidence import load_results
from wherry_portal.sources import SourceError
from wherry_portal.support import load_alerts, open_alerts
from wherry_portal.support.weeks import week_of

NOW = datetime.now(UTC)
# Three tickets of one day share a week, whatever the day is.
DAY = (NOW - timedelta(days=1)).strftime("%Y-%m-%d")
WEEK = week_of((NOW - timedelta(days=1)).date())


@pytest.fixture
def project(tmp_path, monkeypatch):
    for folder in ("pilots", "results"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def export(project, number, name="tickets.csv"):
    rows = "".join(f"{key},{DAY},team:core\n" for key in range(number))
    (project / name).write_text(f"key,created,labels\n{rows}", encoding="utf-8")


def stats(*words):
    return main(["support", "stats", "--since", "7d", *words])


def test_two_tickets_a_week_are_no_alert(project, capsys):
    export(project, 2)
    assert stats("tickets.csv") == 0
    assert load_alerts(project / "pilots") == []
    results = load_results(project / "results")
    assert not results.problems
    assert results.files["support"].data["weeks"][WEEK] == {"core": 2}


def test_a_third_ticket_raises_one_alert_however_often_it_is_counted(project, capsys):
    export(project, 3)
    assert stats("tickets.csv") == 1
    assert stats("tickets.csv", "tickets.csv") == 1
    (alert,) = load_alerts(project / "pilots")
    assert (alert.id, alert.tickets, alert.keys, alert.open) == (f"core/{WEEK}", 3, ("0", "1", "2"), True)
    assert f"wherry support answer core/{WEEK}" in capsys.readouterr().out


def test_an_answer_closes_the_alert_until_more_tickets_come(project):
    export(project, 3)
    stats("tickets.csv")
    answer = ["--name", "Ada", "--link", "https://example.org/1", "--text", "Fixed in the next release."]
    assert main(["support", "answer", f"core/{WEEK}", *answer]) == 0
    assert stats("tickets.csv") == 0
    export(project, 4)
    assert stats("tickets.csv") == 1
    (alert,) = open_alerts(load_alerts(project / "pilots"))
    assert (alert.tickets, alert.answer.tickets) == (4, 3)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["answer", "core/2020-W01", "--name", "Ada", "--link", "https://x.org", "--text", "It was fixed."],
            "there is no alert",
        ),
        (
            ["answer", "core/2020-W01", "--name", "Ada", "--link", "wiki", "--text", "It was fixed."],
            "needs a name, a link",
        ),
        (["stats"], "no export was named"),
        (["stats", "none.csv"], "cannot be read"),
        (["stats", "tickets.csv", "--since", "soon"], "'soon' is no time"),
    ],
)
def test_wrong_input_is_one_readable_error(project, capsys, words, says):
    export(project, 1)
    assert main(["support", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_dry_run_writes_nothing(project, capsys):
    export(project, 3)
    assert stats("tickets.csv", "--dry-run") == 0
    assert "3 !" in capsys.readouterr().out
    assert list((project / "pilots").iterdir()) == list((project / "results").iterdir()) == []


def test_an_alert_file_that_was_edited_into_nonsense_is_refused_by_line(project):
    export(project, 3)
    stats("tickets.csv")
    path = project / "pilots" / "support-alerts.yaml"
    path.write_text(path.read_text().replace(f"id: core/{WEEK}", "id: core/2020-W01"))
    with pytest.raises(SourceError, match=f"id: has to be core/{WEEK}"):
        load_alerts(project / "pilots")


def test_the_limit_comes_from_the_release_checklist_unless_given(project):
    export(project, 3)
    assert stats("tickets.csv", "--limit", "5") == 0
    assert json.loads((project / "results" / "support.json").read_text())["limit"] == 5
