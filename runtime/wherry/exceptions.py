"""Public path of `wherry.core.errors`; mirrors `agno.exceptions`."""

from wherry.core.errors import (
    AgentRunException,
    AgnoError,
    CheckTrigger,
    ContextWindowExceededError,
    EmbeddingError,
    EvalError,
    InputCheckError,
    MigrationRequiredError,
    ModelAuthenticationError,
    ModelProviderError,
    ModelRateLimitError,
    OutputCheckError,
    PathSecurityError,
    RemoteServerUnavailableError,
    RetryableModelProviderError,
    RetryAgentRun,
    RunCancelledException,
    RunNotContinuableError,
    RunNotFoundError,
    SchemaMismatchError,
    SessionBusyError,
    StopAgentRun,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "AgentRunException",
    "AgnoError",
    "CheckTrigger",
    "ContextWindowExceededError",
    "EmbeddingError",
    "EvalError",
    "InputCheckError",
    "MigrationRequiredError",
    "ModelAuthenticationError",
    "ModelProviderError",
    "ModelRateLimitError",
    "OutputCheckError",
    "PathSecurityError",
    "RemoteServerUnavailableError",
    "RetryAgentRun",
    "RetryableModelProviderError",
    "RunCancelledException",
    "RunNotContinuableError",
    "RunNotFoundError",
    "SchemaMismatchError",
    "SessionBusyError",
    "StopAgentRun",
]

__getattr__ = module_getattr(__name__, "agno.exceptions")
