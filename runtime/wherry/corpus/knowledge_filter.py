"""A filter that a model chooses; a module of its own because it imports pydantic."""

from typing import Any

from pydantic import BaseModel


class KnowledgeFilter(BaseModel):
    """An entry of metadata that documents must have; mirrors `agno.knowledge.types.KnowledgeFilter`."""

    key: str
    value: Any
