"""`agno.workflow.cel`."""

from wherry.core.matrix import module_getattr
from wherry.core.workflow.expressions import CEL_AVAILABLE, is_cel_expression, validate_cel_expression
from wherry.core.workflow.expressions import condition_holds as evaluate_cel_condition_evaluator
from wherry.core.workflow.expressions import loop_done as evaluate_cel_loop_end_condition
from wherry.core.workflow.expressions import selected_name as evaluate_cel_router_selector

__all__ = [
    "CEL_AVAILABLE",
    "evaluate_cel_condition_evaluator",
    "evaluate_cel_loop_end_condition",
    "evaluate_cel_router_selector",
    "is_cel_expression",
    "validate_cel_expression",
]

__getattr__ = module_getattr(__name__, "agno.workflow.cel")
