"""`agno.offload`: long tool results, kept apart and read back by parts."""

from wherry.offload.naming import result_id_for
from wherry.offload.store import ResultStore
from wherry.offload.types import ResultMatch, ResultPage, ResultRef

__all__ = ["ResultMatch", "ResultPage", "ResultRef", "ResultStore", "result_id_for"]
