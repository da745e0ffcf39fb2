"""Public path of `wherry.core.errors` and `errors_checks`; mirrors `agno.exceptions`."""

from wherry.core.errors import (
    AgentRunException,
    AgnoError,
    ComponentPinError,
    ComponentRehydrationError,
    EvalError,
    MigrationRequiredError,
    PathSecurityError,
    RetryAgentRun,
    RunCancelledException,
    RunNotContinuableError,
    RunNotFoundError,
    SchemaMismatchError,
    SessionBusyError,
    StopAgentRun,
)
from wherry.core.errors_checks import (
    CheckTrigger,
    InputCheckError,
    MediaStagingError,
    OutputCheckError,
    UnsupportedMediaError,
)
from wherry.core.errors_services import (
    ContextWindowExceededError,
    EmbeddingError,
    ModelAuthenticationError,
    ModelProviderError,
    ModelRateLimitError,
    RemoteServerUnavailableError,
    RetryableModelProviderError,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "AgentRunException",
    "AgnoError",
    "CheckTrigger",
    "ComponentPinError",
    "ComponentRehydrationError",
    "ContextWindowExceededError",
    "EmbeddingError",
    "EvalError",
    "InputCheckError",
    "MediaStagingError",
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
    "UnsupportedMediaError",
]

__getattr__ = module_getattr(__name__, "agno.exceptions")
