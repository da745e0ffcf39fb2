"""Where an answer's facts come from: citations of the model, references the runtime added to a question.

Data only. Mirrors the small models of `agno.models.message`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wherry.core.record import Record


@dataclass(slots=True, kw_only=True)
class MessageReferences(Record):
    """Passages found for a question; mirrors `agno.models.message.MessageReferences`. `time` is in seconds."""

    query: str
    references: list[dict[str, Any] | str] | None = None
    time: float | None = None


@dataclass(slots=True, kw_only=True)
class UrlCitation(Record):
    """A cited page; mirrors `agno.models.message.UrlCitation`."""

    url: str | None = None
    title: str | None = None


@dataclass(slots=True, kw_only=True)
class DocumentCitation(Record):
    """A cited document; mirrors `agno.models.message.DocumentCitation`."""

    document_title: str | None = None
    cited_text: str | None = None
    file_name: str | None = None


@dataclass(slots=True, kw_only=True)
class Citations(Record):
    """All a reply cites; mirrors `agno.models.message.Citations`. Dictionaries inside become citations."""

    raw: Any = field(default=None)
    search_queries: list[str] | None = None
    urls: list[UrlCitation] | None = None
    documents: list[DocumentCitation] | None = None

    def __post_init__(self) -> None:
        if self.urls:
            self.urls = [UrlCitation.model_validate(url) for url in self.urls]
        if self.documents:
            self.documents = [DocumentCitation.model_validate(document) for document in self.documents]
