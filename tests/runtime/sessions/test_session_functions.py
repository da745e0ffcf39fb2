"""`wherry.utils.agent`: functions that read and change the session of an agent or team."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel
from team_kit import on

from wherry.core.errors import NotMigratedError
from wherry.db.sqlite import SqliteDb
from wherry.utils import agent as functions


def called(entity, name, *placed, asynchronous, **given):
    function = getattr(functions, f"{'a' if asynchronous else ''}{name}_util")
    told = function(entity, *placed, **given)
    return asyncio.run(told) if asynchronous else told


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_sessions_are_read_and_changed(tmp_path, kind, asynchronous):
    with on(["High.", "Low."]) as crew:
        given = {
            "db": SqliteDb(db_file=str(tmp_path / "s.db")),
            "session_state": {"port": "Hull"},
            "cache_session": True,
        }
        one = crew.agent("Ann", **given) if kind == "agent" else crew.team(crew.agent("Bo"), **given)
        first = one.run("Tide?", session_id="s")
        second = one.run("And now?", session_id="s")

    def ask(name, *placed, **options):
        return called(one, name, *placed, asynchronous=asynchronous, **options)

    assert ask("get_run_output", first.run_id, session_id="s").content == "High."
    assert ask("get_last_run_output", session_id="s").run_id == second.run_id
    kept = ask("get_last_run_output")
    assert kept.run_id == second.run_id
    kept.content = "changed"
    assert ask("get_last_run_output").content == "Low.", "the caller's own copy"
    assert [message.role for message in ask("get_chat_history", "s")][-2:] == ["user", "assistant"]
    assert ask("get_session_metrics", "s").input_tokens > 0
    assert ask("get_session_state", "s") == {"port": "Hull"}
    assert ask("update_session_state", {"hour": 6}, session_id="s") == {"port": "Hull", "hour": 6}
    ask("set_session_name", "s", session_name="Tides")
    assert ask("get_session_name", "s") == "Tides"


LONG = " ".join(["Tide"] * 16)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("kind", "replies", "named"),
    [
        ("agent", [LONG] * 4, "Tide Tide Tide Tide Tide"),
        ("agent", [LONG, '"High Tide"'], "High Tide"),
        ("agent", [""], ""),
        ("team", [LONG] * 4, "Team Session"),
        ("team", ["The tides of Hull, and when they turn"], "The tides of Hull, and when they turn"),
    ],
)
def test_a_session_is_named_by_the_model_within_its_limit(tmp_path, kind, replies, named, asynchronous):
    with on(["High.", *replies]) as crew:
        given = {"db": SqliteDb(db_file=str(tmp_path / "s.db"))}
        one = crew.agent("Ann", **given) if kind == "agent" else crew.team(crew.agent("Bo"), **given)
        one.run("Tide?", session_id="s")
        called(one, "set_session_name", "s", autogenerate=True, asynchronous=asynchronous)
        assert called(one, "get_session_name", "s", asynchronous=asynchronous) == named
        crew.assert_done()


def test_an_agent_that_keeps_no_session_has_no_newest_run():
    with on(["High."]) as crew:
        ann = crew.agent("Ann")
        ann.run("Tide?")
    assert functions.get_last_run_output_util(ann) is None


def test_an_input_is_checked_by_a_schema():
    class Ask(BaseModel):
        port: str

    assert functions.validate_input(input={"port": "Hull"}, input_schema=Ask) == Ask(port="Hull")
    assert functions.validate_input("Hull") == "Hull"
    with pytest.raises(ValueError, match="port"):
        functions.validate_input({"harbour": "Hull"}, Ask)


def test_agnos_insides_are_named_as_not_there():
    with pytest.raises(NotMigratedError, match="store_media_util"):
        functions.store_media_util  # noqa: B018 - asking is the point
