"""The child process of the live panel: `python -m wherry_portal.pages.live_run ROOT` runs the canonical fixture.

Every case runs on the runtime as a stream against a scripted model over real HTTP; each event is one line of JSON on
stdout as it comes. `live` starts it and passes the lines on. Agno is not imported.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURE = "us1_basic_coordination"
LONGEST = 160
_PIECES = {"RunContent", "TeamRunContent"}


def lines(root: Path) -> Iterator[dict[str, Any]]:
    """What happens, one entry each: a case begins, an event came, or the end with its seconds.

    Args:
        root: The project whose `fixtures/` hold the canonical one.
    """
    from wherry.testing import ReplayServer
    from wherry_portal.parity.fixture import read_fixture
    from wherry_portal.parity.recording import child, runtime
    from wherry_portal.parity.recording.recipe import Recipe

    child.silence()
    child.trust_nobody()
    runtime.use("wherry")
    fixture = read_fixture(root / "fixtures" / f"{FIXTURE}.yaml")
    began = time.perf_counter()
    with ReplayServer() as server, server.environment():
        for case in fixture.cases:
            with tempfile.TemporaryDirectory(prefix="live-", ignore_cleanup_errors=True) as folder:
                server.reset(case.recipe["model_responses"])
                target = Recipe(case.recipe, Path(folder), root / "fixtures" / "callables").target()
                asked = case.recipe["user_inputs"][0]["content"]
                yield {"case": case.id, "kind": type(target).__name__, "asked": asked}
                for event in target.run(asked, stream=True, stream_events=True):
                    yield told(event, time.perf_counter() - began)
    yield {"end": True, "ms": round(1000 * (time.perf_counter() - began))}


def told(event: Any, seconds: float) -> dict[str, Any]:
    """An event as the panel shows it: its name, whose it is, and a line of what it says."""
    names = ("agent_name", "team_name", "step_name", "workflow_name")
    who = next((str(name) for one in names if (name := getattr(event, one, None))), "")
    return {"event": event.event, "who": who, "text": _text(event), "ms": round(1000 * seconds)}


def _text(event: Any) -> str:
    tool = getattr(event, "tool", None)
    if tool is not None:
        given = ", ".join(f"{name}={value}" for name, value in (tool.tool_args or {}).items())
        result = f" → {tool.result}" if tool.result is not None else ""
        return _short(f"{tool.tool_name}({given}){result}")
    content = getattr(event, "content", None)
    if isinstance(content, str) and content:
        return content if event.event in _PIECES else _short(content)
    return ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def main() -> int:
    """Write the lines; the output is this process's own, whatever the run prints."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr
    for line in lines(Path(sys.argv[1])):
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
