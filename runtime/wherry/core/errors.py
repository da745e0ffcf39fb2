"""Every exception of the runtime. From `AgentRunException` on they mirror `agno.exceptions`."""

# Exception
# ├── WherryError                       ours: a code, a hint, a docs page
# │   ├── NotMigratedError              a feature the support matrix does not list as available
# │   │   └── NotMigratedModule         … met while importing (also a ModuleNotFoundError)
# │   ├── ConfigurationError            arguments that cannot work together (also a ValueError)
# │   │   └── MissingPackage            an extra that is not installed (also an ImportError)
# │   ├── AsyncToolInSyncRun            an async callable met in a blocking run
# │   ├── SessionConflict               two runs changed the same key of one session
# │   └── StoreError                    a database that cannot be read or written
# ├── AgentRunException                 raised by tools to steer the run
# │   ├── RetryAgentRun
# │   └── StopAgentRun
# ├── RunCancelledException, RunTimedOut the second in `deadline`: more than `run_timeout` (also a TimeoutError)
# ├── InputCheckError, OutputCheckError guardrails and hooks; in `errors_checks`, with what refuses media
# ├── RunNotFoundError, RunNotContinuableError
# └── AgnoError                         Agno's own root; kept so that `except` clauses go on working
#     ├── ModelAuthenticationError, ModelProviderError, EmbeddingError, … in `errors_services`
#     ├── PathSecurityError
#     ├── SchemaMismatchError ─ MigrationRequiredError
#     └── SessionBusyError

from __future__ import annotations

import os
from typing import Any, Self

DEFAULT_DOCS = "http://127.0.0.1:8000"


def docs_url(path: str) -> str:
    """Address of a page of the documentation site.

    Args:
        path: Page path without a leading slash, for example ``errors/not_migrated/``.

    Returns:
        The path below ``WHERRY_DOCS_URL``, by default the portal that ``make portal`` serves.
    """
    return f"{os.environ.get('WHERRY_DOCS_URL', DEFAULT_DOCS).rstrip('/')}/{path.lstrip('/')}"


class WherryError(Exception):
    """Root of Wherry's own errors.

    Attributes:
        code: Stable snake_case name of the error; also the name of its page.
        message: What happened, with the offending value.
        hint: What to do next.
        docs: Address of the page that explains it.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "", docs: str | None = None) -> None:
        self.message = message
        self.hint = hint
        self.docs = docs or docs_url(f"errors/{self.code}/")
        super().__init__(message)

    def __str__(self) -> str:
        parts = [self.message]
        if self.hint:
            parts.append(self.hint)
        parts.append(f"See {self.docs}")
        return "\n".join(parts)


class NotMigratedError(WherryError, NotImplementedError):
    """A feature of Agno that Wherry does not offer (yet); raised before any model call.

    It is a NotImplementedError, too: that is what Agno's databases raise for what one of them does not have.

    Attributes:
        feature: Id of the row in the support matrix.
        fallback: What to use instead.
        reason: Why it is not there.
        planned: Version that is to bring it, or None.
    """

    code = "not_migrated"

    def __init__(
        self, feature: str, *, what: str, fallback: str = "", reason: str = "", planned: str | None = None
    ) -> None:
        self.feature = feature
        self.what = what
        self.fallback = fallback
        self.reason = reason
        self.planned = planned
        text = f"{what} is not migrated (feature {feature!r})" + (f": {reason}" if reason else "")
        hint = f"Instead: {fallback}" if fallback else ""
        if planned:
            hint = f"{hint} Planned for {planned}.".strip()
        super().__init__(text, hint=hint, docs=docs_url(f"features/{feature}/"))


class NotMigratedModule(NotMigratedError, ModuleNotFoundError):
    """An import of a module that Agno has and Wherry has not."""

    def __init__(
        self, feature: str, *, module: str, fallback: str = "", reason: str = "", planned: str | None = None
    ) -> None:
        super().__init__(feature, what=f"module {module!r}", fallback=fallback, reason=reason, planned=planned)
        self.name = module


class ConfigurationError(WherryError, ValueError):
    """Arguments that cannot be used, alone or together."""

    code = "configuration"


class MissingPackage(ConfigurationError, ImportError):
    """A package that comes with an extra is not installed; Agno raises an ImportError there, and this is one, too.

    Args:
        what: What cannot be done without it, as the subject of a sentence: ``"A PDF"``.
        package: Name of the package.
        extra: Extra of the distribution that brings it.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {package!r}, which is not installed.",
            hint=f"Run: pip install 'wherry[{extra}]'",
        )
        self.name = package  # what every ImportError tells
        self._given = (what, package, extra)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, str]]:
        """As itself: it may come out of a worker's process."""
        return type(self), self._given


def require(package: str, extra: str, what: str) -> None:
    """Refuse what cannot work without a package before it is begun; nothing is imported.

    Args:
        package: Name by which it is imported.
        extra: Extra of the distribution that brings it.
        what: What needs it, as the subject of a sentence.

    Raises:
        MissingPackage: It is not installed.
    """
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise MissingPackage(what, package, extra)


class AsyncToolInSyncRun(WherryError):
    """An async callable was reached by a blocking run; use the `a…` twin of the method."""

    code, type = "async_in_sync_run", "Exception"  # the type is what error events name, as in Agno


class SessionConflict(WherryError):
    """Two runs changed the same key of one session's state."""

    code = "session_conflict"


class StoreError(WherryError):
    """A database could not be read or written."""

    code = "store"


class AgentRunException(Exception):
    """Raised by a tool or hook to steer the run; mirrors `agno.exceptions.AgentRunException`."""

    error_id = "agent_run_error"

    def __init__(
        self,
        exc: Any,
        user_message: Any = None,
        agent_message: Any = None,
        messages: list[Any] | None = None,
        stop_execution: bool = False,
    ) -> None:
        super().__init__(exc)
        self.user_message = user_message
        self.agent_message = agent_message
        self.messages = messages
        self.stop_execution = stop_execution
        self.type = "agent_run_error"


class RetryAgentRun(AgentRunException):
    """The model is told why and tries again."""

    error_id = "retry_agent_run_error"

    def __init__(
        self, exc: Any, user_message: Any = None, agent_message: Any = None, messages: list[Any] | None = None
    ) -> None:
        super().__init__(exc, user_message, agent_message, messages, stop_execution=False)


class StopAgentRun(AgentRunException):
    """The run ends after the tool call that raised it."""

    error_id = "stop_agent_run_error"

    def __init__(
        self, exc: Any, user_message: Any = None, agent_message: Any = None, messages: list[Any] | None = None
    ) -> None:
        super().__init__(exc, user_message, agent_message, messages, stop_execution=True)


class RunCancelledException(Exception):
    """The run was cancelled from outside."""

    def __init__(self, message: str = "Operation cancelled by user") -> None:
        super().__init__(message)
        self.type = self.error_id = "run_cancelled_error"


class AgnoError(Exception):
    """Agno's root for provider and service errors.

    Attributes:
        message: What happened.
        status_code: HTTP status that fits.
        type: Family of the error.
        error_id: Name of this very error.
    """

    kind = "agno_error"

    def __init__(self, message: str, status_code: int = 500) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.type = self.error_id = self.kind

    def __str__(self) -> str:
        return str(self.message)


class EvalError(Exception):
    """An evaluation could not be carried out."""


class PathSecurityError(AgnoError):
    """A path leads outside the folder it must stay in."""

    kind = "path_security_error"

    def __init__(self, message: str = "Path security violation") -> None:
        super().__init__(message, 400)


class SchemaMismatchError(AgnoError):
    """A table exists with other columns than expected."""

    kind = "schema_mismatch_error"

    def __init__(self, table_name: str, message: str | None = None) -> None:
        super().__init__(message or f"Table {table_name!r} does not have the expected columns", 500)
        self.table_name = table_name


class MigrationRequiredError(SchemaMismatchError):
    """A table has the layout of an older major version."""

    kind = "migration_required_error"


class RunNotFoundError(RuntimeError):
    """No run with that id is stored."""


class RunNotContinuableError(ValueError):
    """The run is in a state from which it cannot go on.

    Attributes:
        outdated: The output that was passed is an older copy of a run that has ended meanwhile.
    """

    outdated = False


class SessionBusyError(AgnoError):
    """Another run holds the session."""

    kind = "session_busy"

    def __init__(self, message: str, run_id: str | None = None, session_id: str | None = None) -> None:
        super().__init__(message, 409)
        self.run_id = run_id
        self.session_id = session_id


class ComponentRehydrationError(AgnoError, ValueError):
    """A stored agent, team or workflow names something that is not there."""

    kind = "component_rehydration_error"

    def __init__(self, message: str) -> None:
        super().__init__(message, 422)


class UnresolvableCallableError(ConfigurationError, RuntimeError):
    """What stands for something that a registry did not know was to run; no step error, so it is never passed over."""


class ComponentPinError(ComponentRehydrationError):
    """A stored team or workflow holds on to a version that is gone or cannot be rebuilt."""
