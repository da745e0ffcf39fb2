"""A filter that a model chooses; a module of its own because it imports pydantic."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class KnowledgeFilter(BaseModel):
    """An entry of metadata that documents must have; mirrors `agno.knowledge.types.KnowledgeFilter`."""

    # The schema goes to the model, which needs no description of it.
    model_config = ConfigDict(json_schema_extra=lambda schema: schema.pop("description"))

    key: str
    value: Any
