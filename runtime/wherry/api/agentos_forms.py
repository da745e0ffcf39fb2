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

from wherry.api.bodies import json_body, whole_body
from wherry.api.problems import Problem
from wherry.core.media import Audio, File, Image, Video

# Name of the field → what its entries are, and the argument of a run that takes them.
_MEDIA: dict[str, tuple[Any, str]] = {
    "images": (Image, "images"),
    "audio": (Audio, "audio"),
    "videos": (Video, "videos"),
    "input_files": (File, "files"),
}
_UPLOADS: dict[str, tuple[Any, str]] = {
    "image": (Image, "images"),
    "audio": (Audio, "audio"),
    "video": (Video, "videos"),
}


# A smaller form is looked at whole; one of plain fields, as most are, then needs no parser that counts every byte.
_SMALL = 64 * 1024
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


def again(request: Request, body: bytes) -> Request:
    """A request whose body was read, as one that has it still."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


class WrongForm(Exception):
    """A form that cannot be used.

    Attributes:
        field: The field that is wrong.
        text: What is wrong with it.
        kind: Pydantic's name for it, which AgentOS answers with.
    """

    def __init__(self, field: str, text: str, kind: str = "value_error") -> None:
        super().__init__(f"{field}: {text}")
        self.field, self.text, self.kind = field, text, kind

    def detail(self) -> dict[str, Any]:
        """The body of AgentOS's 422."""
        return {"detail": [{"type": self.kind, "loc": ["body", self.field], "msg": self.text, "input": None}]}


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

    def flag(self, name: str, default: bool) -> bool:
        """A field that is true or false.

        Raises:
            WrongForm: It is neither.
        """
        value = str(self.fields.get(name, default)).lower()
        if value not in ("true", "false", "1", "0"):
            raise WrongForm(name, "must be true or false")
        return value in ("true", "1")

    def data(self, name: str, kind: type) -> Any:
        """A field that holds JSON of a kind; None when it is absent or empty.

        Raises:
            WrongForm: It is something else.
        """
        value = self.fields.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value) if value else None
            except ValueError as error:
                raise WrongForm(name, f"not JSON: {error}") from error
        if value is not None and not isinstance(value, kind):
            raise WrongForm(name, f"must be a JSON {'object' if kind is dict else 'array'}")
        return value or None

    def media(self) -> dict[str, list[Any]]:
        """Images, audio, videos and files, those of fields before those that were uploaded.

        Raises:
            WrongForm: An entry cannot be used.
        """
        found: dict[str, list[Any]] = {}
        for name, (kind, argument) in _MEDIA.items():
            for item in (self.data(name, list) or ()) if name in self.fields else ():
                try:
                    found.setdefault(argument, []).append(kind.from_dict(item))
                except (TypeError, ValueError, AttributeError) as error:
                    raise WrongForm(name, f"cannot be used: {error}") from error
        for upload in self.uploads:
            family = upload["mime_type"].partition("/")[0]
            kind, argument = _UPLOADS.get(family, (File, "files"))
            given = {"content": upload["content"], "mime_type": upload["mime_type"] or None}
            if kind is File:
                given["filename"] = upload["filename"]
            try:
                found.setdefault(argument, []).append(kind(**given))
            except (TypeError, ValueError) as error:
                raise WrongForm("files", f"{upload['filename']!r} cannot be used: {error}") from error
        return found
