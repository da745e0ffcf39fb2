"""Models of DeepInfra; public path of `agno.models.deepinfra`."""

from __future__ import annotations

from wherry.models.deepinfra.deepinfra import DeepInfra

__all__ = ["DeepInfra"]
