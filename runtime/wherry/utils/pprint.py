"""`agno.utils.pprint`: print an output or a stream of events."""

from wherry.core.agent.showing import apprint_run_response, pprint_run_response
from wherry.core.matrix import module_getattr

__all__ = ["apprint_run_response", "pprint_run_response"]

__getattr__ = module_getattr(__name__, "agno.utils.pprint")
