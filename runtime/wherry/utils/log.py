"""`agno.utils.log`: the runtime's logger and its short forms."""

from wherry.core.log import (
    configure_agno_logging,
    log_debug,
    log_error,
    log_exception,
    log_info,
    log_warning,
    logger,
    set_log_level_to_debug,
    set_log_level_to_error,
    set_log_level_to_info,
    set_log_level_to_warning,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "configure_agno_logging",
    "log_debug",
    "log_error",
    "log_exception",
    "log_info",
    "log_warning",
    "logger",
    "set_log_level_to_debug",
    "set_log_level_to_error",
    "set_log_level_to_info",
    "set_log_level_to_warning",
]

__getattr__ = module_getattr(__name__, "agno.utils.log")
