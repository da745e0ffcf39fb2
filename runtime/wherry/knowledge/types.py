"""Kinds of content and filters of the model's choice. Mirrors `agno.knowledge.types`."""

from typing import Any

from wherry.core.matrix import module_getattr
from wherry.corpus.content import ContentType, get_content_type_enum

__all__ = ["ContentType", "KnowledgeFilter", "get_content_type_enum"]  # noqa: F822  made by __getattr__

_missing = module_getattr(__name__, "agno.knowledge.types")


def __getattr__(name: str) -> Any:
    if name == "KnowledgeFilter":
        from wherry.corpus.knowledge_filter import KnowledgeFilter

        return KnowledgeFilter
    return _missing(name)
