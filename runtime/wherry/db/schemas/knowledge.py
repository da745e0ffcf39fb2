"""Knowledge contents, under Agno's path; a pydantic model, built when asked for."""

from typing import Any

from wherry.stores.records import knowledge_row_class

__all__ = ["KnowledgeRow"]  # noqa: F822  made by __getattr__


def __getattr__(name: str) -> Any:
    if name == "KnowledgeRow":
        return knowledge_row_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
