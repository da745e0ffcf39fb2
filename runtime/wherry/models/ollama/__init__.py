"""Models on an Ollama server; public path of `agno.models.ollama`."""

from __future__ import annotations

from wherry.models.ollama.chat import Ollama
from wherry.models.ollama.responses import OllamaResponses

__all__ = ["Ollama", "OllamaResponses"]
