"""The environment of processes that record, on either side; `children`, `script.running` and `forks` start them."""

from __future__ import annotations

import os

_ENVIRONMENT = {
    "AGNO_TELEMETRY": "false",
    "COLUMNS": "100",
    "LINES": "50",
    "NO_COLOR": "1",
    "PYTHONHASHSEED": "0",
    "TERM": "dumb",
    "TZ": "UTC",
}
_DROPPED = ("OPENAI_", "ANTHROPIC_", "GOOGLE_", "GEMINI_", "AGNO_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def environment(runtime: str = "wherry") -> dict[str, str]:
    """The environment of a recording process: no credentials, no proxies, fixed size, zone and hash seed.

    Args:
        runtime: What runs there; the lines of the reference are not measured when those of Wherry are.
    """
    dropped = _DROPPED if runtime == "wherry" else (*_DROPPED, "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(dropped)}
    return {**kept, **_ENVIRONMENT}
