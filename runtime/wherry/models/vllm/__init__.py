"""Models of vLLM; public path of `agno.models.vllm`."""

from __future__ import annotations

from wherry.models.vllm.vllm import VLLM

__all__ = ["VLLM"]
