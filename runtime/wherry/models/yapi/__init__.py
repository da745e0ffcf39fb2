"""Models of YAPI; public path of `agno.models.yapi`."""

from __future__ import annotations

from wherry.models.yapi.yapi import YAPI

__all__ = ["YAPI"]
