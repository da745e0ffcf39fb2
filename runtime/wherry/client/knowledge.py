"""Knowledge of an AgentOS server. A part of `AgentOSClient`."""

from __future__ import annotations

from typing import Any

from wherry.client.answers import PaginatedResponse
from wherry.client.answers_records import (
    ConfigResponseSchema,
    ContentResponseSchema,
    ContentStatusResponse,
    VectorSearchResult,
)
from wherry.client.asking import Asking, Headers, as_json, given, segment

_BYTES = "application/octet-stream"


def filled(**fields: Any) -> dict[str, Any]:
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value}


def upload_of(file: Any) -> dict[str, Any] | None:
    """A file as a form has it: Agno's and Wherry's `File`, and the upload of a FastAPI or Starlette form."""
    if not file:
        return None
    name = getattr(file, "filename", None) or "upload"
    if hasattr(file, "file"):
        return {"file": (name, file.file, file.content_type or _BYTES)}
    if file.content:
        return {"file": (name, file.content, file.mime_type or _BYTES)}
    return None


class KnowledgeContents(Asking):
    """Contents: sent, listed, changed, deleted and searched."""

    async def upload_knowledge_content(
        self,
        name: str | None = None,
        description: str | None = None,
        url: str | None = None,
        metadata: dict[str, Any] | None = None,
        file: Any = None,
        text_content: str | None = None,
        reader_id: str | None = None,
        chunker: str | None = None,
        chunk_size: int | None = None,
        chunk_overlap: int | None = None,
        db_id: str | None = None,
        knowledge_id: str | None = None,
        headers: Headers = None,
    ) -> ContentResponseSchema:
        """Send a content; the server reads it afterwards, see `get_knowledge_content_status`.

        Args:
            name: Its name.
            description: What it is.
            metadata: Facts to keep with it.
            url: The content at an address.
            file: The content as a `File` with its content.
            text_content: The content as text.
            reader_id: How it is read; the server chooses otherwise.
            chunker: How it is cut.
            chunk_size: How long a piece is.
            chunk_overlap: How much pieces have in common.
            db_id: Which database of several.
            knowledge_id: Which knowledge of several.
            headers: Further headers of the request.
        """
        form = filled(
            name=name,
            description=description,
            url=url,
            metadata=as_json("metadata", metadata) if metadata else None,
            text_content=text_content,
            reader_id=reader_id,
            chunker=chunker,
            chunk_size=str(chunk_size) if chunk_size else None,
            chunk_overlap=str(chunk_overlap) if chunk_overlap else None,
        )
        params = given(db_id=db_id, knowledge_id=knowledge_id)
        data = await self._apost_multipart("/knowledge/content", form, upload_of(file), params, headers)
        return ContentResponseSchema.model_validate(data)

    async def update_knowledge_content(
        self,
        content_id: str,
        name: str | None = None,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        reader_id: str | None = None,
        db_id: str | None = None,
        knowledge_id: str | None = None,
        headers: Headers = None,
    ) -> ContentResponseSchema:
        """Change what is given of a content."""
        told = as_json("metadata", metadata) if metadata else None
        form = filled(name=name, description=description, metadata=told, reader_id=reader_id)
        params = given(db_id=db_id, knowledge_id=knowledge_id)
        place = f"/knowledge/content/{segment(content_id)}"
        data = await self._arequest("PATCH", place, data=form, params=params, headers=headers, as_form=True)
        return ContentResponseSchema.model_validate(data)

    async def list_knowledge_content(
        self,
        limit: int | None = 20,
        page: int | None = 1,
        sort_by: str | None = "created_at",
        sort_order: str | None = "desc",
        db_id: str | None = None,
        knowledge_id: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[ContentResponseSchema]:
        """A page of contents, newest first unless told otherwise."""
        sorting = {"sort_by": sort_by, "sort_order": sort_order}
        params = given(limit=limit, page=page, **sorting, db_id=db_id, knowledge_id=knowledge_id)
        data = await self._aget("/knowledge/content", params=params, headers=headers)
        return PaginatedResponse[ContentResponseSchema].model_validate(data)

    async def get_knowledge_content(
        self, content_id: str, db_id: str | None = None, knowledge_id: str | None = None, headers: Headers = None
    ) -> ContentResponseSchema:
        """One content."""
        params = given(db_id=db_id, knowledge_id=knowledge_id)
        data = await self._aget(f"/knowledge/content/{segment(content_id)}", params=params, headers=headers)
        return ContentResponseSchema.model_validate(data)

    async def delete_knowledge_content(
        self, content_id: str, db_id: str | None = None, knowledge_id: str | None = None, headers: Headers = None
    ) -> ContentResponseSchema:
        """Delete one content and return what it was."""
        params = given(db_id=db_id, knowledge_id=knowledge_id)
        place = f"/knowledge/content/{segment(content_id)}"
        return ContentResponseSchema.model_validate(
            await self._arequest("DELETE", place, params=params, headers=headers)
        )

    async def delete_all_knowledge_content(
        self, db_id: str | None = None, knowledge_id: str | None = None, headers: Headers = None
    ) -> str:
        """Delete all contents."""
        params = given(db_id=db_id, knowledge_id=knowledge_id)
        told: str = await self._arequest("DELETE", "/knowledge/content", params=params, headers=headers)
        return told

    async def get_knowledge_content_status(
        self, content_id: str, db_id: str | None = None, knowledge_id: str | None = None, headers: Headers = None
    ) -> ContentStatusResponse:
        """How far the reading of a content is."""
        params = given(db_id=db_id, knowledge_id=knowledge_id)
        data = await self._aget(f"/knowledge/content/{segment(content_id)}/status", params=params, headers=headers)
        return ContentStatusResponse.model_validate(data)

    async def search_knowledge(
        self,
        query: str,
        max_results: int | None = None,
        filters: dict[str, Any] | None = None,
        search_type: str | None = None,
        vector_db_ids: list[str] | None = None,
        limit: int = 20,
        page: int = 1,
        db_id: str | None = None,
        knowledge_id: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[VectorSearchResult]:
        """A page of the documents that fit a query."""
        how = filled(max_results=max_results, filters=filters, search_type=search_type, vector_db_ids=vector_db_ids)
        where = filled(db_id=db_id, knowledge_id=knowledge_id)
        body = {"query": query, **how, "meta": {"limit": limit, "page": page}, **where}
        data = await self._apost("/knowledge/search", body, headers=headers)
        return PaginatedResponse[VectorSearchResult].model_validate(data)

    async def get_knowledge_config(self, db_id: str | None = None, headers: Headers = None) -> ConfigResponseSchema:
        """How the knowledge reads, cuts and searches."""
        data = await self._aget("/knowledge/config", params=given(db_id=db_id), headers=headers)
        return ConfigResponseSchema.model_validate(data)
