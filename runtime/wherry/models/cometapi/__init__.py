"""Models of CometAPI; public path of `agno.models.cometapi`."""

from __future__ import annotations

from wherry.models.cometapi.cometapi import CometAPI

__all__ = ["CometAPI"]
