"""A line on what was changed in a wiki, by a model. Called by `WikiBackend.summarize_diff`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from wherry.context.wiki.words import COMMIT_INSTRUCTIONS
from wherry.core.log import log_warning
from wherry.core.status import RunStatus

_LONGEST = 72
_MOST_SHOWN = 8000


async def summary_of(diff: str, model: Any) -> str:
    """The line; one with the time where there is no model, or it has nothing to say."""
    otherwise = f"Update wiki ({datetime.now(UTC).isoformat(timespec='seconds')})"
    if model is None or not diff.strip():
        return otherwise
    from wherry.agent import Agent

    try:
        agent = Agent(
            id="wiki-commit-summarizer",
            name="Wiki Commit Summarizer",
            model=model,
            instructions=COMMIT_INSTRUCTIONS,
            markdown=False,
        )
        output: Any = await agent.arun(_shown(diff))
        told = "" if output.status == RunStatus.error else output.get_content_as_string() or ""
    except Exception as error:  # noqa: BLE001 - what was changed is kept, with or without a good title
        log_warning(f"No title for a change of a wiki: {type(error).__name__}: {error}")
        return otherwise
    return _line_of(told) or otherwise


def _shown(diff: str) -> str:
    """The diff, of a long one both ends."""
    if len(diff) <= _MOST_SHOWN:
        return diff
    return f"{diff[: _MOST_SHOWN // 2]}\n[…]\n{diff[-_MOST_SHOWN // 2 :]}"


def _line_of(text: str) -> str:
    """The first line without what models like to put around it, cut where it is too long."""
    first = (text.strip().splitlines() or [""])[0].strip()
    line = re.sub(r"^[-*+]\s+", "", first).strip("`'\" ")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"
