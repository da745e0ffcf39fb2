"""Results of evals, under Agno's path; the record is a pydantic model, built when asked for."""

from typing import Any

from wherry.stores.evals import EvalFilterType, EvalType, eval_record_class

__all__ = ["EvalFilterType", "EvalRunRecord", "EvalType"]  # noqa: F822  made by __getattr__


def __getattr__(name: str) -> Any:
    if name == "EvalRunRecord":
        return eval_record_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
