"""Public path of `wherry.core.metrics`; mirrors `agno.metrics`."""

from wherry.core.matrix import module_getattr
from wherry.core.metrics import (
    BaseMetrics,
    MessageMetrics,
    ModelMetrics,
    ModelType,
    RunMetrics,
    SessionMetrics,
    ToolCallMetrics,
    accumulate_eval_metrics,
    accumulate_model_metrics,
    merge_background_metrics,
)
from wherry.utils.timer import Timer

__all__ = [
    "BaseMetrics",
    "MessageMetrics",
    "ModelMetrics",
    "ModelType",
    "RunMetrics",
    "SessionMetrics",
    "Timer",
    "ToolCallMetrics",
    "accumulate_eval_metrics",
    "accumulate_model_metrics",
    "merge_background_metrics",
]

__getattr__ = module_getattr(__name__, "agno.metrics")
