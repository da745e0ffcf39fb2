"""What a team and its members store, as told by their flags, read back from the rows."""

import json
import sqlite3

import pytest
from team_kit import call, delegate, four_ways, on, run_in

from wherry.db.sqlite import SqliteDb
from wherry.media import Image

PNG = b"\x89PNG\r\n"
ENCODED = Image(content=PNG).to_base64()


def tide(place: str) -> str:
    return f"{place}: rising"


def run_once(way, path, member, **flags):
    with on([delegate("ann", "Look."), call("tide", place="Hull"), "Seen.", "Done."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[tide], **member), db=SqliteDb(db_file=str(path)), **flags)
        _, output = run_in(way, team, "Look.", session_id="s", images=[Image(content=PNG, mime_type="image/png")])
    with sqlite3.connect(path) as database:
        stored = database.execute("select run_type, run_data from agno_runs order by run_index").fetchall()
    return output, {kind: json.loads(data) for kind, data in stored}


@four_ways
def test_a_member_that_stores_no_media_and_no_tools_is_kept_without(way, tmp_path):
    output, stored = run_once(
        way, tmp_path / "t.db", {"store_media": False, "store_tool_messages": False}, store_member_responses=True
    )
    for member in (output.member_responses[0].to_dict(), stored["agent"], stored["team"]["member_responses"][0]):
        assert [message["role"] for message in member["messages"]][-2:] == ["user", "assistant"]
        assert "tool" not in [message["role"] for message in member["messages"]]
        assert ENCODED not in json.dumps(member)
    assert ENCODED in json.dumps(stored["team"]), "the team stores its own"


@four_ways
def test_a_team_that_stores_no_media_embeds_none_of_its_members(way, tmp_path):
    output, stored = run_once(way, tmp_path / "t.db", {}, store_media=False, store_member_responses=True)
    assert ENCODED not in json.dumps(stored["team"])
    assert ENCODED in json.dumps(stored["agent"]), "the member's own row is the member's matter"
    assert output.member_responses[0].input.images[0].content == PNG
    assert output.input.images[0].content == PNG


@four_ways
@pytest.mark.parametrize("flags", [{}, {"store_tool_messages": False}])
def test_tool_messages_of_the_leader(way, flags, tmp_path):
    _, stored = run_once(way, tmp_path / "t.db", {}, **flags)
    roles = [message["role"] for message in stored["team"]["messages"]]
    assert ("tool" in roles) is not bool(flags)
    assert ENCODED in json.dumps(stored["team"])
