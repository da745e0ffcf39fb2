"""How many tokens a request has: text, tools, schemas, media; the numbers are Agno's where no tokenizer is."""

import asyncio
import struct
import sys
from types import ModuleType, SimpleNamespace

import pytest
from pydantic import BaseModel

from wherry.media import Audio, File, Image, Video
from wherry.models import token_counts
from wherry.models.message import Message
from wherry.models.openai import OpenAIChat
from wherry.utils.tokens import (
    count_audio_tokens,
    count_file_tokens,
    count_image_tokens,
    count_schema_tokens,
    count_text_tokens,
    count_tokens,
    count_tool_tokens,
    count_video_tokens,
)

TIDE = {
    "type": "function",
    "function": {
        "name": "tide",
        "description": "Tide at a place.",
        "parameters": {
            "required": ["place"],
            "properties": {
                "place": {"type": "string", "enum": ["Acle", "Horning"], "description": "Where."},
                "hours": {"type": "array", "items": {"type": "integer", "enum": [1, 2]}},
                "boat": {"type": "object", "properties": {"name": {"type": "string"}, "afloat": {"type": "boolean"}}},
                "any": {"enum": ["a", 1]},
            },
        },
    },
}
TOLD = """namespace functions {

// Tide at a place.
type tide = (_: {
// Where.
place: "Acle" | "Horning",
hours?: 1 | 2[],
boat?: {
  name?: string,
  afloat?: boolean,
},
any?: "a" | 1,
}) => any;

type sink = () => any;

} // namespace functions"""


class Boat(BaseModel):
    name: str


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Neither of the tokenizers is installed, and nothing is remembered from another test."""
    for name in ("tiktoken", "tokenizers"):
        monkeypatch.setitem(sys.modules, name, None)
    token_counts._counter.cache_clear()
    yield
    token_counts._counter.cache_clear()


def png(width, height):
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">LL", width, height)


def jpeg(width, height):
    head = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 10
    return head + b"\xff\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width)


def webp(form, rest):
    return b"RIFF\0\0\0\0WEBP" + form + rest


def test_text_is_estimated_where_no_tokenizer_is(caplog):
    assert [count_text_tokens(text) for text in ("", "abc", "abcd", "x" * 41)] == [0, 0, 1, 10]
    assert caplog.text.count("tiktoken is not installed") == 1


def test_a_tokenizer_that_is_installed_counts(monkeypatch):
    asked = []

    def encoding(name, known=("gpt-4o",)):
        asked.append(name)
        if name not in known:
            raise KeyError(name)
        return SimpleNamespace(encode=lambda text, disallowed_special: text.split())

    module = ModuleType("tiktoken")
    module.encoding_for_model, module.get_encoding = encoding, lambda name: encoding(name, (name,))
    monkeypatch.setitem(sys.modules, "tiktoken", module)
    assert count_text_tokens("two words", "GPT-4o") == 2
    assert count_text_tokens("and three words", "another") == 3
    assert asked == ["gpt-4o", "another", "o200k_base"]
    hub = ModuleType("tokenizers")
    hub.Tokenizer = SimpleNamespace(from_pretrained=lambda name: asked.append(name) or SimpleNamespace(encode=ids))
    monkeypatch.setitem(sys.modules, "tokenizers", hub)
    assert count_text_tokens("four", "llama-3-8b") == 4
    assert asked[-1] == "Xenova/llama-3-tokenizer"


def ids(text):
    return SimpleNamespace(ids=list(text))


def test_tools_count_in_the_notation_of_openai():
    assert count_tool_tokens([TIDE, {"name": "sink"}]) == len(TOLD) // 4
    assert count_tool_tokens([]) == 0


def test_a_type_may_be_several():
    places = {"properties": {"port": {"type": ["string", "null"]}}}
    assert count_tool_tokens([{"type": "function", "function": {"name": "moor", "parameters": places}}]) > 0


def test_pictures_count_by_tiles():
    sizes = [(512, 512), (513, 512), (1024, 1024), (4000, 1000), (900, 3000)]
    counted = [count_image_tokens(Image(content=png(*size))) for size in sizes]
    assert counted == [255, 425, 765, 765, 1445]
    small = [
        jpeg(100, 600),
        b"GIF89a" + struct.pack("<HH", 100, 600) + b"\0" * 4,
        webp(b"VP8X", b"\0" * 8 + (99).to_bytes(3, "little") + (599).to_bytes(3, "little")),
        webp(b"VP8 ", b"\0" * 10 + struct.pack("<HH", 100, 600)),
        webp(b"VP8L", b"\0" * 5 + struct.pack("<I", 99 | 599 << 14)),
    ]
    assert [count_image_tokens(Image(content=data)) for data in small] == [425] * 5
    assert count_image_tokens(Image(content=png(4000, 4000), detail="low")) == 85
    assert count_image_tokens(Image(content=png(0, 5))) == 0


def test_of_what_is_elsewhere_nothing_is_fetched(tmp_path):
    nowhere = "http://127.0.0.1:1/a.png"
    assert count_image_tokens(Image(url=nowhere)) == 765
    assert count_image_tokens(Image(content=b"\xff\xd8\xff broken")) == 765
    assert count_file_tokens(File(url="http://127.0.0.1:1/a.txt")) == 0
    path = tmp_path / "a.png"
    path.write_bytes(png(100, 100))
    assert count_image_tokens(Image(filepath=str(path))) == 255
    assert count_file_tokens(File(filepath=str(path))) == path.stat().st_size // 40


def test_sounds_films_and_files():
    assert [count_audio_tokens(Audio(content=b"x", duration=seconds)) for seconds in (None, 3.3)] == [0, 82]
    assert count_video_tokens(Video(content=b"x", duration=5)) == 1275
    assert count_video_tokens(Video(content=b"x", duration=0.2, fps=2, width=600, height=600)) == 765
    assert count_video_tokens(Video(content=b"x")) == 0
    assert [count_file_tokens(File(content="x" * 400, format=kind)) for kind in ("md", None)] == [100, 10]


def test_a_request_is_the_sum_of_its_parts():
    call = {"id": "c", "type": "function", "function": {"name": "tide", "arguments": '{"place": "Acle"}'}}
    messages = [
        Message(role="user", content=[{"type": "text", "text": "x" * 40}, {"type": "image_url", "image_url": {}}]),
        Message(role="user", content=[{"type": "image_url", "image_url": {"url": "u", "detail": "low"}}, "y" * 8]),
        Message(role="assistant", tool_calls=[call], reasoning_content="z" * 12),
        Message(role="tool", content="long " * 99, compressed_content="short", tool_call_id="c-1"),
        Message(role="user", content="look", images=[Image(content=png(10, 10))]),
    ]
    told = (10 + 765) + (2 + 85) + len('{"place": "Acle"} ' + "z" * 12) // 4 + len("short c-1") // 4 + 1 + 255
    assert count_tokens(messages) == told
    schema = count_schema_tokens(Boat)
    assert schema > 0 == count_schema_tokens("no schema")
    model = OpenAIChat(id="gpt-4o")
    whole = told + schema + count_tool_tokens([TIDE])
    assert model.count_tokens(messages, [TIDE], Boat) == whole
    assert asyncio.run(model.acount_tokens(messages, tools=[TIDE], output_schema=Boat)) == whole
