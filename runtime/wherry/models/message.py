"""Messages; public path of `agno.models.message`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.core.messages import Citations, DocumentCitation, Message, MessageReferences, UrlCitation

__all__ = ["Citations", "DocumentCitation", "Message", "MessageReferences", "UrlCitation"]

__getattr__ = module_getattr(__name__, "agno.models.message")
