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
