"""Messages; public path of `agno.models.message`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.core.messages import Citations, DocumentCitation, Message, MessageReferences, UrlCitation
from wherry.core.metrics import MessageMetrics

__all__ = ["Citations", "DocumentCitation", "Message", "MessageMetrics", "MessageReferences", "UrlCitation"]

__getattr__ = module_getattr(__name__, "agno.models.message")
