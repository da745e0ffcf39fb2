"""Media of stored runs kept in a storage: what a row holds, what a model is shown again, what goes with a session."""

import asyncio
import json

import pytest
from agent_kit import agent, calls, four_ways, model, ran
from agent_ways import run_in
from team_kit import delegate, on

from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.media import Audio, File, Image
from wherry.media.storage import AsyncLocalMediaStorage, LocalMediaStorage, MediaStorage
from wherry.offload import ResultStore
from wherry.tools.function import ToolResult
from wherry.utils.media_offload import iter_run_media, offload_cache_for, offload_run_media
from wherry.workflow import Step, StepOutput, Workflow

PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


class Counting(LocalMediaStorage):
    """A storage that tells what it was asked."""

    def __init__(self, *args, **given):
        super().__init__(*args, **given)
        self.asked = []

    def upload(self, media_id, content, **given):
        self.asked.append(f"upload {content.decode(errors='replace')[:3]}")
        return super().upload(media_id, content, **given)


@pytest.fixture
def storage(tmp_path):
    return Counting(tmp_path / "media")


def picture(name="i1", content=PIXEL, **given):
    return Image(content=content, id=name, mime_type="image/png", **given)


def kept(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".meta.json"))


def pictures_sent(server, number):
    content = server.requests[number].body["messages"]
    return [part for m in content if isinstance(m["content"], list) for part in m["content"] if part["type"] != "text"]


# --- agents ----------------------------------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize("kind", [LocalMediaStorage, AsyncLocalMediaStorage])
def test_a_row_refers_to_media_and_the_next_run_sees_them_again(way, kind, tmp_path):
    folder, db = tmp_path / "media", SqliteDb(db_file=str(tmp_path / "a.db"))
    owner = agent(db=db, media_storage=kind(folder), add_history_to_context=True)
    if kind is AsyncLocalMediaStorage and not way.startswith("arun"):
        with pytest.raises(ValueError, match="AsyncMediaStorage: AsyncLocalMediaStorage has to be awaited"):
            run_in(way, owner, "What is it?")
        return
    with model("A boat.", "Still a boat.") as server:
        _, output = ran(way, owner, "What is it?", images=[picture()], session_id="s")
        ran(way, owner, "And now?", session_id="s")
        assert pictures_sent(server, 1) == pictures_sent(server, 0)
    assert output.input.images[0].content == PIXEL  # the caller's own is whole
    assert output.input.images[0].media_reference is None
    stored = db.get_session("s", "agent").runs[0].to_dict()
    (shown,) = stored["input"]["images"]
    assert "content" not in shown
    assert stored["messages"][0]["images"][0]["media_reference"] == shown["media_reference"]
    reference = shown["media_reference"]
    assert kept(folder) == [reference["storage_key"]]
    assert {"s", "i1"} <= set(reference["storage_key"].split("-"))
    assert {name: reference[name] for name in ("session_id", "storage_backend", "bucket", "size", "media_type")} == {
        "session_id": "s",
        "storage_backend": "local",
        "bucket": str(folder.resolve()),
        "size": len(PIXEL),
        "media_type": "image",
    }


@four_ways
def test_what_tools_make_is_kept_too_and_uploaded_once(way, storage):
    def draw() -> ToolResult:
        """Draw a boat."""
        return ToolResult(content="drawn", images=[picture("made", b"made")])

    owner = agent(db=InMemoryDb(), media_storage=storage, tools=[draw], checkpoint="tool-batch")
    with model(calls("draw"), "Done.") as server:
        _, output = ran(way, owner, files=[File(content="note", filename="n.txt", id="f")], session_id="s")
        assert server
    assert sorted(storage.asked) == ["upload mad", "upload not"]
    assert output.images[0].content == b"made"
    stored = owner.db.get_session("s", "agent").runs[0]
    assert [media.content for media in iter_run_media(stored)] == [None] * len(list(iter_run_media(stored)))
    assert {media.media_reference.filename for media in iter_run_media(stored)} == {"n.txt", None}


def test_media_that_are_not_stored_are_not_uploaded_and_without_a_database_they_are(storage):
    with model("1.", "2.") as server:
        ran("run", agent(db=InMemoryDb(), media_storage=storage, store_media=False), images=[picture()])
        assert storage.asked == []
        ran("run", agent(media_storage=storage), images=[picture()])
        assert server
    assert len(storage.asked) == 1


def test_a_storage_that_fails_leaves_the_media_in_the_row(storage, caplog):
    def full(*_, **__):
        raise OSError("no space left")

    storage.upload = full
    owner = agent(db=InMemoryDb(), media_storage=storage)
    with model("1.") as server:
        ran("run", owner, images=[picture()], session_id="s")
        assert server
    assert owner.db.get_session("s", "agent").runs[0].input.images[0].content == PIXEL
    assert "no space left" in caplog.text


def test_a_fork_has_media_of_its_own_and_a_deleted_session_takes_its_media_along(storage, tmp_path):
    owner = agent(db=SqliteDb(db_file=str(tmp_path / "a.db")), media_storage=storage)
    with model("1.", "2.") as server:
        ran("run", owner, images=[picture()], session_id="s")
        ran("run", owner, images=[picture("i2")], session_id="t")
        assert server
    fork = owner.fork_session(source_session_id="s")
    assert {name.split("-i")[0] for name in kept(storage.base_path)} == {fork, "s", "t"}
    owner.delete_session("s", delete_media=True)
    owner.delete_session("t")
    assert {name.split("-i")[0] for name in kept(storage.base_path)} == {fork, "t"}
    asyncio.run(owner.adelete_session(fork, delete_media=True))
    assert {name.split("-i")[0] for name in kept(storage.base_path)} == {"t"}


@pytest.mark.parametrize(
    ("session", "name", "other", "others"),
    [("u/1", "i", "u_1", "i"), ("x" * 120 + "a", "i", "x" * 120 + "b", "i"), ("a", "b-c", "a-b", "c")],
)
def test_sessions_with_ids_that_look_alike_share_no_media(session, name, other, others, storage):
    owner = agent(db=InMemoryDb(), media_storage=storage)
    with model("1.", "2.") as server:
        ran("run", owner, images=[picture(name)], session_id=session)
        ran("run", owner, images=[picture(others)], session_id=other)
        assert server
    owner.delete_session(session, delete_media=True)
    (image,) = owner.db.get_session(other, "agent").runs[0].input.images
    assert image.get_content_bytes(storage) == PIXEL
    assert kept(storage.base_path) == [image.media_reference.storage_key]


def test_deleting_media_without_a_storage_is_told(caplog, tmp_path):
    agent(db=InMemoryDb()).delete_session("s", delete_media=True)
    assert "no media_storage" in caplog.text
    waiting = agent(db=InMemoryDb(), media_storage=AsyncLocalMediaStorage(tmp_path))
    with pytest.raises(ValueError, match="Use adelete_session"):
        waiting.delete_session("s", delete_media=True)


def test_what_is_no_storage_is_refused_and_copies_share_theirs(storage):
    with pytest.raises(AttributeError, match="media_storage must be a MediaStorage, not 'media'"):
        agent(media_storage="media")
    assert agent(media_storage=storage).deep_copy().media_storage is storage


# --- teams and workflows ---------------------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize("wanted", [True, False])
def test_a_team_keeps_the_media_of_its_members_unless_they_do_not_want_that(way, wanted, storage):
    def draw() -> ToolResult:
        """Draw a boat."""
        return ToolResult(content="drawn", images=[picture("made", b"made")])

    replies = [delegate("ada", "Draw."), calls("draw"), "Drawn.", "Here.", "Again."]
    with on(replies) as crew:
        ada = crew.agent("Ada", tools=[draw], store_media=wanted)
        team = crew.team(ada, db=InMemoryDb(), media_storage=storage, store_member_responses=True, num_history_runs=1)
        team.add_history_to_context = True
        _, output = run_in(way, team, "A boat!", images=[picture("asked", b"ask")], session_id="s")
        run_in(way, team, "Again!", session_id="s")
    assert ("upload mad" in storage.asked) is wanted
    assert storage.asked.count("upload ask") == 1
    stored = team.db.get_session("s", "team").runs
    assert not [media for run in stored for media in iter_run_media(run) if media.content]
    assert output.input.images[0].content == b"ask"


@four_ways
@pytest.mark.parametrize("own", [True, False])
def test_a_team_keeps_media_and_long_results_apart_at_once(way, own, storage, tmp_path):
    long = "\n".join(f"river {number}: navigable" for number in range(1, 101))

    def draw() -> ToolResult:
        """Draw a boat."""
        return ToolResult(content=long, images=[picture("made", b"made")])

    with on([delegate("ada", "Draw."), calls("draw"), long, "Here."]) as crew:
        ada = crew.agent("Ada", tools=[draw], media_storage=storage if own else None)
        settings = ResultStore(threshold_chars=1500, preview_lines=2)
        db = SqliteDb(db_file=str(tmp_path / "a.db"))
        given = {"media_storage": storage, "offload_tool_results": settings, "store_member_responses": True}
        run_in(way, crew.team(ada, db=db, **given), "A boat!", images=[picture("asked", b"ask")], session_id="s")
    runs = db.get_session("s", "team").runs
    media = [one for run in runs for one in iter_run_media(run)]
    assert {(one.id, one.content) for one in media} == {("made", None), ("asked", None)}
    assert {one.get_content_bytes(storage) for one in media} == {b"made", b"ask"}
    (member,) = [run for run in runs if getattr(run, "agent_id", None) == "ada"]
    (result,) = [message for message in member.messages if message.role == "tool"]
    assert result.content.startswith('<result id="res_')
    assert not [message for run in runs for message in run.messages if message.content == long]
    db.close()


@four_ways
def test_a_workflow_keeps_what_its_steps_make(way, storage, tmp_path):
    def make(step_input):
        return StepOutput(content="made", images=[picture("made", b"made")])

    db = SqliteDb(db_file=str(tmp_path / "w.db"))
    flow = Workflow(name="flow", db=db, media_storage=storage, steps=[Step(name="make", executor=make)])
    _, output = run_in(way, flow, "go", session_id="s")
    assert output.step_results[0].images[0].content == b"made"
    stored = db.get_session("s", "workflow").runs[0]
    assert [media.content for media in iter_run_media(stored) if media.media_reference] != []
    assert not [media for media in iter_run_media(stored) if media.content]
    assert storage.asked == ["upload mad"]
    flow.delete_session("s", delete_media=True)
    assert kept(storage.base_path) == []


def test_a_step_is_given_the_bytes_of_what_is_stored(storage):
    medium = picture("i", b"kept")
    run = type("Run", (), {"images": [medium], "input": None, "messages": None})()
    offload_run_media(run, storage, "s", cache=offload_cache_for(run))
    assert medium.content is None
    seen = []

    def look(step_input):
        seen.extend(image.content for image in step_input.images)
        return StepOutput(content="seen")

    flow = Workflow(name="flow", db=InMemoryDb(), media_storage=storage, steps=[Step(name="look", executor=look)])
    flow.run("go", images=[medium])
    assert seen == [b"kept"]


def test_a_workflow_refuses_a_storage_that_it_would_have_to_wait_for(tmp_path):
    flow = Workflow(name="f", steps=[lambda step_input: "x"], media_storage=AsyncLocalMediaStorage(tmp_path))
    with pytest.raises(ValueError, match=r"Cannot use sync run\(\) with an AsyncMediaStorage"):
        flow.run("go")
    with pytest.raises(ValueError, match=r"Cannot use sync continue_run\(\) with an AsyncMediaStorage"):
        flow.continue_run(run_id="r", session_id="s")


# --- reading by hand -------------------------------------------------------------------------------------------------


def test_stored_media_are_read_through_the_storage_that_keeps_them(storage, tmp_path, caplog):
    sound = Audio(content=b"RIFF", id="a", format="wav", mime_type="audio/wav")
    run = type("Run", (), {"audio": [sound]})()
    offload_run_media(run, storage, "s")
    sound = Audio.from_dict(json.loads(json.dumps(sound.to_dict())))
    assert (sound.content, sound.get_url(storage)) == (None, None)
    assert sound.get_content_bytes(storage) == b"RIFF"
    assert asyncio.run(sound.aget_content_bytes(AsyncLocalMediaStorage(storage.base_path))) == b"RIFF"
    assert sound.get_content_bytes(LocalMediaStorage(tmp_path / "other")) is None
    assert "kept by another storage" in caplog.text
    with pytest.raises(ValueError, match="aget_content_bytes"):
        sound.get_content_bytes(AsyncLocalMediaStorage(storage.base_path))
    storage.delete(sound.media_reference.storage_key)
    assert sound.get_content_bytes(storage) is None


def test_a_storage_has_to_say_how_it_keeps_media():
    with pytest.raises(TypeError, match="abstract"):
        MediaStorage()
