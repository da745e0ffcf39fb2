"""The short way to read a form gives what the long way gives, or leaves the form to it."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from wherry.api.agentos_forms import Form, plain_fields

KIND = "multipart/form-data; boundary=b"
NAMES = st.sampled_from(["message", "stream", "session_id", "user-id"])
VALUES = st.text(max_size=30) | st.sampled_from(["\r\n--b--\r\n", "--b", "\r\n\r\n", "\r\n--b\r\n", "", "\r\n"])


def sent(fields):
    """What a client sends, with headers and body."""
    files = [(name, (None, value.encode("utf-8", "surrogatepass"))) for name, value in fields]
    request = httpx.Request(
        "POST", "http://x/", files=files, headers={"content-type": "multipart/form-data; boundary=b"}
    )
    return request.headers["content-type"], request.read()


def read(kind, body, length=True):
    """The fields as the server reads them; the long way when the length is not told."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())] + [(b"content-length", b"%d" % len(body))] * length
    return asyncio.run(Form.of(Request({"type": "http", "method": "POST", "headers": headers}, receive))).fields


@given(st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=4))
def test_both_ways_give_the_same(fields):
    kind, body = sent(fields)
    try:
        long = read(kind, body, length=False)
    except Exception as error:  # noqa: BLE001 - a value with the boundary in it is no form
        with pytest.raises(type(error)):
            read(kind, body)
        return
    assert read(kind, body) == long


def test_plain_fields_go_the_short_way():
    kind, body = sent([("message", "Hi\r\nthere"), ("stream", "false")])
    assert plain_fields(body, kind) == {"message": "Hi\r\nthere", "stream": "false"}
    as_aiohttp = body.replace(b"Content-Disp", b"Content-Type: text/plain; charset=utf-8\r\nContent-Disp")
    assert plain_fields(as_aiohttp, kind) == {"message": "Hi\r\nthere", "stream": "false"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"message=Hi"),
        ("multipart/form-data", b"--b\r\n"),
        (KIND, b""),
        (KIND, b"--b--\r\n"),
        (KIND, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'),
        (
            KIND,
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n',
        ),
        (
            KIND,
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nx\r\n--b--\r\n',
        ),
    ],
)
def test_everything_else_goes_the_long_way(kind, body):
    assert plain_fields(body, kind) is None
