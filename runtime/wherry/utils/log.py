"""`agno.utils.log`: the runtime's logger and its short forms."""

from wherry.core.log import (
    log_debug,
    log_error,
    log_exception,
    log_info,
    log_warning,
    logger,
    set_log_level_to_debug,
    set_log_level_to_info,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "log_debug",
    "log_error",
    "log_exception",
    "log_info",
    "log_warning",
    "logger",
    "set_log_level_to_debug",
    "set_log_level_to_info",
]

__getattr__ = module_getattr(__name__, "agno.utils.log")
