"""`agno.learn`: agents that learn about users, sessions and the world. Imported by agents that have `learning=` only.

`machine` brings the stores together, `config` says how each learns, `schemas` what it keeps; `stores` has the stores.
"""

from wherry.core.matrix import module_getattr
from wherry.learn.config import (
    DecisionLogConfig,
    EntityMemoryConfig,
    LearnedKnowledgeConfig,
    LearningMode,
    SessionContextConfig,
    UserMemoryConfig,
    UserProfileConfig,
)
from wherry.learn.machine import LearningMachine
from wherry.learn.schemas import (
    DecisionLog,
    EntityMemory,
    LearnedKnowledge,
    Memories,
    SessionContext,
    UserProfile,
)
from wherry.learn.stores import (
    DecisionLogStore,
    EntityMemoryStore,
    LearnedKnowledgeStore,
    LearningStore,
    SessionContextStore,
    UserMemoryStore,
    UserProfileStore,
)

__all__ = [
    "DecisionLog",
    "DecisionLogConfig",
    "DecisionLogStore",
    "EntityMemory",
    "EntityMemoryConfig",
    "EntityMemoryStore",
    "LearnedKnowledge",
    "LearnedKnowledgeConfig",
    "LearnedKnowledgeStore",
    "LearningMachine",
    "LearningMode",
    "LearningStore",
    "Memories",
    "SessionContext",
    "SessionContextConfig",
    "SessionContextStore",
    "UserMemoryConfig",
    "UserMemoryStore",
    "UserProfile",
    "UserProfileConfig",
    "UserProfileStore",
]

__getattr__ = module_getattr(__name__, "agno.learn")
