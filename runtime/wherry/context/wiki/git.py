"""A wiki in a git repository: fetched before each change, committed and pushed after it. Public through `backend`.

The token reaches git in its environment, by a helper that lives as long as the call; it stands on no command line
and in no file. Needs git 2.31 or newer.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.context.provider import Status
from wherry.context.wiki.backend import CommitSummary, WikiBackend, WikiBackendError
from wherry.context.wiki.git_ops import GitError, GitResult, Scrubber, build_authenticated_url, run, without_identity
from wherry.core.log import log_debug, log_error, log_info, log_warning

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = "WHERRY_GIT_TOKEN"  # noqa: S105 - the name of the variable that has it
_HELPER = (
    '!answer() { test "$1" = get && printf "username=x-access-token\\npassword=%s\\n" '
    f'"${_TOKEN}"; return 0; }}; answer'
)


class GitBackend(WikiBackend):
    """A wiki that is a clone of a repository. Mirrors `agno.context.wiki.GitBackend`.

    Args:
        repo_url: Address of the repository, `https://` or `file://`.
        branch: The branch that is read and pushed to.
        github_token: Token that may push; git is told it for each call that asks the repository.
        local_path: Folder of the clone; below `/repos` when it is not given.
        force_clone: Delete what else is in that folder. Otherwise that is an error.
        author_name: Whose name commits bear.
        author_email: And whose address.

    Raises:
        ValueError: There is no token or no address, or git would take one for an option.
    """

    def __init__(
        self,
        *,
        repo_url: str,
        branch: str = "main",
        github_token: str,
        local_path: Path | str | None = None,
        force_clone: bool = False,
        author_name: str = "Agno Wiki Bot",
        author_email: str = "wiki-bot@agno.local",
    ) -> None:
        if not github_token:
            raise ValueError("GitBackend needs a github_token that may push to the repository.")
        if not repo_url:
            raise ValueError("GitBackend needs a repo_url.")
        for name, given in (("repo_url", repo_url), ("branch", branch)):
            if given.startswith("-"):
                raise ValueError(f"GitBackend({name}={given!r}): git would take this for an option.")
        self.repo_url, self.branch, self.github_token = repo_url, branch, github_token
        self.force_clone, self.author_name, self.author_email = force_clone, author_name, author_email
        self._scrubber = Scrubber()
        self._scrubber.add(github_token)
        self._plain_url = without_identity(repo_url)  # what texts name it by
        if self._plain_url != repo_url:
            self._scrubber.add(repo_url.partition("://")[2])
        if not repo_url.startswith("file://"):
            self._scrubber.add(build_authenticated_url(repo_url, github_token))
        super().__init__(path=Path(local_path) if local_path else _usual_folder(repo_url))

    async def setup(self) -> None:
        """Clone the repository, or take the clone that is there.

        Raises:
            WikiBackendError: Something else is in the folder, and `force_clone` is not set.
            GitError: The repository cannot be cloned.
        """
        other = await self._other()
        if other:
            if not self.force_clone:
                raise WikiBackendError(f"{self.path} {other}. Move it away, or pass force_clone=True to delete it.")
            log_warning(f"{self.path} {other}, and is deleted because of force_clone=True")
            shutil.rmtree(self.path)
        if not (self.path / ".git").exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            where = ["--branch", self.branch, "--single-branch", "--", self.repo_url, str(self.path)]
            await self._git("clone", *where, remote=True, cwd=self.path.parent)
        await self._git("remote", "set-url", "origin", self.repo_url)  # older clones have the token in it
        await self._git("config", "user.name", self.author_name)
        await self._git("config", "user.email", self.author_email)
        log_info(f"The wiki {self._plain_url} is in {self.path}")

    async def _other(self) -> str:
        """What is in the folder instead of a clone of this branch; nothing when all is well."""
        if not self.path.exists():
            return ""
        if not self.path.is_dir():
            raise WikiBackendError(f"{self.path} is no directory; give GitBackend another local_path.")
        if not (self.path / ".git").exists():
            return "is no clone, and not empty" if any(self.path.iterdir()) or self.force_clone else ""
        # as it is written down: `git remote get-url` follows rewritings of the user's
        origin = (await self._git("config", "--get", "remote.origin.url", check=False)).stdout.strip()
        if _plain(origin) != _plain(self.repo_url):
            return f"is a clone of {without_identity(origin)!r} and not of {self._plain_url!r}"
        branch = (await self._git("rev-parse", "--abbrev-ref", "HEAD", check=False)).stdout.strip()
        return "" if branch == self.branch else f"is on branch {branch!r} and not on {self.branch!r}"

    async def sync(self) -> None:
        """Fetch what is new, and put commits of one's own on top of it.

        What a change that was broken off wrote is committed first: git fetches into no folder with open changes.

        Raises:
            GitError: The repository does not answer, or they do not go together; the clone is as it was before.
        """
        somebodys = self._rebasing()  # who solves a conflict by hand is left alone
        if not somebodys and await self._staged():
            await self._git("commit", "-m", await self.summarize_diff(diff="", model=None))
        try:
            await self._git("pull", "--rebase", "origin", self.branch, remote=True)
        except GitError:
            if not somebodys and self._rebasing():  # else pages would be read with marks of conflicts in them
                await self._git("rebase", "--abort", check=False)
            raise

    async def _staged(self) -> bool:
        """Stage what was changed; whether anything was."""
        await self._git("add", "-A")
        return bool((await self._git("diff", "--cached", "--quiet", check=False)).returncode)

    def _rebasing(self) -> bool:
        return any((self.path / ".git" / name).exists() for name in ("rebase-merge", "rebase-apply"))

    async def commit_after_write(self, *, model: Any = None) -> CommitSummary | None:
        """Commit what was changed under a title of the model's, and push it.

        Raises:
            WikiBackendError: Others changed the same; the commit stays in the clone.
            GitError: The repository does not take it.
        """
        if not await self._staged():
            await self._push_what_is_left()
            return None
        names = (await self._git("diff", "--cached", "--name-only", "-z")).stdout
        diff = (await self._git("diff", "--cached")).stdout
        message = await self.summarize_diff(diff=diff, model=model)
        await self._git("commit", "-m", message)
        try:
            await self.sync()
        except GitError as error:
            log_error(f"The wiki {self._plain_url} was changed elsewhere as well: {error.stderr}")
            raise WikiBackendError(
                f"The change was committed in {self.path} and not pushed, for it does not go together with what is new "
                f"in {self._plain_url}. Run `git pull --rebase` there and solve the conflict."
            ) from error
        await self._push()
        sha = (await self._git("rev-parse", "HEAD")).stdout.strip()
        return CommitSummary(sha=sha, message=message, files_changed=len(names.split("\0")) - 1)

    async def _push(self) -> None:
        await self._git("push", "origin", self.branch, remote=True)

    async def _push_what_is_left(self) -> None:
        """Push commits that an earlier failure left behind; that there is nothing to do is no failure of a change."""
        try:
            await self._push()
        except GitError as error:
            log_debug(f"Nothing could be pushed to the wiki {self._plain_url}: {error}")

    def status(self) -> Status:
        """Whether the clone is there; the repository is not asked."""
        if not (self.path / ".git").exists():
            return Status(ok=False, detail=f"{self.path} is {'no clone' if self.path.exists() else 'not there'} yet")
        return Status(ok=True, detail=f"{self._plain_url}@{self.branch} -> {self.path}")

    async def _git(self, *args: str, remote: bool = False, check: bool = True, cwd: Path | None = None) -> GitResult:
        env = self._git_env() if remote else None
        return await run(list(args), cwd=cwd or self.path, scrubber=self._scrubber, check=check, env=env)

    def _git_env(self) -> dict[str, str]:
        """What lets one call ask the repository: the token's helper alone, and the address as it is.

        The helper answers for the repository's host alone: a redirection, or a file in the repository that names
        another server to a filter such as git-lfs, is given no token.

        Helpers of the user's would answer with another identity, and rewritings of addresses might lead to another
        transport; the rule that names the whole address wins over shorter ones.
        """
        settings = (
            ("credential.helper", ""),
            (f"credential.{self._host()}.helper", _HELPER),
            ("credential.useHttpPath", "true"),
            (f"url.{self.repo_url}.insteadOf", self.repo_url),
            (f"url.{self.repo_url}.pushInsteadOf", self.repo_url),
        )
        told = dict(_numbered(settings))
        return {**told, "GIT_CONFIG_COUNT": str(len(settings)), _TOKEN: self.github_token}

    def _host(self) -> str:
        scheme, parted, rest = self._plain_url.partition("://")
        return f"{scheme}{parted}{rest.partition('/')[0]}"


def _numbered(settings: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    for number, (key, value) in enumerate(settings):
        yield f"GIT_CONFIG_KEY_{number}", key
        yield f"GIT_CONFIG_VALUE_{number}", value


def _plain(url: str) -> str:
    """An address without what does not tell repositories apart: who asks, and `.git` at the end."""
    scheme, parted, rest = without_identity(url.strip()).partition("://")
    url = f"{scheme.lower() if parted else scheme}{parted}{rest}"
    return url.removesuffix(".git").rstrip("/")


def _usual_folder(repo_url: str) -> Path:
    name = re.sub("[^a-z0-9]+", "-", _plain(repo_url).rpartition("/")[2].lower()).strip("-")
    return Path("/repos") / (name or "wiki")
