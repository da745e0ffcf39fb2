"""Public path of scorers, which turn a run into a number; mirrors `agno.scorer`."""

from __future__ import annotations

from wherry.scorer.base import AnyRunOutput, FingerprintError, MismatchError, Score, Scorer
from wherry.scorer.code import CodeScorer
from wherry.scorer.judge import JudgeScorer
from wherry.scorer.tools import ToolCallScorer

__all__ = [
    "AnyRunOutput",
    "CodeScorer",
    "FingerprintError",
    "JudgeScorer",
    "MismatchError",
    "Score",
    "Scorer",
    "ToolCallScorer",
]
