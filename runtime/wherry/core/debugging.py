"""`debug_mode`: while a run with it goes on, what happens in it is written to the log.

It listens to the events of runs, as telemetry does, so the loop knows nothing of it. Runs inside of one (members,
steps) are written down, too. Called by the runner, the workflow and their lifecycles. Mirrors what `debug_mode`,
`debug_level`, `AGNO_DEBUG` and `AGNO_DEBUG_LEVEL` show in Agno.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from wherry.core import log
from wherry.core.run import listeners

if TYPE_CHECKING:
    from wherry.core.run import Event

_LEVELS = ("1", "2")
_TOLD_BY_MESSAGES = frozenset({"RunContent", "RunContentCompleted", "RunIntermediateContent", "ModelRequestCompleted"})

_lock = threading.Lock()
_running = 0
_switched = (log.logger, logging.NOTSET)  # whose level was changed, and what it was


class Console(logging.Handler):
    """Records on standard error, as long as the application has no handlers of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        if not _application_listens():
            sys.stderr.write(f"{record.levelname:<8}{record.getMessage()}\n")


def _application_listens() -> bool:
    """Whether records reach another handler: of this logger, or of one above it."""
    place: logging.Logger | None = log.logger
    while place is not None:
        if any(handler is not _console for handler in place.handlers):
            return True
        place = place.parent if place.propagate else None
    return False


_console = Console()


def debug_level(owner: Any, given: bool | None) -> int:
    """How much of a run is written to the log: 0 nothing, 1 what happens, 2 the tools' schemas as well."""
    if not (owner.debug_mode or given or log.logger.isEnabledFor(logging.DEBUG)):
        return 0
    asked = os.environ.get("AGNO_DEBUG_LEVEL", "")
    return int(asked) if asked in _LEVELS else owner.debug_level


def begin(level: int) -> None:
    """A run that is to be written down starts; the first one turns debug records on."""
    global _running, _switched  # noqa: PLW0603 - one logger a process
    if not level:
        return
    with _lock:
        _running += 1
        if _running > 1:
            return
        logger = log.logger
        _switched = (logger, logger.level)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(_console)
        listeners.append(write_down)


def end(level: int) -> None:
    """Such a run has ended; the last one turns debug records off."""
    global _running  # noqa: PLW0603 - one logger a process
    if not level:
        return
    with _lock:
        _running -= 1
        if _running:
            return
        logger, level_before = _switched
        logger.setLevel(level_before)
        logger.removeHandler(_console)
        listeners.remove(write_down)


def write_down(event: Event, run: Any) -> None:
    """Write one event of a run to the log."""
    name = event.event.removeprefix("Team")
    if name == "ModelRequestStarted":
        _asked(event, run)
    elif name == "ModelRequestCompleted":
        run.extra["written"] = len(run.messages)
        run.messages[-1].log(metrics=True)
    elif name == "ToolCallStarted":
        arguments = ", ".join(f"{key}={value!r}" for key, value in (event.tool.tool_args or {}).items())
        log.log_debug(f"Running {event.tool.tool_name}({arguments})")
    elif name == "ToolCallCompleted":
        log.log_debug(str(event.content).rstrip())
    elif name not in _TOLD_BY_MESSAGES:
        log.log_debug(_line(name, event))


def _asked(event: Event, run: Any) -> None:
    """What the model is sent: the messages that it has not seen yet."""
    log.log_debug(f"Asking {event.model} of {event.model_provider}")
    if run.extra.get("debug", 0) > 1 and run.tools:
        log.log_debug(f"Tools: {json.dumps(run.tools.wire(), ensure_ascii=False, default=str)}")
    for message in run.messages[run.extra.get("written", 0) :]:
        message.log(metrics=False)


def _line(name: str, event: Event) -> str:
    """One line for an event: its name, whose it is, and what it says in short."""
    owner = getattr(event, "team_id", "") or getattr(event, "agent_id", "") or getattr(event, "workflow_id", "") or ""
    parts = [name, owner, getattr(event, "step_name", None) or "", f"run={event.run_id}"]
    if name in ("RunError", "WorkflowError"):
        parts.append(str(getattr(event, "content", None) or getattr(event, "error", "")))
    return " ".join(part for part in parts if part)
