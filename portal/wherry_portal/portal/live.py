"""The live panel of the quickstart: `GET /v1/portal/live` runs the canonical fixture and streams its events (SSE).

The run itself is in `live_run`, in a process of its own that ends with the page's connection. `record` keeps one run
for hosts that only serve files.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from wherry_portal.evidence.stamp import header, write_results
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.routes import PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

AT_ONCE = 2
LONGEST = 60
MODULE = "wherry_portal.portal.live_run"


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
            sys.executable, "-m", MODULE, str(root), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_clean()
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


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "COV_"))}


def record(root: Path) -> dict[str, Any]:
    """Run the canonical fixture once and write its stream to `results/stream.json`.

    Args:
        root: The project.

    Returns:
        The body that was written: fixture and lines.

    Raises:
        PilotError: The run did not come to its end.
    """
    from wherry_portal.portal.live_run import FIXTURE

    head = header("wherry docs stream", root=root)
    command = [sys.executable, "-m", MODULE, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=_clean(), timeout=LONGEST, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or not lines or "end" not in lines[-1]:
        raise PilotError("the canonical fixture did not come to its end", hint=done.stderr.strip()[-2000:])
    body = {"fixture": FIXTURE, "lines": lines}
    write_results(root / "results" / "stream.json", head, body)
    return body
