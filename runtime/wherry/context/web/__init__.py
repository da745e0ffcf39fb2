"""The web as a source: `WebContextProvider` over a backend that searches and reads. Mirrors `agno.context.web`.

The backends of single services (Exa, Parallel) are Agno's, and serve here when Agno is installed.
"""

from __future__ import annotations

from wherry.context.web.provider import DEFAULT_WEB_INSTRUCTIONS, WebContextProvider
from wherry.core.matrix import module_getattr

__all__ = ["DEFAULT_WEB_INSTRUCTIONS", "WebContextProvider"]

__getattr__ = module_getattr(__name__, "agno.context.web")
