"""Models of TrustedRouter; public path of `agno.models.trustedrouter`."""

from __future__ import annotations

from wherry.models.trustedrouter.trustedrouter import TrustedRouter

__all__ = ["TrustedRouter"]
