"""`agno.workflow.utils.hitl`: the one function of it that programs call."""

from wherry.core.matrix import module_getattr
from wherry.core.workflow.review_requirements import check_timeout

__all__ = ["check_timeout"]

__getattr__ = module_getattr(__name__, "agno.workflow.utils.hitl")
