"""Logging of the runtime: one standard logger named `wherry`, silent below WARNING unless asked.

`WHERRY_DEBUG` (or Agno's `AGNO_DEBUG`) turns debug records on. Handlers belong to the application; when it has
none, Python's last-resort handler prints warnings to stderr.
"""

from __future__ import annotations

import logging
import os
from typing import Any

logger = logging.getLogger("wherry")
if os.environ.get("WHERRY_DEBUG", os.environ.get("AGNO_DEBUG", "")).lower() in {"1", "true"}:
    logger.setLevel(logging.DEBUG)


def log_debug(message: object, *args: Any, **kwargs: Any) -> None:
    """Log for developers of an application."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug(message, *args)


def log_info(message: object, *args: Any, **kwargs: Any) -> None:
    """Log a normal event."""
    logger.info(message, *args)


def log_warning(message: object, *args: Any, **kwargs: Any) -> None:
    """Log something that went on in spite of a problem."""
    logger.warning(message, *args)


def log_error(message: object, *args: Any, **kwargs: Any) -> None:
    """Log a failure."""
    logger.error(message, *args)


def log_exception(message: object, *args: Any, **kwargs: Any) -> None:
    """Log a failure with its traceback."""
    logger.exception(message, *args)  # noqa: LOG004 - called from handlers


def set_log_level_to_debug(source_type: str | None = None, level: int = 1) -> None:
    """Show debug records."""
    logger.setLevel(logging.DEBUG)


def set_log_level_to_info(source_type: str | None = None) -> None:
    """Hide debug records."""
    logger.setLevel(logging.INFO)


def set_log_level_to_warning(source_type: str | None = None) -> None:
    """Show what went wrong only."""
    logger.setLevel(logging.WARNING)


def set_log_level_to_error(source_type: str | None = None) -> None:
    """Show failures only."""
    logger.setLevel(logging.ERROR)


def configure_agno_logging(
    custom_default_logger: Any = None,
    custom_agent_logger: Any = None,
    custom_team_logger: Any = None,
    custom_workflow_logger: Any = None,
    enable_log_tracebacks: bool | None = None,
) -> None:
    """Send the runtime's records to a logger of the application's; mirrors `agno.utils.log.configure_agno_logging`.

    Wherry has one logger for agents, teams and workflows: the default one when it is given, else the first of the
    others. `enable_log_tracebacks` is accepted and changes nothing: tracebacks are shown by `log_exception` alone.
    """
    global logger  # noqa: PLW0603 - one logger a process, as in Agno
    given = (custom_default_logger, custom_agent_logger, custom_team_logger, custom_workflow_logger)
    logger = next((one for one in given if one is not None), logger)
