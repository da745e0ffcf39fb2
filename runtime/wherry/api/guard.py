"""What holds for every request, whatever its path: size, time to arrive, names of hosts, pages of other sites, the log.

An ASGI wrapper around the application; nothing here knows what the request asks for.
"""

from __future__ import annotations

import asyncio
import json
import logging
from time import perf_counter
from types import coroutine
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wherry.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wherry.api.settings import Settings
    from wherry.telemetry.redaction import Redactor

access = logging.getLogger("wherry.api.access")
_LOOKED_AT = frozenset({b"content-length", b"host", b"origin"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses what no endpoint should see, and writes a line of JSON for each request when somebody listens.

    Args:
        app: The application inside.
        settings: Limits and access.
        redactor: Takes secrets out of the addresses in the log.
    """

    def __init__(self, app: ASGIApp, settings: Settings, redactor: Redactor) -> None:
        self.app, self.settings, self.redactor = app, settings, redactor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if access.isEnabledFor(logging.INFO):
            send = noted(scope, send, self.redactor)
        problem = self.objection(scope)
        if problem is not None:
            await problem.response(scope["path"].replace("\0", "�"))(scope, receive, send)
            return
        await self.app(scope, self.limited(receive), send)

    def objection(self, scope: Scope) -> Problem | None:
        """Why a request is refused before its body is read, or None."""
        headers = {name: value.decode("latin-1") for name, value in reversed(scope["headers"]) if name in _LOOKED_AT}
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return Problem("bad_request", "The address has a NUL character.")
        said = headers.get(b"content-length", "")
        if said.isdigit() and int(said) > self.settings.largest_body:
            return Problem("too_large", f"The body has {said} bytes; {self.settings.largest_body} are allowed.")
        host = headers.get(b"host", "")
        if self.settings.hosts and named(host) not in self.settings.hosts:
            return Problem("bad_request", f"This server is not called {host!r}.")
        origin = headers.get(b"origin")
        # With tokens a page of another site could not prove who it is; without them a browser would let it in.
        foreign = origin is not None and placed(origin) != host and not self.settings.allows(origin)
        if foreign and not self.settings.tokens and scope["method"] not in _SAFE:
            return Problem("forbidden", f"Pages of {origin!r} may change nothing here.")
        return None

    def limited(self, receive: Receive) -> Receive:
        """`receive` with a limit on the bytes and seconds of the body.

        Raises:
            Problem: 413 or 408, inside the application.
        """
        size, complete = 0, False
        end = asyncio.get_running_loop().time() + self.settings.body_seconds

        async def given() -> Message:
            nonlocal size, complete
            if complete:
                return await receive()
            try:
                message = await before(end, receive())
            except TimeoutError:
                seconds = self.settings.body_seconds
                raise Problem("request_timeout", f"The body took more than {seconds:g} s to arrive.") from None
            size += len(message.get("body", b""))
            if size > self.settings.largest_body:
                raise Problem("too_large", f"The body has more than {self.settings.largest_body} bytes.")
            complete = not message.get("more_body", False)
            return message

        return given


async def before(end: float, job: Awaitable[Message]) -> Message:
    """Await a job until a time; the clock is set only for one that has to wait, as few bodies do.

    Raises:
        TimeoutError: It took longer.
    """
    steps = job.__await__()
    try:
        first = next(steps)
    except StopIteration as done:
        message: Message = done.value
        return message
    async with asyncio.timeout_at(end):
        return await rest(steps, first)


@coroutine
def rest(steps: Generator[Any, Any, Message], first: Any) -> Generator[Any, Any, Message]:
    """Go on with a job that waits for something already, as `await` would: a cancellation is the job's to clean up."""
    try:
        yield first
    except GeneratorExit:
        steps.close()
        raise
    except BaseException as error:  # noqa: BLE001 - handed to the job
        try:
            following = steps.throw(error)
        except StopIteration as done:
            message: Message = done.value
            return message
        return (yield from rest(steps, following))
    return (yield from steps)


def named(host: str) -> str:
    """The name in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def placed(origin: str) -> str | None:
    """The host and port in an Origin header; None when it is no address, which only a program sends."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def noted(scope: Scope, send: Send, redactor: Redactor) -> Callable[[Message], Any]:
    """`send` that writes a line for the request once the answer is complete."""
    began, status = perf_counter(), 0

    async def sent(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            line = {
                "method": scope["method"],
                "path": redactor.text(scope["path"]),
                "status": status,
                "seconds": round(perf_counter() - began, 4),
            }
            access.info(json.dumps(line))

    return sent
