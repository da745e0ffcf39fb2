"""Public path `agno.context`: sources of information that answer questions, each behind a tool of an agent.

`ContextProvider` is what a source of your own subclasses; `web` and `mcp` have the ones that come with Wherry.
"""

from __future__ import annotations

from wherry.context.backend import ContextBackend
from wherry.context.mode import ContextMode
from wherry.context.provider import Answer, ContextProvider, Document, Status
from wherry.core.matrix import module_getattr

__all__ = ["Answer", "ContextBackend", "ContextMode", "ContextProvider", "Document", "Status"]

__getattr__ = module_getattr(__name__, "agno.context")
