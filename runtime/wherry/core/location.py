"""Where the user is, as far as it may be known.

Agno asks a web service for the address of the machine. Wherry opens no connection of its own: the place is read
from `WHERRY_LOCATION`, for example "Hamburg, Germany", and nothing is said when it is not set.
"""

from __future__ import annotations

import os


def place() -> str | None:
    """The place to tell the model, or None."""
    return os.environ.get("WHERRY_LOCATION") or None
