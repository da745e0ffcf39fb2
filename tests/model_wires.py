"""Drives `runtime/models/wire_child.py` with both packages against one scripted server and compares.

What is compared: every request (path, query, headers that mean something, body) and what each package made of the
reply. The fixture `compare` of `runtime/models` makes one for all tests there.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processes import Worker

from wherry.testing import ReplayServer

if TYPE_CHECKING:
    from forks import Forks

CHILD = Path(__file__).parent / "runtime" / "models" / "wire_child.py"
MODES = ("invoke", "ainvoke", "invoke_stream", "ainvoke_stream")
IGNORED = (
    "accept",
    "connection",
    "content-length",
    "host",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "x-goog-api-client",
    "x-stainless",
)


class Wires:
    """Both packages, each in a process of its own that answers one comparison after the other.

    Args:
        reference: Interpreters that have imported Agno already, as the fixture of that name gives them.
    """

    def __init__(self, reference: Forks) -> None:
        self._stack = ExitStack()
        served = {"agno": reference, "wherry": None}
        self._workers = {
            package: self._stack.enter_context(Worker(CHILD, package, served=forks, AGNO_TELEMETRY="false"))
            for package, forks in served.items()
        }

    def close(self) -> None:
        self._stack.close()

    def outcome(self, package: str, cases: list[dict[str, Any]], replies: list[Any]) -> tuple[list[Any], list[Any]]:
        """The requests the package sent and what it made of the replies, in order."""
        with ReplayServer(replies) as server:
            asked = json.loads(json.dumps(cases).replace("$URL", server.url))
            made = json.dumps(self._workers[package].ask({"environment": server.env(), "cases": asked}))
            sent = [
                {"method": r.method, "path": r.path, "query": r.query, "headers": kept(r.headers), "body": r.body}
                for r in server.requests
            ]
            return json.loads(json.dumps(sent).replace(server.url, "$URL")), json.loads(
                made.replace(server.url, "$URL")
            )

    def compare(self, cases: list[dict[str, Any]], replies: list[Any], masked: tuple[str, ...] = ()) -> list[str]:
        """Differences over all cases; each names its case, and those with a masked text in them are left out."""
        cycled = [replies[k % len(replies)] for k in range(len(cases))]
        sent_agno, made_agno = self.outcome("agno", cases, cycled)
        sent, made = self.outcome("wherry", cases, cycled)
        names = [f"{k} {case['model']}.{case.get('mode')}" for k, case in enumerate(cases)]
        found = [
            difference
            for name, one, other in zip(names, made_agno, made, strict=True)
            for difference in differences(one, other, f"made {name}")
        ]
        if len(sent_agno) != len(sent):
            return [f"agno sent {len(sent_agno)} requests, wherry {len(sent)}", *found]
        for k, (one, other) in enumerate(zip(sent_agno, sent, strict=True)):
            found += differences(one, other, f"sent {names[k] if len(sent) == len(names) else k}")
        return [difference for difference in found if not any(text in difference for text in masked)]


def kept(headers: dict[str, str]) -> dict[str, str]:
    """The headers that mean something to the service."""
    return {name: value for name, value in headers.items() if not name.lower().startswith(IGNORED)}


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Every path at which two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            found
            for key in sorted({*one, *other})
            for found in differences(one.get(key, "<absent>"), other.get(key, "<absent>"), f"{where}.{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for k, (a, b) in pairs for found in differences(a, b, f"{where}[{k}]")]
    return [] if one == other else [f"{where}: agno {one!r}, wherry {other!r}"]


def in_modes(
    model: str, cases: list[dict[str, Any]], kwargs: dict[str, Any], modes: Any = MODES
) -> list[dict[str, Any]]:
    """Each case in each mode."""
    return [{**case, "model": model, "kwargs": kwargs, "mode": mode} for case in cases for mode in modes]
