"""A wiki as a source: pages that are asked for and changed in words. Mirrors `agno.context.wiki`.

`WikiContextProvider` has the two tools, a backend the pages: a folder, a clone of a git repository, or files of
`wherry.fs`. The backends for Notion are not there.
"""

from __future__ import annotations

from wherry.context.wiki.backend import CommitSummary, FileSystemBackend, WikiBackend, WikiBackendError
from wherry.context.wiki.git import GitBackend
from wherry.context.wiki.provider import WikiContextProvider
from wherry.context.wiki.words import (
    DEFAULT_WIKI_READ_INSTRUCTIONS,
    DEFAULT_WIKI_WRITE_INSTRUCTIONS,
    WIKI_WEB_INGEST_INSTRUCTIONS,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "DEFAULT_WIKI_READ_INSTRUCTIONS",
    "DEFAULT_WIKI_WRITE_INSTRUCTIONS",
    "WIKI_WEB_INGEST_INSTRUCTIONS",
    "CommitSummary",
    "FileSystemBackend",
    "GitBackend",
    "WikiBackend",
    "WikiBackendError",
    "WikiContextProvider",
]

__getattr__ = module_getattr(__name__, "agno.context.wiki")
