"""Models of Groq; public path of `agno.models.groq`."""

from __future__ import annotations

from wherry.models.groq.groq import Groq

__all__ = ["Groq"]
