"""`agno.debug`: the log level of the runtime, switched for the whole process."""

from wherry.core.log import set_log_level_to_debug, set_log_level_to_info

__all__ = ["disable_debug_mode", "enable_debug_mode"]


def enable_debug_mode() -> None:
    """Show debug records."""
    set_log_level_to_debug()


def disable_debug_mode() -> None:
    """Hide debug records."""
    set_log_level_to_info()
