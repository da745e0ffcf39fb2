"""Models of Xiaomi; public path of `agno.models.xiaomi`."""

from __future__ import annotations

from wherry.models.xiaomi.mimo import MiMo

__all__ = ["MiMo"]
