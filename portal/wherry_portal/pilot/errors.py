"""The errors of following a checklist: a step that cannot be taken, said with what to do instead."""

from __future__ import annotations

from wherry.core.errors import WherryError


class PilotError(WherryError, ValueError):
    """A step of a pilot that cannot be taken."""

    code = "pilot"
