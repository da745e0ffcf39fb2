"""`agno.learn.schemas`: the records of the stores."""

from wherry.core.matrix import module_getattr
from wherry.learn.shapes.entities import EntityMemory
from wherry.learn.shapes.insights import DecisionLog, LearnedKnowledge
from wherry.learn.shapes.users import Memories, SessionContext, UserProfile

__all__ = ["DecisionLog", "EntityMemory", "LearnedKnowledge", "Memories", "SessionContext", "UserProfile"]

for _record in (DecisionLog, EntityMemory, LearnedKnowledge, Memories, SessionContext, UserProfile):
    _record.__module__ = __name__  # where a stored machine finds the schema again

__getattr__ = module_getattr(__name__, "agno.learn.schemas")
