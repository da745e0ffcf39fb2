"""What an operator may set for a server. Read by the application and by `wherry serve`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from wherry.core.errors import ConfigurationError

SCOPES = ("read", "run", "admin")


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and access.

    Attributes:
        tokens: Scopes by token; empty means that nobody is asked, which only loopback servers may do.
        signed: Requests have JWTs, which `jwt_middleware` has checked; then `tokens` is empty.
        largest_body: Bytes of a request at most.
        concurrent_runs: Runs at the same time; more wait.
        waiting_runs: Runs that may wait; more are refused with 429.
        run_seconds: A run that takes longer is cancelled and answered with 504.
        retry_after: Seconds that a refused client is told to wait.
        kept_runs: Finished runs whose events can be read again.
        kept_bytes: About how much memory those may take; the oldest of more are forgotten before.
        kept_keys: Idempotency keys that are remembered.
        body_seconds: A client that takes longer to send its request is answered with 408.
        head_seconds: The same for the head of a request, by the server that `wherry serve` starts.
        write_seconds: A client that leaves unread what was written for it is hung up on, by the same server; its run
            goes on.
        shutdown_seconds: How long runs in progress may go on when the server stops.
        telemetry_days: Recorded events that are older are deleted; None keeps all.
        telemetry_detail: What of a run is recorded, as `wherry.telemetry.Recorder` has it: all, ends or runs.
        hosts: Names that a request's Host header may have; empty for any.
        origins: Other sites whose pages may ask for everything, as `https://desk.example`.
        origin_regex: The same as a pattern of the whole origin, or None.
    """

    tokens: dict[str, frozenset[str]] = field(default_factory=dict)
    signed: bool = False
    largest_body: int = 8 * 1024 * 1024
    concurrent_runs: int = 100
    waiting_runs: int = 1000
    run_seconds: float = 600.0
    retry_after: int = 1
    kept_runs: int = 1000
    kept_bytes: int = 64 * 1024 * 1024
    kept_keys: int = 10_000
    body_seconds: float = 30.0
    head_seconds: float = 15.0
    write_seconds: float = 60.0
    shutdown_seconds: float = 15.0
    telemetry_days: float | None = None
    telemetry_detail: str = "all"
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    origin_regex: str | None = None

    def allows(self, origin: str) -> bool:
        """Whether pages of a site may ask for everything."""
        return origin in self.origins or (
            self.origin_regex is not None and re.fullmatch(self.origin_regex, origin) is not None
        )


def tokens_from(text: str) -> dict[str, frozenset[str]]:
    """Scopes by token from `token:scope+scope,token:scope`; a token without scopes has all of them.

    Raises:
        ConfigurationError: A scope that does not exist; the token itself is never shown.
    """
    found: dict[str, frozenset[str]] = {}
    for number, part in enumerate(filter(None, (entry.strip() for entry in text.split(","))), 1):
        token, _, scopes = part.partition(":")
        names = frozenset(filter(None, scopes.split("+"))) or frozenset(SCOPES)
        unknown = names - set(SCOPES)
        if unknown:
            raise ConfigurationError(
                f"Token {number} of WHERRY_API_TOKENS has the unknown scope {min(unknown)!r}.",
                hint=f"Scopes are {', '.join(SCOPES)}.",
            )
        if len(token) < 8:
            raise ConfigurationError(f"Token {number} of WHERRY_API_TOKENS is shorter than 8 characters.")
        found[token] = names
    return found


def settings_from_environment() -> Settings:
    """Settings with the tokens of `WHERRY_API_TOKENS`."""
    return Settings(tokens=tokens_from(os.environ.get("WHERRY_API_TOKENS", "")))
