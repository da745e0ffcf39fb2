"""What can go wrong with a script or with what was asked of it; raised by `script`, `script_queue` and `server`.

Kept beside the test server, not in `wherry.core.errors`: no run of the runtime raises them.
"""

from __future__ import annotations

from wherry.core.errors import WherryError


class ScriptError(WherryError, ValueError):
    """A script could not be read.

    Attributes:
        field: Where in the script, such as `replies[2].tool_calls[0].name`.
        problem: What is wrong there.
    """

    code = "replay_script"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", hint="The fields of a reply are those of `wherry.testing.Reply`.")
        self.field = field
        self.problem = problem


class ReplayMismatch(WherryError, AssertionError):
    """Requests and script did not fit: something was asked that no reply expects, or replies were never asked for."""

    code = "replay_mismatch"


class MalformedRequest(WherryError):
    """The bytes received are not an HTTP request the replay server reads."""

    code = "replay_request"
