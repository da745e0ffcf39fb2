"""Models of Cloudflare's AI Gateway; public path of `agno.models.cloudflare`."""

from __future__ import annotations

from wherry.models.cloudflare.cloudflare import Cloudflare

__all__ = ["Cloudflare"]
