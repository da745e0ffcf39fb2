"""Drives `wire_child.py` with both packages against one scripted server and compares what they sent and understood."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from wherry.testing import ReplayServer

CHILD = Path(__file__).with_name("wire_child.py")
MODES = ("invoke", "ainvoke", "invoke_stream", "ainvoke_stream")


def outcome(package: str, cases: list[dict[str, Any]], replies: list[Any]) -> tuple[list[Any], list[Any]]:
    """What the package sent and what it made of the replies, one entry a case."""
    with ReplayServer(replies) as server:
        url = server.base_url
        text = json.dumps(cases).replace("$URL/v1", url).replace("$URL", server.url)
        env = {**os.environ, **server.env(), "AGNO_TELEMETRY": "false", "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [sys.executable, str(CHILD), package],
            input=text,
            capture_output=True,
            text=True,
            timeout=170,
            env=env,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        sent = [
            {"method": r.method, "path": r.path, "query": r.query, "headers": kept(r.headers), "body": r.body}
            for r in server.requests
        ]
        text = done.stdout.replace(server.url, "$URL")
        return json.loads(json.dumps(sent).replace(server.url, "$URL")), json.loads(text.rpartition("@@@")[2])


IGNORED = (
    "x-stainless",
    "user-agent",
    "accept",
    "content-length",
    "host",
    "connection",
    "accept-encoding",
    "transfer-encoding",
    "traceparent",
    "x-goog-api-client",
    "anthropic-version",
)


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
        return [found for k, (a, b) in enumerate(zip(one, other, strict=True)) for found in differences(a, b, f"{where}[{k}]")]
    return [] if one == other else [f"{where}: agno {one!r}, wherry {other!r}"]


def compare(cases: list[dict[str, Any]], replies: list[Any]) -> list[str]:
    """Differences between Agno and Wherry over all cases, each with the case's number and mode."""
    sent_agno, made_agno = outcome("agno", cases, replies)
    sent, made = outcome("wherry", cases, replies)
    found = [f"agno {k} {one}" for k, one in enumerate(made_agno) if "error" in one] + [f"wherry {k} {one}" for k, one in enumerate(made) if "error" in one] if len(sent) != len(sent_agno) else []
    if len(sent_agno) != len(sent):
        found.append(f"agno sent {len(sent_agno)} requests, wherry {len(sent)}")
    for k, (one, other) in enumerate(zip(sent_agno, sent, strict=False)):
        found += differences(one, other, f"request {k} ({cases[min(k, len(cases) - 1)].get('mode')})")
    for k, (one, other) in enumerate(zip(made_agno, made, strict=True)):
        found += differences(one, other, f"result {k} ({cases[k].get('mode')})")
    return found
