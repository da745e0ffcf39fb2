"""The error of a script that parity cannot compare; raised by `command`, `sides` and `moving`."""

from __future__ import annotations

from wherry.core.errors import WherryError


class ScriptRefused(WherryError):
    """A script that cannot be run on both runtimes."""

    code = "parity_script"
