"""Pictures, sounds, videos and files: into a run, out of tools and models, kept or not."""

import base64

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran

from wherry.db.in_memory import InMemoryDb
from wherry.media import Audio, File, Image
from wherry.tools.function import ToolResult

PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
ADDRESS = "http://127.0.0.1/boat.png"


def parts(server, number=0):
    """The parts of the last user message that are not text."""
    content = server.requests[number].body["messages"][-1]["content"]
    return [part for part in content if part["type"] != "text"]


@four_ways
def test_pictures_are_sent_with_the_question(way):
    with model("A wherry.") as server:
        _, output = ran(way, agent(), images=[Image(url=ADDRESS), Image(content=PIXEL, format="png")])
        first, second = parts(server)
    assert first["image_url"]["url"] == ADDRESS
    assert second["image_url"]["url"] == "data:image/png;base64," + base64.b64encode(PIXEL).decode()
    assert [image.url for image in output.input.images] == [ADDRESS, None]


@four_ways
def test_sounds_and_files_are_sent(way, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("high water")
    with model("Heard.") as server:
        ran(way, agent(), audio=[Audio(content=b"RIFF", format="wav")], files=[File(filepath=str(note))])
        kinds = {part["type"] for part in parts(server)}
    assert kinds == {"input_audio", "file"}


@four_ways
def test_media_may_be_kept_from_the_model(way):
    seen = []

    def look(images) -> str:
        """Look at what was given."""
        seen.extend(images)
        return f"{len(images)} seen"

    with model(calls("look"), "Fine.") as server:
        ran(way, agent(tools=[look], send_media_to_model=False), images=[Image(url=ADDRESS)])
        assert server.requests[0].body["messages"][-1]["content"] == "Which way?"
    assert [image.url for image in seen] == [ADDRESS]


def draw(what: str) -> ToolResult:
    """Draw something."""
    return ToolResult(content=f"{what} drawn", images=[Image(content=PIXEL, format="png")])


@four_ways
@pytest.mark.parametrize("sent", [True, False])
def test_what_a_tool_draws_belongs_to_the_run(way, sent):
    with model(calls("draw", what="wherry"), "There it is.") as server:
        events, output = ran(way, agent(tools=[draw], send_media_to_model=sent))
        roles = [message["role"] for message in server.requests[1].body["messages"]]
    assert roles == ["user", "assistant", "tool", *(["user"] if sent else [])]
    assert [image.content for image in output.images] == [PIXEL]
    assert output.tools[0].result == "wherry drawn"
    if events:
        assert named(events, "ToolCallCompleted")[0].images
        assert events[-1].images[0].content == PIXEL


@four_ways
@pytest.mark.parametrize("kept", [True, False])
def test_media_are_stored_only_when_wanted(way, kept):
    owner = agent(tools=[draw], db=InMemoryDb(), store_media=kept)
    with model(calls("draw", what="wherry"), "There it is."):
        _, output = ran(way, owner, session_id="s", images=[Image(url=ADDRESS)])
    (stored,) = owner.get_session("s").runs
    assert bool(stored.images) is kept
    assert bool(stored.input.images) is kept
    assert output.images


@four_ways
def test_a_model_may_speak(way):
    sound = base64.b64encode(b"ahoy").decode()
    told = {"content": None, "audio": {"id": "a1", "data": sound, "expires_at": 0, "transcript": "Ahoy!"}}
    message = {"role": "assistant", **told}
    delta = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    whole = {
        **delta,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    pieces = [
        {
            **delta,
            "choices": [{"index": 0, "delta": {"role": "assistant", "audio": told["audio"]}, "finish_reason": None}],
        },
        {**delta, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    reply = pieces if "stream" in way else whole
    owner = agent(model=chat("gpt-audio", modalities=["text", "audio"], audio={"voice": "ash", "format": "pcm16"}))
    with model({"raw": reply}) as server:
        events, output = ran(way, owner)
        assert server.requests[0].body["modalities"] == ["text", "audio"]
    assert output.response_audio.transcript == "Ahoy!"
    if events:
        assert any(event.response_audio for event in named(events, "RunContent"))
