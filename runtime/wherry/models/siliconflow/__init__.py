"""Models of SiliconFlow; public path of `agno.models.siliconflow`."""

from __future__ import annotations

from wherry.models.siliconflow.siliconflow import Siliconflow

__all__ = ["Siliconflow"]
