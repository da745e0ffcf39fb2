"""What an interface may choose for a content of AgentOS's knowledge: readers, ways to cut, searches.

Mirrors `GET /knowledge/config` of `agno.os.routers.knowledge`; it tells the readers that are here.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.api.agentos_asked import reading
from wherry.api.agentos_knowledge import asked_base, seen_by
from wherry.core.errors import NotMigratedError
from wherry.corpus.chunking import ChunkingStrategyFactory, ChunkingStrategyType
from wherry.corpus.readers import ReaderFactory

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served


@reading("retrieving the configuration")
async def knowledge_config(request: Request, here: Served) -> Any:
    """`GET /knowledge/config`."""
    base = asked_base(request, here)
    chunkers, unusable = strategies()
    readers, missing = usual_readers(chunkers)
    for name, reader in base.get_readers().items():
        if name not in readers:
            title = getattr(reader, "name", None) or type(reader).__name__
            about = getattr(reader, "description", None) or f"Custom {type(reader).__name__}"
            readers[name] = described(name, title, about, type(reader), chunkers)
        missing.pop(name, None)
    store = base.vector_db
    return {
        "readers": readers,
        "readersForType": by_type(readers),
        "chunkers": chunkers,
        "filters": sorted(await base.aget_valid_filters(user_id=seen_by(here))),
        "vector_dbs": [] if store is None else [searches(store)],
        "remote_content_sources": None,
        "unavailable_readers": missing or None,
        "unavailable_chunkers": unusable or None,
    }


def strategies() -> tuple[dict[str, Any], dict[str, Any]]:
    """Ways to cut by name: those that can be made here, and those that cannot."""
    here: dict[str, Any] = {}
    missing: dict[str, Any] = {}
    for kind in ChunkingStrategyType:
        try:
            made = type(ChunkingStrategyFactory.create_strategy(kind))
        except (NotMigratedError, ImportError, TypeError) as error:
            missing[kind.value] = unavailable(kind.value, kind.value, None, error)
            continue
        takes = inspect.signature(made.__init__).parameters
        sizes = {name: takes[name].default for name in ("chunk_size", "overlap") if name in takes}
        here[kind.value] = {"key": kind.value, "name": kind.value, "description": said(made), "metadata": sizes}
    return here, missing


def usual_readers(chunkers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Readers by name: those that can be made here, and those that cannot."""
    here: dict[str, Any] = {}
    missing: dict[str, Any] = {}
    for name in ReaderFactory.get_all_reader_keys():
        about = ReaderFactory.READER_METADATA.get(name, {"name": name, "description": ""})
        try:
            kind = ReaderFactory.get_reader_class(name)
        except (NotMigratedError, ImportError) as error:
            missing[name] = unavailable(name, about["name"], about["description"], error)
            continue
        here[name] = described(name, about["name"], about["description"], kind, chunkers)
    return here, missing


def described(name: str, title: str, about: str | None, kind: Any, chunkers: dict[str, Any]) -> dict[str, Any]:
    """A reader: what it reads, and how that may be cut."""
    ways = [way.value for way in kind.get_supported_chunking_strategies()]
    types = [getattr(one, "value", str(one)) for one in kind.get_available_content_types()]
    shown = {"id": name, "name": title, "description": about, "chunkers": [way for way in ways if way in chunkers]}
    return {**shown, "content_types": types, "unavailable_content_types": None}


def unavailable(name: str, title: str, about: str | None, error: Exception) -> dict[str, Any]:
    """What cannot be used here, and why."""
    package = getattr(error, "package", None) or getattr(error, "name", None)
    told = {"id": name, "name": title, "description": about, "missing_packages": [package] if package else []}
    return {**told, "reason": str(error)}


def by_type(readers: dict[str, Any]) -> dict[str, list[str]]:
    """Names of readers by what they read."""
    found: dict[str, list[str]] = {}
    for name, reader in readers.items():
        for kind in reader["content_types"]:
            found.setdefault(kind, []).append(name)
    return found


def searches(store: Any) -> dict[str, Any]:
    """A vector database, and how it searches."""
    ways = [getattr(way, "value", way) for way in store.get_supported_search_types()]
    about = {name: getattr(store, name, None) for name in ("id", "name", "description")}
    return {**about, "search_types": ways}


def said(kind: Any) -> str:
    """The first line of a class's documentation."""
    return (inspect.getdoc(kind) or "").partition("\n")[0].partition(";")[0].rstrip(".")
