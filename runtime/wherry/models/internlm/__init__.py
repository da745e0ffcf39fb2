"""Models of InternLM; public path of `agno.models.internlm`."""

from __future__ import annotations

from wherry.models.internlm.internlm import InternLM

__all__ = ["InternLM"]
