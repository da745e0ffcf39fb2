"""Passed attempts as conversations for supervised fine-tuning. Mirrors `agno.environments.exporters.sft`.

A line holds `messages` with `role` and `content` and nothing else, which every trainer reads; where each came from is
in a second file, `<path>.meta.json`.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherry.environments.attempts import AttemptResult
    from wherry.environments.results import EnvironmentRunResult

MAX_CONVERSATIONS = 320
MAX_BYTES = 1024 * 1024
_ROLES = frozenset({"system", "user", "assistant"})


@dataclass
class ExportReport:
    """What became of each scored attempt; mirrors `agno.environments.ExportReport`.

    Attributes:
        n_written: Written.
        n_skipped_failed: Left out as it did not pass.
        n_skipped_tool_runs: Left out as it used tools, which the format cannot tell.
        n_skipped_limit_hit: Left out as tool calls were refused.
        n_skipped_no_text: Left out as there is no answer in text.
        n_dropped_over_cap: Left out as the file is full (320 conversations, 1 MiB).
    """

    n_written: int = 0
    n_skipped_failed: int = 0
    n_skipped_tool_runs: int = 0
    n_skipped_limit_hit: int = 0
    n_skipped_no_text: int = 0
    n_dropped_over_cap: int = 0


def to_sft_jsonl(result: EnvironmentRunResult, path: str | Path, *, only_passed: bool = True) -> ExportReport:
    """Write a result's attempts; mirrors `agno.environments.to_sft_jsonl`.

    Args:
        result: What to write, in its order; `result.learning_zone()` leaves out what teaches nothing.
        path: The file; its folder is made.
        only_passed: Leave out attempts that did not pass.

    Returns:
        What became of each scored attempt.
    """
    counts = ExportReport()
    lines: list[str] = []
    origins: list[dict[str, Any]] = []
    size = 0
    for one in result.task_results:
        for number, attempt in enumerate(one.attempts):
            if attempt.score is None:
                continue
            kind, talk = _sorted(attempt, only_passed)
            if kind == "n_written":
                line = json.dumps({"messages": talk}, ensure_ascii=False) + "\n"
                size += len(line.encode())
                if len(lines) < MAX_CONVERSATIONS and size <= MAX_BYTES:
                    lines.append(line)
                    origins.append({"task_id": one.task.id, "attempt_index": number, "score": attempt.score.value})
                else:
                    kind, size = "n_dropped_over_cap", MAX_BYTES + 1  # the tail goes, not the longest lines
            setattr(counts, kind, getattr(counts, kind) + 1)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(lines), encoding="utf-8", newline="")
    meta = {
        "env_fingerprint": result.env_fingerprint,
        "policy_fingerprint": result.policy_fingerprint,
        "report": dict(vars(counts)),
        "options": {"only_passed": only_passed},
        "lines": origins,
    }
    beside = target.with_name(f"{target.name}.meta.json")
    beside.write_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="")
    return counts


async def ato_sft_jsonl(result: EnvironmentRunResult, path: str | Path, *, only_passed: bool = True) -> ExportReport:
    """`to_sft_jsonl` in a thread."""
    return await asyncio.to_thread(to_sft_jsonl, result, path, only_passed=only_passed)


def _sorted(attempt: AttemptResult, only_passed: bool) -> tuple[str, list[dict[str, str]]]:
    """Under which count an attempt falls, and its conversation."""
    if only_passed and attempt.score is not None and not attempt.score.passed:
        return "n_skipped_failed", []
    if attempt.tool_call_limit_hit:
        return "n_skipped_limit_hit", []
    if attempt.run is not None and attempt.run.tools:
        return "n_skipped_tool_runs", []
    talk = _conversation(attempt.run)
    return ("n_written", talk) if talk else ("n_skipped_no_text", [])


def _conversation(run: Any) -> list[dict[str, str]]:
    """The messages up to the last answer, word for word; empty when there is no answer or no question in text."""
    messages = [message for message in (run.messages if run is not None else None) or () if not message.from_history]
    while messages and messages[-1].role != "assistant":
        messages.pop()
    if not messages or not _has_text(messages[-1]):
        return []
    talk = [{"role": one.role, "content": one.content} for one in messages if one.role in _ROLES and _has_text(one)]
    return talk if any(one["role"] == "user" for one in talk) else []


def _has_text(message: Any) -> bool:
    return isinstance(message.content, str) and bool(message.content.strip())
