"""Models of Perplexity; public path of `agno.models.perplexity`."""

from __future__ import annotations

from wherry.models.perplexity.perplexity import Perplexity

__all__ = ["Perplexity"]
