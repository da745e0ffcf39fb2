"""`agno.learn.stores`: the stores of a `LearningMachine`, one module each."""

from wherry.core.matrix import module_getattr
from wherry.learn.stores.decision_log import DecisionLogStore
from wherry.learn.stores.entity_memory import EntityMemoryStore
from wherry.learn.stores.learned_knowledge import LearnedKnowledgeStore
from wherry.learn.stores.protocol import LearningStore
from wherry.learn.stores.session_context import SessionContextStore
from wherry.learn.stores.user_memory import UserMemoryStore
from wherry.learn.stores.user_profile import UserProfileStore

__all__ = [
    "DecisionLogStore",
    "EntityMemoryStore",
    "LearnedKnowledgeStore",
    "LearningStore",
    "SessionContextStore",
    "UserMemoryStore",
    "UserProfileStore",
]

__getattr__ = module_getattr(__name__, "agno.learn.stores")
