"""`agno.utils.pprint`: print an output or a stream of events."""

from wherry.core.matrix import module_getattr
from wherry.core.showing import apprint_run_response, pprint_run_response

__all__ = ["apprint_run_response", "pprint_run_response"]

__getattr__ = module_getattr(__name__, "agno.utils.pprint")
