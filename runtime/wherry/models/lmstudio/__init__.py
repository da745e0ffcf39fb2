"""Models of LM Studio; public path of `agno.models.lmstudio`."""

from __future__ import annotations

from wherry.models.lmstudio.lmstudio import LMStudio

__all__ = ["LMStudio"]
