"""`agno.compaction`: the older part of a long conversation, replaced by a summary and kept where it can be searched."""

from wherry.compaction.archive import CompactionArchive
from wherry.compaction.compaction import Compaction
from wherry.compaction.types import CompactionRecord, CompactionResult, CompactionStats, CompactionStatus

__all__ = [
    "Compaction",
    "CompactionArchive",
    "CompactionRecord",
    "CompactionResult",
    "CompactionStats",
    "CompactionStatus",
]
