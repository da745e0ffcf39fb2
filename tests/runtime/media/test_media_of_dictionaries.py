"""`wherry.utils.media`: media out of what was stored, as Agno 3.1.10 reads them."""

from __future__ import annotations

import json

import pytest

from wherry.media import Audio, File, Image, Video
from wherry.utils.media import (
    get_image_type,
    reconstruct_audio_from_dict,
    reconstruct_audio_list,
    reconstruct_file_from_dict,
    reconstruct_files,
    reconstruct_image_from_dict,
    reconstruct_images,
    reconstruct_response_audio,
    reconstruct_video_from_dict,
    reconstruct_videos,
    resolve_image_mime_type,
)

KINDS = [
    (Image(id="i", content=b"pix", mime_type="image/png"), reconstruct_image_from_dict, reconstruct_images),
    (Audio(id="a", content=b"snd", transcript="hi"), reconstruct_audio_from_dict, reconstruct_audio_list),
    (Video(id="v", content=b"mov", width=3), reconstruct_video_from_dict, reconstruct_videos),
    (
        File(id="f", content=b"TestData", mime_type="text/csv", name="t"),
        reconstruct_file_from_dict,
        reconstruct_files,
    ),
]


@pytest.mark.parametrize(("medium", "one", "many"), KINDS)
def test_a_medium_comes_back_as_it_was_stored(medium, one, many):
    stored = json.loads(json.dumps(medium.to_dict()))
    assert one(stored).to_dict() == stored
    assert one(stored).content == medium.content
    assert one(medium) is medium
    assert [each.content for each in many([stored, medium])] == [medium.content] * 2
    assert many([]) is many(None) is None


@pytest.mark.parametrize(("medium", "one", "many"), KINDS)
def test_what_cannot_be_read_is_left_out(medium, one, many):
    faulty = {"mime_type": "a/b"} if one is reconstruct_file_from_dict else {"id": "nothing in it"}
    assert one(faulty) is None
    assert many([faulty]) is None
    assert len(many([faulty, medium.to_dict()])) == 1


def test_bytes_go_before_an_address():
    stored = {"content": "eA==", "url": "https://tides.example/1"}
    assert (reconstruct_image_from_dict(stored).url, reconstruct_image_from_dict(stored).content) == (None, b"x")
    assert reconstruct_image_from_dict({"content": "eA==", "filepath": "/tide.png"}).filepath is None
    assert reconstruct_file_from_dict({**stored, "mime_type": "application/pdf"}).url == "https://tides.example/1"


def test_the_address_of_a_reference_stands_in_for_a_missing_one():
    reference = {"media_id": "i", "storage_key": "k", "storage_backend": "local", "url": "https://store.example/k"}
    assert reconstruct_image_from_dict({"id": "i", "media_reference": reference}).url == "https://store.example/k"
    kept = {"id": "i", "url": "https://tides.example/1", "media_reference": reference}
    assert reconstruct_image_from_dict(kept).url == "https://tides.example/1"


@pytest.mark.parametrize("one", [one for _medium, one, _many in KINDS])
def test_a_reference_goes_before_bytes(one):
    reference = {"media_id": "i", "storage_key": "k", "storage_backend": "local", "url": "https://store.example/k"}
    found = one({"content": "eA==", "media_reference": reference})
    assert (found.url, found.content) == ("https://store.example/k", None)


def test_the_spoken_reply(caplog):
    assert reconstruct_response_audio({}) is reconstruct_response_audio(None) is None
    assert not caplog.records
    assert reconstruct_response_audio({"id": "a", "content": "eA=="}).content == b"x"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF89a", "gif"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"\0\0\0\0ftyp", "heic"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
        (b"%PDF", None),
    ],
)
def test_the_first_bytes_of_a_picture_tell_its_kind(head, kind):
    assert get_image_type(head.ljust(12)) == kind
    assert get_image_type(head[:11]) is None
    assert resolve_image_mime_type(image_bytes=head.ljust(12)) == f"image/{kind or 'jpeg'}"


def test_the_type_of_a_picture_is_the_first_that_tells_it():
    png = b"\x89PNG\r\n\x1a\n".ljust(12)
    assert resolve_image_mime_type("image/x", "png", "a.gif", png) == "image/x"
    assert resolve_image_mime_type(None, "PNG", "a.gif", png) == "image/png"
    assert resolve_image_mime_type(None, None, "a.gif", png) == "image/gif"
    assert resolve_image_mime_type(None, None, "a", png) == "image/png"
    assert resolve_image_mime_type() == "image/jpeg"
