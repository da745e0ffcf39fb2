"""Keeping profiles small: `LearningMachine.curator`; mirrors `agno.learn.curate`.

As in Agno it works on the store `user_profile`, on profiles whose schema has a list `memories`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass
class Curator:
    """Removes entries of `memories` that are old, too many, or said twice.

    Attributes:
        machine: Whose.
    """

    machine: Any

    def prune(self, user_id: str, max_age_days: int = 0, max_count: int = 0) -> int:
        """Remove what is old, then all but the newest.

        Args:
            user_id: Whose.
            max_age_days: Older entries go; 0 for none. Those that do not tell their age stay.
            max_count: So many stay; 0 for all.

        Returns:
            How many were removed.
        """
        since = datetime.now(UTC) - timedelta(days=max_age_days) if max_age_days > 0 else None

        def kept(memories: list[Any]) -> list[Any]:
            left = [one for one in memories if since is None or not _older(one, since)]
            if 0 < max_count < len(left):
                left = sorted(left, key=lambda one: one.get("created_at", ""), reverse=True)[:max_count]
            return left

        return self._rewrite(user_id, kept)

    def deduplicate(self, user_id: str) -> int:
        """Remove what says the same but for case, blanks and punctuation; how many there were."""

        def kept(memories: list[Any]) -> list[Any]:
            first: dict[str, Any] = {}
            for one in memories:
                first.setdefault(_bare(one.get("content", "")), one)
            return list(first.values())

        return self._rewrite(user_id, kept)

    def _rewrite(self, user_id: str, kept: Any) -> int:
        store = self.machine.stores.get("user_profile")
        profile = store.get(user_id=user_id) if store else None
        memories = getattr(profile, "memories", None) or []
        left = kept(memories)
        removed = len(memories) - len(left)
        if removed and store is not None and profile is not None:
            profile.memories = left
            store.save(user_id=user_id, profile=profile)
        return removed


def _older(memory: Any, since: datetime) -> bool:
    try:
        return datetime.fromisoformat(memory["created_at"]) < since
    except (KeyError, ValueError, TypeError, AttributeError):
        return False


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s]", "", text.lower().strip()))
