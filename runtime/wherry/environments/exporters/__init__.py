"""Public path of exports of results; mirrors `agno.environments.exporters`."""

from __future__ import annotations

from wherry.environments.exporters.sft import ExportReport, ato_sft_jsonl, to_sft_jsonl

__all__ = ["ExportReport", "ato_sft_jsonl", "to_sft_jsonl"]
