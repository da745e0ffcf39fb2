"""`agno.utils.merge_dict`: nested dictionaries merged in place."""

from wherry.core.matrix import module_getattr
from wherry.core.sessions.session_state import merge_into as merge_dictionaries
from wherry.core.workflow.state_merging import merge_parallel_session_states

__all__ = ["merge_dictionaries", "merge_parallel_session_states"]

__getattr__ = module_getattr(__name__, "agno.utils.merge_dict")
