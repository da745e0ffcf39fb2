"""Notes of the framework in metadata. Mirrors a part of `agno.knowledge.utils`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.metadata import (
    RECENCY_METADATA_KEY,
    RESERVED_AGNO_KEY,
    STORE_RECENCY_METADATA_KEY,
    get_agno_metadata,
    merge_user_metadata,
    set_agno_metadata,
    strip_agno_metadata,
)

__all__ = [
    "RECENCY_METADATA_KEY",
    "RESERVED_AGNO_KEY",
    "STORE_RECENCY_METADATA_KEY",
    "get_agno_metadata",
    "merge_user_metadata",
    "set_agno_metadata",
    "strip_agno_metadata",
]

__getattr__ = module_getattr(__name__, "agno.knowledge.utils")
