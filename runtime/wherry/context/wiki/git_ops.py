"""Calling git without a question, and without telling a secret. Mirrors `agno.context.wiki.git_ops`; for `git`."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess  # only for the error that a time limit raises
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wherry.core.programs import run_program

if TYPE_CHECKING:
    from pathlib import Path

_IDENTITY = "x-access-token"
_IN_ADDRESS = re.compile(rf"{_IDENTITY}:[^@\s]+@")
_HIDDEN = "***"
# What git tells its hooks, and what they start: with these it would work on the repository that they belong to.
_ANOTHER_REPOSITORY = frozenset(
    [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    ]
)


class GitError(RuntimeError):
    """Git failed, or took too long.

    Attributes:
        cmd: The arguments of git, without secrets.
        returncode: How it ended; -1 when its time was over.
        stderr: What it wrote, without secrets.
    """

    def __init__(self, args: list[str], returncode: int, stderr: str) -> None:
        self.cmd, self.returncode, self.stderr = list(args), returncode, stderr
        super().__init__(f"git {' '.join(args)} ended with {returncode}: {stderr}")


@dataclass
class GitResult:
    """How git ended and what it wrote, without secrets."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Scrubber:
    """Takes secrets out of texts.

    Attributes:
        secrets: What is taken out.
    """

    secrets: list[str] = field(default_factory=list)

    def add(self, secret: str | None) -> None:
        """Take this out from now on; nothing is no secret."""
        if secret and secret not in self.secrets:
            self.secrets.append(secret)

    def scrub(self, text: str) -> str:
        """The text with stars in the place of secrets, and of whatever stands as a token in an address."""
        for secret in filter(None, self.secrets):
            text = text.replace(secret, _HIDDEN)
        return _IN_ADDRESS.sub(f"{_IDENTITY}:{_HIDDEN}@", text)


async def run(
    args: list[str],
    *,
    cwd: Path | str,
    scrubber: Scrubber | None = None,
    check: bool = True,
    env: dict[str, str] | None = None,
    timeout: float | None = 120.0,  # noqa: ASYNC109 - Agno's parameter; it ends the process, too
) -> GitResult:
    """Run git, in a thread.

    Args:
        args: What stands behind `git`.
        cwd: The folder that it runs in.
        scrubber: Takes secrets out of what it wrote.
        check: Whether a failure is raised.
        env: Variables beside those of this process, of which none that name a repository are passed on. Git is never
            to ask for a password.
        timeout: Seconds after which it is ended.

    Raises:
        GitError: It failed and `check` is set, or its time was over.
        OSError: Git cannot be started.
    """
    hide = (scrubber or Scrubber()).scrub
    ours = {name: value for name, value in os.environ.items() if name not in _ANOTHER_REPOSITORY}
    around = {**ours, **(env or {}), "GIT_TERMINAL_PROMPT": "0"}
    try:
        ended = await asyncio.to_thread(run_program, ["git", *args], timeout=timeout, cwd=cwd, env=around)
    except subprocess.TimeoutExpired:
        raise GitError([hide(one) for one in args], -1, f"not done after {timeout} seconds") from None
    result = GitResult(ended.returncode, hide(ended.stdout), hide(ended.stderr))
    if check and result.returncode:
        raise GitError([hide(one) for one in args], result.returncode, result.stderr.strip())
    return result


def build_authenticated_url(repo_url: str, token: str) -> str:
    """An address with a token in it.

    Raises:
        ValueError: There is no token, or the address does not begin with https.
    """
    if not token:
        raise ValueError("An address with a token needs a token.")
    plain = without_identity(repo_url)
    scheme, parted, rest = plain.partition("://")
    if not parted or scheme.lower() != "https":
        raise ValueError(f"A token goes with an address such as https://host/owner/repo.git, not with {plain!r}.")
    return f"https://{_IDENTITY}:{token}@{rest}"


def without_identity(url: str) -> str:
    """An address without what stands before its host, which may be a password."""
    scheme, parted, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{parted}{host.rpartition('@')[2]}{slash}{path}"
