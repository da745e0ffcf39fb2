"""Forms that clients of AgentOS send: plain fields, fields that hold JSON, uploaded files.

Mirrors the form fields of AgentOS's run and continue endpoints.
"""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from wherry.api.agentos_refused import WrongForm
from wherry.api.bodies import DEEPEST, json_body, too_deep, whole_body
from wherry.api.problems import Problem

# A smaller form is looked at whole; one of plain fields, as most are, then needs no parser that counts every byte.
_SMALL = 64 * 1024
_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "on", "t", "y"), True),
    **dict.fromkeys(("false", "0", "no", "off", "f", "n"), False),
}
_BOUNDARY = re.compile(r'multipart/form-data; ?boundary="?([\w\'()+,./:=?-]+)"?', re.ASCII)
_TEXT = rb"(?:Content-Type: text/plain(?:; ?charset=utf-8)?\r\n)?"
_FIELD = re.compile(
    rb"\r\n" + _TEXT + rb'Content-Disposition: form-data; name="([\w-]+)"\r\n' + _TEXT + rb"\r\n(.*)",
    re.DOTALL | re.IGNORECASE,
)


def plain_fields(body: bytes, kind: str) -> dict[str, Any] | None:
    """The fields of a multipart form that has nothing but plain text in it; None when it is anything else."""
    boundary = _BOUNDARY.fullmatch(kind)
    if boundary is None:
        return None
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())
    found = [_FIELD.fullmatch(part) for part in pieces[1:-1]]
    if pieces[0] or pieces[-1] not in (b"--", b"--\r\n") or not found or not all(found):
        return None
    try:
        return {part[1].decode(): part[2].decode() for part in found if part}
    except UnicodeDecodeError:
        return None


def is_utf8(text: str) -> bool:
    """Whether a text can be written; half of a character cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def again(request: Request, body: bytes) -> Request:
    """A request whose body was read, as one that has it still."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


class Form:
    """The fields of a request: a form, or a JSON object with the same names."""

    def __init__(self, fields: dict[str, Any], uploads: list[dict[str, Any]]) -> None:
        self.fields, self.uploads = fields, uploads

    @classmethod
    async def of(cls, request: Request) -> Form:
        """Read a request.

        Raises:
            Problem: It is no form.
        """
        if request.headers.get("content-type", "").startswith("application/json"):
            return cls(await json_body(request), [])
        fields: dict[str, Any] = {}
        uploads = []
        try:
            if int(request.headers.get("content-length") or _SMALL) < _SMALL:
                body = await whole_body(request)
                plain = plain_fields(body, request.headers.get("content-type", ""))
                if plain is not None:
                    return cls(plain, [])
                request = again(request, body)
            async with request.form() as form:
                for name, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        kind, filename = value.content_type or "", value.filename
                        uploads.append({"content": await value.read(), "mime_type": kind, "filename": filename})
                    else:
                        fields[name] = value
        except (HTTPException, ClientDisconnect, UnicodeDecodeError) as error:
            said = error.detail if isinstance(error, HTTPException) else f"{type(error).__name__} {error}".rstrip()
            raise Problem("bad_request", f"The form cannot be read: {said}") from error
        return cls(fields, uploads)

    def text(self, name: str) -> str | None:
        """A plain field; empty counts as absent.

        Raises:
            WrongForm: It is no text, or has a NUL character.
        """
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or "\0" in value:
            raise WrongForm(name, "must be text without NUL characters")
        return value

    def data(self, name: str) -> Any:
        """What the JSON of a field stands for; None when it is absent or blank.

        Raises:
            ValueError: It is no JSON.
            WrongForm: It is no text, too deep to be answered, or has what databases refuse.
        """
        text = self.text(name)
        if text is None or not text.strip():
            return None
        try:
            found = json.loads(text)
            deep = too_deep(found, text.count("[") + text.count("{"))
        except RecursionError:
            found, deep = None, True
        if deep:
            raise WrongForm(name, f"has more than {DEEPEST} lists and objects inside of each other")
        told = json.dumps(found, ensure_ascii=False)
        if not is_utf8(told) or "\\u0000" in told.replace("\\\\", ""):
            raise WrongForm(name, "has a NUL character or half of a character, which databases refuse")
        return found

    def flag(self, name: str, default: bool) -> bool:
        """A field that is true or false.

        Raises:
            WrongForm: It is neither.
        """
        value = self.fields.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        found = _FLAGS.get(str(value).lower())
        if found is None:
            raise WrongForm(
                name, "Input should be a valid boolean, unable to interpret input", "bool_parsing", given=value
            )
        return found

    def number(self, name: str) -> int | None:
        """A field that is a whole number; None when it is absent or empty.

        Raises:
            WrongForm: It is something else.
        """
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        text = str(value).strip()
        if isinstance(value, bool) or not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 16):
            said = "Input should be a valid integer, unable to parse string as an integer"
            raise WrongForm(name, said, "int_parsing", given=value)
        return int(text)

    def media(self) -> dict[str, list[Any]]:
        """The uploads, by the argument of a run that takes them.

        Raises:
            Refused: One of them cannot be used.
        """
        if not self.uploads:
            return {}
        from wherry.api.agentos_uploads import uploaded

        return uploaded(self.uploads, self.fields.get("files_metadata"))
