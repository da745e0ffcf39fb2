"""`agno.os.config`: what an interface is told, and from where it may ask, with which tokens; MCP is a matrix row."""

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
from wherry.api.os_settings import CORSConfig
from wherry.api.os_signed import AuthorizationConfig
from wherry.core.matrix import module_getattr

__all__ = [
    "AgentOSConfig",
    "AuthorizationConfig",
    "CORSConfig",
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
