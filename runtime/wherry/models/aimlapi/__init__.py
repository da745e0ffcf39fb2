"""Models of AI/ML API; public path of `agno.models.aimlapi`."""

from __future__ import annotations

from wherry.models.aimlapi.aimlapi import AIMLAPI, AIMLAPI_HEADERS

__all__ = ["AIMLAPI", "AIMLAPI_HEADERS"]
