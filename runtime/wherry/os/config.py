"""`agno.os.config`: what an interface is told; authorization, CORS and MCP are rows of the matrix."""

from wherry.api.os_config import (
    AgentOSConfig,
    ChatConfig,
    DatabaseConfig,
    EvalsConfig,
    EvalsDomainConfig,
    KnowledgeConfig,
    KnowledgeDatabaseConfig,
    KnowledgeDomainConfig,
    KnowledgeInstanceConfig,
    LearningConfig,
    LearningDomainConfig,
    Manifest,
    MemoryConfig,
    MemoryDomainConfig,
    MetricsConfig,
    MetricsDomainConfig,
    SessionConfig,
    SessionDomainConfig,
    TracesConfig,
    TracesDomainConfig,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "AgentOSConfig",
    "ChatConfig",
    "DatabaseConfig",
    "EvalsConfig",
    "EvalsDomainConfig",
    "KnowledgeConfig",
    "KnowledgeDatabaseConfig",
    "KnowledgeDomainConfig",
    "KnowledgeInstanceConfig",
    "LearningConfig",
    "LearningDomainConfig",
    "Manifest",
    "MemoryConfig",
    "MemoryDomainConfig",
    "MetricsConfig",
    "MetricsDomainConfig",
    "SessionConfig",
    "SessionDomainConfig",
    "TracesConfig",
    "TracesDomainConfig",
]

__getattr__ = module_getattr(__name__, "agno.os.config")
