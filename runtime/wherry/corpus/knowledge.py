"""`Knowledge`: sources go in, documents are found. The methods of Agno's class, each in two kinds of waiting.

The work is in `loading`, `pages`, `storing` and `searching`, what is asked of contents in `contents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.matrix import raise_not_migrated, unknown_parameter
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.corpus.content import Content, ContentAuth, FileData, hash_of, hash_of_page, id_of
from wherry.corpus.contents import Contents
from wherry.corpus.loading import load
from wherry.corpus.many import of_each
from wherry.corpus.metadata import strip_agno_metadata
from wherry.corpus.rows import Insertion
from wherry.corpus.search_tool import SearchTool, context_text
from wherry.corpus.searching import by_words, find
from wherry.corpus.storing import marked

if TYPE_CHECKING:
    from wherry.corpus.document import Document

_UNSET: Any = object()
_SYMBOL = "agno.knowledge.knowledge.Knowledge"
_KNOWN = ("name", "description", "content_db", "contents_db", "vector_db", "readers", "max_results")


class Knowledge(Contents):
    """A knowledge base; mirrors `agno.knowledge.Knowledge`.

    Args:
        name: Name; rows of the contents database and documents carry it.
        description: What it holds.
        content_db: Database of contents, one row a source; None: none is kept.
        vector_db: Where documents are stored and found.
        readers: Readers of one's own by kind (``pdf``, ``csv`` …), instead of the usual ones.
        max_results: Documents of a search that does not say how many.
        isolate_vector_search: Find documents of this knowledge base only, when several share a vector store.
        max_embedding_retries: Further tries when embedding fails for a reason that may pass.
        embedding_retry_backoff: Seconds before the first of them; doubled each time.
        reranker: Reorders what was found.
        query_transformer: Rewrites what the vector store is asked (`HyDE`), unless it looks for words alone.
        contents_db: Agno's other name for `content_db`.
        **kwargs: What Agno has and Wherry has not, which is refused.

    Raises:
        ConfigurationError: (a ValueError) `content_db` and `contents_db` are different databases.
        NotMigratedError: Pages and cloud sources.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        content_db: Any = _UNSET,
        vector_db: Any = None,
        readers: Any = None,
        max_results: int = 10,
        isolate_vector_search: bool = False,
        max_embedding_retries: int = 0,
        embedding_retry_backoff: float = 1.0,
        reranker: Any = None,
        query_transformer: Any = None,
        contents_db: Any = _UNSET,
        **kwargs: Any,
    ) -> None:
        for keyword, value in kwargs.items():
            unknown_parameter(_SYMBOL, keyword, value, _KNOWN)
        if content_db is not _UNSET and contents_db is not _UNSET and content_db is not contents_db:
            raise ConfigurationError(
                "content_db and contents_db must refer to the same database object.", hint="Pass content_db only."
            )
        given = contents_db if content_db is _UNSET else content_db
        self.name, self.description = name, description
        self.contents_db: Any = None if given is _UNSET else given
        self.vector_db = vector_db
        self.readers = readers
        self.max_results = max_results
        self.isolate_vector_search = isolate_vector_search
        self.max_embedding_retries = max_embedding_retries
        self.embedding_retry_backoff = embedding_retry_backoff
        self.reranker = reranker
        self.query_transformer = query_transformer
        if getattr(query_transformer, "include_query", None) is False and by_words(vector_db, also=True):
            log_warning(
                "This vector store looks for words, too, and the query transformer takes those of the question away; "
                "include_query=True keeps them."
            )
        if vector_db is not None and not vector_db.exists():
            vector_db.create()
        self.get_readers()

    @property
    def content_db(self) -> Any:
        """The database of contents."""
        return self.contents_db

    @content_db.setter
    def content_db(self, value: Any) -> None:
        self.contents_db = value

    # Putting in.

    def insert(
        self,
        name: str | None = None,
        description: str | None = None,
        path: Any = None,
        url: str | None = None,
        text_content: str | None = None,
        metadata: dict[str, Any] | None = None,
        topics: list[str] | None = None,
        remote_content: Any = None,
        reader: Any = None,
        include: list[str] | None = None,
        exclude: list[str] | None = None,
        upsert: bool = True,
        skip_if_exists: bool = False,
        auth: ContentAuth | None = None,
        user_id: str | None = None,
    ) -> None:
        """Read a source, cut it, embed it and store it.

        What goes wrong with embedding or storing is logged and noted in the content's row, not raised.

        Args:
            name: Name; by default the file's. Texts need one: it is what tells them apart.
            description: What it is about.
            path: A file or a folder.
            url: An address, fetched over HTTP; a page is followed to the pages it links to.
            text_content: The text itself.
            metadata: What filters will see.
            topics: What the reader looks up.
            remote_content: Not migrated.
            reader: Reads this source, instead of the usual reader.
            include: Of a folder, only files that match one of these patterns (``*.md``).
            exclude: Of a folder, no files that match one of these.
            upsert: Put its documents in the place of those of the same source.
            skip_if_exists: Leave a source alone that is stored already.
            auth: What opens a protected file.
            user_id: Owner; None: everybody finds it.

        Raises:
            NotMigratedError: A kind of source that Wherry does not read.
            Exception: What the reader raises.
        """
        given = {key: value for key, value in locals().items() if key != "self"}
        finish(self._insert(BLOCKING, **given))

    async def ainsert(
        self,
        name: str | None = None,
        description: str | None = None,
        path: Any = None,
        url: str | None = None,
        text_content: str | None = None,
        metadata: dict[str, Any] | None = None,
        topics: list[str] | None = None,
        remote_content: Any = None,
        reader: Any = None,
        include: list[str] | None = None,
        exclude: list[str] | None = None,
        upsert: bool = True,
        skip_if_exists: bool = False,
        auth: ContentAuth | None = None,
        user_id: str | None = None,
    ) -> None:
        """`insert` on the event loop."""
        given = {key: value for key, value in locals().items() if key != "self"}
        await self._insert(LOOPING, **given)

    async def _insert(
        self,
        waits: Waits,
        *,
        text_content: str | None = None,
        metadata: dict[str, Any] | None = None,
        remote_content: Any = None,
        include: list[str] | None = None,
        exclude: list[str] | None = None,
        upsert: bool = True,
        skip_if_exists: bool = False,
        **source: Any,
    ) -> None:
        if remote_content is not None:
            raise_not_migrated(f"{_SYMBOL}.insert(remote_content)", what="Knowledge.insert(remote_content=…)")
        if text_content is None and all(source.get(key) is None for key in ("path", "url", "topics")):
            log_warning("Nothing was inserted: pass one of path, url, text_content and topics.")
            return
        if text_content and not source.get("name"):
            log_warning("A text without a name was inserted; the next one without a name takes its place.")
        data = FileData(content=text_content, type="Text") if text_content else None
        content = Content(file_data=data, metadata=strip_agno_metadata(metadata), **source)
        content.content_hash = self._build_content_hash(content)
        content.id = id_of(content.content_hash)
        await load(Insertion(self, waits, upsert, skip_if_exists, include, exclude), content)

    def _build_content_hash(self, content: Content) -> str:
        """Agno's place for subclasses to say what makes two sources the same."""
        return hash_of(content)

    def _build_document_content_hash(self, document: Document, content: Content) -> str:
        """Agno's place for subclasses to say what makes two pages of a source the same."""
        return hash_of_page((document.meta_data or {}).get("url"), document.content, content)

    def _prepare_documents_for_insert(
        self,
        documents: list[Document],
        content_id: str,
        calculate_sizes: bool = False,
        metadata: dict[str, Any] | None = None,
    ) -> list[Document]:
        """Agno's place for subclasses to change what is stored."""
        return marked(self.name, documents, content_id, metadata, sized=calculate_sizes)

    def insert_many(self, *args: Any, **kwargs: Any) -> None:
        """`insert` for each dictionary of a list, or for each of `paths`, `urls` and `text_contents`.

        Raises:
            ConfigurationError: (a ValueError) neither is given.
        """
        for source in of_each(args, kwargs):
            self.insert(**source)

    async def ainsert_many(self, *args: Any, **kwargs: Any) -> None:
        """`insert_many` on the event loop, one source after the other."""
        for source in of_each(args, kwargs):
            await self.ainsert(**source)

    # Finding.

    def search(
        self,
        query: str,
        max_results: int | None = None,
        filters: Any = None,
        search_type: str | None = None,
        user_id: str | None = None,
        run_response: Any = None,
    ) -> list[Document]:
        """The best documents for a query, the best one first.

        Args:
            query: What is looked for.
            max_results: So many at most.
            filters: A dictionary of metadata that must be there, or expressions of `wherry.filters`.
            search_type: ``vector``, ``keyword`` or ``hybrid``, for this search only.
            user_id: Only this user's documents and everybody's; None: all.
            run_response: The run that asks; what rewriting the query costs counts there.

        Raises:
            ValueError: A filter or setting that cannot be; a store's failure is logged and finds nothing.
        """
        count = max_results or self.max_results
        return finish(find(self, BLOCKING, query, count, filters, search_type, user_id, run_response))

    async def asearch(
        self,
        query: str,
        max_results: int | None = None,
        filters: Any = None,
        search_type: str | None = None,
        user_id: str | None = None,
        run_response: Any = None,
    ) -> list[Document]:
        """`search` on the event loop."""
        count = max_results or self.max_results
        return await find(self, LOOPING, query, count, filters, search_type, user_id, run_response)

    def retrieve(
        self,
        query: str,
        max_results: int | None = None,
        filters: Any = None,
        user_id: str | None = None,
        run_response: Any = None,
        **kwargs: Any,
    ) -> list[Document]:
        """`search` under the name by which agents ask."""
        return self.search(query, max_results, filters, user_id=user_id, run_response=run_response)

    async def aretrieve(
        self,
        query: str,
        max_results: int | None = None,
        filters: Any = None,
        user_id: str | None = None,
        run_response: Any = None,
        **kwargs: Any,
    ) -> list[Document]:
        """`retrieve` on the event loop."""
        return await self.asearch(query, max_results, filters, user_id=user_id, run_response=run_response)

    # For agents.

    def build_context(self, enable_agentic_filters: bool = False, user_id: str | None = None, **kwargs: Any) -> str:
        """What the system message says about this knowledge base."""
        return context_text(self.get_valid_filters(user_id) if enable_agentic_filters else None)

    async def abuild_context(
        self, enable_agentic_filters: bool = False, user_id: str | None = None, **kwargs: Any
    ) -> str:
        """`build_context` on the event loop."""
        return context_text(await self.aget_valid_filters(user_id) if enable_agentic_filters else None)

    def get_tools(
        self,
        run_response: Any = None,
        run_context: Any = None,
        knowledge_filters: Any = None,
        async_mode: bool = False,
        enable_agentic_filters: bool = False,
        agent: Any = None,
        **kwargs: Any,
    ) -> list[Any]:
        """The tool `search_knowledge_base`, for code of one's own that builds its tools."""
        create = self._create_search_tool_with_filters if enable_agentic_filters else self._create_search_tool
        return [create(run_response, run_context, knowledge_filters, async_mode, agent)]

    def _create_search_tool(
        self,
        run_response: Any = None,
        run_context: Any = None,
        knowledge_filters: Any = None,
        async_mode: bool = False,
        agent: Any = None,
    ) -> Any:
        """Agno's place for subclasses to change the tool."""
        tool = SearchTool(self, knowledge_filters, run_response, run_context, agent)
        return tool.function(async_mode=async_mode, choose_filters=False)

    def _create_search_tool_with_filters(
        self,
        run_response: Any = None,
        run_context: Any = None,
        knowledge_filters: Any = None,
        async_mode: bool = False,
        agent: Any = None,
    ) -> Any:
        """Agno's place for subclasses to change the tool whose filters the model chooses."""
        tool = SearchTool(self, knowledge_filters, run_response, run_context, agent)
        return tool.function(async_mode=async_mode, choose_filters=True)

    async def aget_tools(self, *args: Any, **kwargs: Any) -> list[Any]:
        """`get_tools` with a tool that runs on the event loop."""
        return self.get_tools(*args, **{"async_mode": True, **kwargs})
