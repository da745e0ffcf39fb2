"""The live panel of the quickstart: `GET /v1/portal/live` runs the canonical fixture and streams its events (SSE).

The run itself is in `pages.live_run`, in a process of its own that ends with the page's connection. For hosts that only
serve files `pages.stream` keeps one run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from wherry_portal.pages.stream import LONGEST, MODULE, untraced
from wherry_portal.pilot.routes import PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

AT_ONCE = 2


def live_routes(root: Path, prefix: str = PREFIX) -> list[Route]:
    """The route of the panel.

    Args:
        root: The project; its `fixtures/` hold the canonical fixture.
        prefix: Path before ``/live``.

    Returns:
        ``GET …/live``: ``text/event-stream`` with one JSON object a message; 429 while `AT_ONCE` runs go on.
    """
    going_on: set[asyncio.subprocess.Process] = set()

    async def live(_: Request) -> Response:
        if len(going_on) >= AT_ONCE:
            return PlainTextResponse("Two runs are going on already. Try again in a moment.\n", 429)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULE, str(root), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=untraced()
        )
        going_on.add(child)
        return StreamingResponse(_messages(child, going_on), media_type="text/event-stream", headers=HEADERS)

    return [Route(f"{prefix}/live", live)]


HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def _messages(
    child: asyncio.subprocess.Process, going_on: set[asyncio.subprocess.Process]
) -> AsyncIterator[bytes]:
    assert child.stdout is not None  # noqa: S101 - it was asked for
    try:
        async with asyncio.timeout(LONGEST):
            async for line in child.stdout:
                yield b"data: " + line.rstrip(b"\n") + b"\n\n"
            if await child.wait():
                yield _failure(f"The run ended with status {child.returncode}.")
    except TimeoutError:
        yield _failure(f"The run took longer than {LONGEST} s.")
    finally:
        going_on.discard(child)
        with contextlib.suppress(ProcessLookupError):
            child.kill()


def _failure(text: str) -> bytes:
    return f"data: {json.dumps({'error': text})}\n\n".encode()
