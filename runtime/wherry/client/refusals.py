"""What a client raises when a server says no: one error, which is `httpx`'s as well where `httpx` is in use.

Called by `client.asking`. Agno's client is made with httpx and lets its `HTTPStatusError` through; Wherry's needs no
httpx, but a program that catches that error has imported it.
"""

from __future__ import annotations

import json
import re
import sys
from functools import lru_cache
from typing import Any

from wherry.core.errors import WherryError


class Refusal:
    """The answer that was no answer.

    Attributes:
        status_code: HTTP status, 400 or more.
        text: The body.
    """

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code, self.content = status, body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


class RemoteCallRefused(WherryError):
    """A server answered a request with an error status; `httpx.HTTPStatusError` too, where httpx is loaded.

    Attributes:
        status_code: The HTTP status.
        response: The answer: `status_code`, `text`, `content` and `json()`.
    """

    code = "remote_call_refused"

    def __init__(self, message: str, *, hint: str = "", response: Any = None) -> None:
        super().__init__(message, hint=hint)
        self.response = response
        self.status_code: int = response.status_code


_HINTS = {
    401: "Pass the server's token: auth_token=... of a run, headers={'Authorization': 'Bearer ...'} of a client.",
    403: "The token is known and may not do this; ask for one with more scopes.",
    404: "Ask the server what it has: client.get_config().",
}


@lru_cache(maxsize=1)
def _both(theirs: type[Exception]) -> type[RemoteCallRefused]:
    """The error that is httpx's, too."""

    def begin(self: Any, message: str, *, hint: str = "", response: Any = None) -> None:
        # Not by its constructor, which would go on to that of httpx, whose arguments are others.
        plain = RemoteCallRefused(message, hint=hint, response=response)
        Exception.__init__(self, *plain.args)
        vars(self).update(vars(plain), _request=response.request)

    return type("RemoteCallRefused", (RemoteCallRefused, theirs), {"__init__": begin, "__module__": __name__})


def shown(url: str) -> str:
    """An address as errors show it: without a name and password in it."""
    return re.sub(r"//[^/?#@]*@", "//", url)


def refusal(method: str, url: str, status: int, body: bytes) -> RemoteCallRefused:
    """The error of a request that was refused.

    Args:
        method: How it was asked.
        url: What was asked.
        status: HTTP status of the answer.
        body: Its body.
    """
    message = f"{shown(url)} answered {method} with status {status}: {body[:500].decode('utf-8', 'replace')!r}."
    hint = _HINTS.get(status, "See the log of that server for its reason.")
    httpx = sys.modules.get("httpx")
    if httpx is None:
        return RemoteCallRefused(message, hint=hint, response=Refusal(status, body))
    response = httpx.Response(status, content=body, request=httpx.Request(method, shown(url)))
    return _both(httpx.HTTPStatusError)(message, hint=hint, response=response)
