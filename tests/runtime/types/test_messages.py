"""Messages and media: what they accept and refuse, how they survive JSON, how they live in pydantic models."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from wherry.core.ids import new_id
from wherry.exceptions import RemoteServerUnavailableError
from wherry.media import Audio, File, Image, MediaReference, Video
from wherry.metrics import MessageMetrics
from wherry.models.message import Citations, Message, MessageReferences, UrlCitation
from wherry.reasoning.step import NextAction
from wherry.tools import Function

few = settings(max_examples=40, deadline=None)
texts = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
contents = st.binary(min_size=1, max_size=40)
images = st.builds(Image, content=contents, detail=st.none() | st.just("low"), alt_text=st.none() | texts)
audio = st.builds(Audio, content=contents, transcript=st.none() | texts, format=st.none() | st.just("wav"))
videos = st.builds(Video, url=st.just("http://127.0.0.1/v"), fps=st.none() | st.floats(0, 60))
files = st.builds(File, content=contents, mime_type=st.none() | st.just("application/pdf"), name=st.none() | texts)
metrics = st.builds(MessageMetrics, input_tokens=st.integers(0, 9), cost=st.none() | st.floats(0, 9))
messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    content=st.none() | texts | st.lists(st.dictionaries(texts, json_values, max_size=2), max_size=2),
    name=st.none() | texts,
    tool_args=json_values,
    tool_call_error=st.none() | st.booleans(),
    provider_data=st.none() | st.dictionaries(texts, json_values, max_size=2),
    images=st.none() | st.lists(images, min_size=1, max_size=2),
    audio=st.none() | st.lists(audio, min_size=1, max_size=2),
    videos=st.none() | st.lists(videos, min_size=1, max_size=1),
    files=st.none() | st.lists(files, min_size=1, max_size=1),
    metrics=metrics,
    references=st.none() | st.builds(MessageReferences, query=texts),
    from_history=st.booleans(),
)


@few
@given(messages)
def test_a_stored_message_comes_back_and_stores_the_same(message: Message) -> None:
    stored = message.to_dict()
    text = json.dumps(stored)
    assert Message.from_dict(stored).to_dict() == stored
    assert json.dumps(stored) == text, "from_dict changed its argument"
    assert Message.from_dict(json.loads(text)).to_dict() == stored


@few
@given(messages)
def test_a_dumped_message_validates_back(message: Message) -> None:
    assert Message.model_validate(message.model_dump()) == message


@few
@given(messages)
def test_copies_are_equal_and_apart(message: Message) -> None:
    for twin in (
        message.model_copy(),
        message.model_copy(deep=True),
        copy.deepcopy(message),
        pickle.loads(pickle.dumps(message)),  # noqa: S301 - our own bytes
    ):
        assert twin == message
        assert twin.id == message.id
        twin.content = "changed to something long enough never to be made up"
        assert twin != message


def test_ids_are_random_version_4_uuids() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {(uuid.UUID(made).version, str(uuid.UUID(made)) == made) for made in ids} == {(4, True)}
    assert Message(role="user").id != Message(role="user").id


def test_a_forked_process_makes_ids_of_its_own() -> None:
    code = (
        "import os\n"
        "from wherry.core.ids import new_id\n"
        "new_id()\n"
        "child = os.fork()\n"
        "made = [new_id() for _ in range(300)]\n"
        "child and os.waitpid(child, 0)\n"
        "print(*made, flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    made = done.stdout.split()
    assert len(made) == len(set(made)) == 600


def test_a_message_is_shown_with_every_field_in_order_and_stays_as_it_was() -> None:
    message = Message(role="user", content="hi", id="i", created_at=1, weather="fair")
    held = set(vars(message))
    shown = repr(message)
    assert shown.startswith("Message(id='i', role='user', content='hi', compressed_content=None, name=None, ")
    assert "from_history=False, metrics=MessageMetrics(input_tokens=0, " in shown
    assert shown.endswith(
        "references=None, created_at=1, temporary=False, checkpoint_status=None, checkpoint_created_at=None, "
        "weather='fair')"
    )
    assert str(message).startswith("id='i' role='user' content='hi' compressed_content=None ")
    assert set(vars(message)) == held


def test_unknown_fields_become_attributes_and_are_kept() -> None:
    message = Message(role="user", content="x", colour="red")
    assert message.colour == "red"
    assert message.model_dump(exclude_none=True)["colour"] == "red"
    assert "colour" not in message.to_dict()
    with pytest.raises(AttributeError, match="shape"):
        _ = message.shape


def test_metrics_are_made_when_asked_for() -> None:
    message = Message(role="assistant")
    assert "metrics" not in vars(message)
    message.metrics.input_tokens = 3
    assert message.to_dict()["metrics"] == {"input_tokens": 3}
    assert Message(role="user", metrics=None).metrics == MessageMetrics()
    assert Message.from_dict({"role": "user", "metrics": {"output_tokens": 2, "strange": 1}}).metrics.output_tokens == 2


def test_nested_dictionaries_become_objects() -> None:
    message = Message(
        role="user",
        images=[{"url": "http://127.0.0.1/"}],
        audio_output={"content": base64.b64encode(b"abc").decode(), "id": "a"},
        citations={"urls": [{"url": "u", "strange": 1}], "documents": [{"cited_text": "c"}]},
        references={"query": "q"},
    )
    assert isinstance(message.images[0], Image)
    assert message.audio_output.content == b"abc"
    assert message.citations == Citations(urls=[UrlCitation(url="u")], documents=message.citations.documents)
    assert message.references.query == "q"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Message(content="x"), "needs a role"),
        (lambda: Message(role="user", content={"a": 1}), "text or a list"),
        (lambda: Message.model_validate(5), "from int 5"),
        (Image, "no source"),
        (lambda: Image(url="u", content=b"x"), "url and content"),
        (lambda: Video(filepath=None), "no source"),
        (lambda: Image(content=5), "must be bytes"),
        (lambda: File(name="x"), "no source"),
        (lambda: File(id="x", mime_type="a/b"), "'a/b'"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_to_do(make: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        make()
    assert caught.value.hint
    assert "/errors/configuration/" in str(caught.value)


def test_a_tuple_of_parts_becomes_a_list() -> None:
    assert Message(role="user", content=({"type": "text", "text": "a"},)).get_content_string() == "a"


@few
@given(st.one_of(images, audio, videos, files))
def test_media_survive_json(medium: Any) -> None:
    stored = json.loads(json.dumps(medium.to_dict()))
    again = type(medium).from_dict(stored)
    assert again == medium
    assert again.to_dict() == stored


def test_plain_text_that_looks_like_base64_is_not_decoded() -> None:
    stored = File(content=b"TestData", mime_type="text/plain").to_dict()
    assert stored["content"] == "TestData"
    assert File.from_dict(stored).content == b"TestData"
    assert File.from_base64("TestData", mime_type="application/pdf").content == base64.b64decode("TestData")
    assert Image.from_base64("not base64!", id="i").content


def test_content_may_be_left_out_of_the_dictionary() -> None:
    image = Image(content=b"abc", id="i")
    assert image.to_dict(include_base64_content=False) == {"id": "i"}
    assert image.to_base64() == base64.b64encode(b"abc").decode()


def test_bytes_come_from_memory_file_or_storage(tmp_path: Any) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"on disk")
    reference = MediaReference(media_id="m", storage_key="k", storage_backend="local")

    class Storage:
        backend_name = "local"

        def download(self, key: str) -> bytes:
            return f"stored under {key}".encode()

        def get_url(self, key: str, expires_in: int | None = None) -> str:
            return f"http://127.0.0.1/{key}?{expires_in}"

    assert Image(content=bytearray(b"x")).get_content_bytes() == b"x"
    assert Image(filepath=path).get_content_bytes() == b"on disk"
    assert File(content="text").get_content_bytes() == b"text"
    assert Image(media_reference=reference).get_content_bytes() is None
    assert Image(media_reference=reference).get_content_bytes(Storage()) == b"stored under k"
    assert Image(media_reference=reference).get_url(Storage(), expires_in=5) == "http://127.0.0.1/k?5"
    assert Image(media_reference=reference).get_url() is None


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/found"
        self.send_response(200 if found else 404)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"fetched")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Any:
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_bytes_come_from_a_url(site: str) -> None:
    import asyncio

    image = Image(url=f"{site}/found")
    assert image.get_content_bytes() == b"fetched"
    assert asyncio.run(image.aget_content_bytes()) == b"fetched"
    assert asyncio.run(image.aget_url()) == image.url
    assert File(url=f"{site}/found").file_url_content == (b"fetched", "text/plain")
    assert File(url=f"{site}/lost").file_url_content is None
    with pytest.raises(RemoteServerUnavailableError, match="404"):
        Image(url=f"{site}/lost").get_content_bytes()
    with pytest.raises(RemoteServerUnavailableError, match="404"):
        asyncio.run(Image(url=f"{site}/lost").aget_content_bytes())


def test_a_url_never_reads_local_files(tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("s")
    with pytest.raises(ValueError, match="not an http"):
        Image(url=(tmp_path / "secret").as_uri()).get_content_bytes()


def test_a_storage_stands_in_for_an_unreachable_url(site: str) -> None:
    class Storage:
        backend_name = "s"

        def download(self, key: str) -> bytes:
            return key.encode()

    reference = MediaReference(media_id="m", storage_key="k", storage_backend="s", url=f"{site}/lost")
    assert Image(media_reference=reference).get_content_bytes(Storage()) == b"k"


class Letter(BaseModel):
    message: Message
    pictures: list[Image] = []
    papers: File | None = None


def test_they_are_fields_of_pydantic_models() -> None:
    letter = Letter(
        message={"role": "user", "content": "x"}, pictures=[{"url": "http://127.0.0.1/"}, Image(content=b"a")]
    )
    assert isinstance(letter.message, Message)
    assert isinstance(letter.pictures[0], Image)
    again = Letter.model_validate_json(letter.model_dump_json())
    assert again.message == letter.message
    assert letter.model_dump(exclude_none=True)["message"]["content"] == "x"
    with pytest.raises(ValidationError, match="no source"):
        Letter(message={"role": "user"}, pictures=[{}])


def test_pydantic_describes_them() -> None:
    class Album(BaseModel):
        pictures: list[Image]
        cited: Citations

    entries = Album.model_json_schema()["properties"]
    assert set(entries["pictures"]["items"]["properties"]) == set(Image.model_json_schema()["properties"])
    assert entries["cited"]["properties"]["urls"]["anyOf"][0]["items"]["title"] == "UrlCitation"


def test_importing_the_types_imports_nothing_heavy() -> None:
    code = (
        "import sys, wherry.run.agent, wherry.run.team, wherry.run.workflow, wherry.models.response, wherry.filters;"
        "print([name for name in ('pydantic', 'aiohttp', 'urllib3', 'asyncio', 'orjson') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_message_writes_itself_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    message = Message(
        role="assistant",
        content="Hello",
        reasoning_content="hm",
        tool_calls=[{"id": "c", "function": {"name": "add", "arguments": "{}"}}],
        images=[Image(content=b"x")],
        metrics=MessageMetrics(input_tokens=3),
    )
    with caplog.at_level(logging.INFO, logger="wherry"):
        message.log()
        assert not caplog.records
        message.log(level="info")
    text = caplog.records[0].getMessage()
    assert all(part in text for part in ("assistant", "Hello", "hm", "add({}) as c", "images: 1", "'input_tokens': 3"))


def test_extremes_of_the_pydantic_manner() -> None:
    image = Image.model_validate_json('{"url": "http://127.0.0.1/", "id": "i", "strange": 1}')
    assert Image.model_validate(image) is image
    assert image.model_dump(exclude={"id"}, exclude_defaults=True) == {"url": "http://127.0.0.1/"}
    assert image.model_dump_json(include={"id"}, indent=1) == '{\n "id": "i"\n}'
    assert image.model_copy(update={"detail": "low"}).detail == "low"
    assert Message.model_validate({"role": "user", "shape": "round"}).model_extra == {"shape": "round"}
    assert Message(role="user") != "user"
    dumped = Message(
        role="user", when=datetime(2026, 1, 2, tzinfo=UTC), where=Path("a"), kind=NextAction.RESET
    ).model_dump(mode="json")
    assert (dumped["when"], dumped["where"], dumped["kind"]) == ("2026-01-02T00:00:00+00:00", "a", "reset")


def test_what_is_made_when_asked_for_costs_the_other_attributes_nothing() -> None:
    """A class with a `__getattr__` is asked the long way for each of its attributes, of which a run reads hundreds."""
    for kind, name in ((Message, "metrics"), (Function, "parameters"), (Function, "description")):
        assert not hasattr(kind, "__getattr__")
        assert not hasattr(kind, name), "as a field without a default"
    message = Message(role="user", content="Rising?")
    assert "metrics" not in vars(message)
    assert message.metrics is message.metrics
    with pytest.raises(AttributeError, match="'Message' object has no attribute 'tide'"):
        _ = message.tide
