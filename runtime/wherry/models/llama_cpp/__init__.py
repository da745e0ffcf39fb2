"""Models of a llama.cpp server; public path of `agno.models.llama_cpp`."""

from __future__ import annotations

from wherry.models.llama_cpp.llama_cpp import LlamaCpp

__all__ = ["LlamaCpp"]
