"""Where the pages of a wiki are. Mirrors `agno.context.wiki.backend`, whose `GitBackend` is in `git`.

A backend has the folder that the provider's agents read and write, and keeps it together with a source elsewhere, if
there is one.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.context.folders import status_of_folder
from wherry.context.provider import Status
from wherry.core.matrix import module_getattr

if TYPE_CHECKING:
    from wherry.context.wiki.git import GitBackend
    from wherry.fs import FileSystem

__all__ = ["CommitSummary", "DurableWikiBackend", "FileSystemBackend", "GitBackend", "WikiBackend", "WikiBackendError"]


class WikiBackendError(RuntimeError):
    """A backend cannot be set up, or cannot bring its pages and their source together."""


@dataclass
class CommitSummary:
    """What was kept after a change.

    Attributes:
        sha: Name of the commit.
        message: Its title.
        files_changed: How many files it touches.
    """

    sha: str
    message: str
    files_changed: int


class WikiBackend(ABC):
    """The pages of a wiki in a folder. Subclasses say how they come there, and what becomes of changes.

    Args:
        path: The folder; `~` is followed.
    """

    def __init__(self, *, path: Path) -> None:
        self.path = Path(path).expanduser().resolve()

    @abstractmethod
    async def setup(self) -> None:
        """Make the folder ready; may be called again."""

    @abstractmethod
    async def sync(self) -> None:
        """Fetch what is new in the source; called before each change, and by `WikiContextProvider.sync`."""

    @abstractmethod
    async def commit_after_write(self, *, model: Any = None) -> CommitSummary | None:
        """Keep what was changed; None when nothing was.

        Args:
            model: The provider's model, for backends that let it say what was changed.
        """

    def status(self) -> Status:
        """Whether the folder is there; asks nobody else."""
        return Status(ok=self.path.is_dir(), detail=str(self.path))

    async def astatus(self) -> Status:
        """`status`, in a thread."""
        return await asyncio.to_thread(self.status)

    async def summarize_diff(self, *, diff: str, model: Any) -> str:
        """One line of at most 72 characters on what was changed, by a model; one with the time where it has none."""
        from wherry.context.wiki.summary import summary_of

        return await summary_of(diff, model)


class FileSystemBackend(WikiBackend):
    """A folder that is the wiki itself. Mirrors `agno.context.wiki.FileSystemBackend`.

    Args:
        path: The folder; it is made when the wiki is set up.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(path=Path(path))

    async def setup(self) -> None:
        """Make the folder."""
        self.path.mkdir(parents=True, exist_ok=True)

    async def sync(self) -> None:
        """Nothing: there is no other source."""

    async def commit_after_write(self, *, model: Any = None) -> CommitSummary | None:
        """Nothing: what is written is kept."""
        return None

    def status(self) -> Status:
        """Whether the folder is there."""
        return status_of_folder(self.path)


class DurableWikiBackend(WikiBackend):
    """Files of `wherry.fs`, in a database or a folder. Mirrors `agno.context.wiki.backend.DurableWikiBackend`.

    Args:
        filesystem: The files; the provider's agents have its tools.
    """

    def __init__(self, filesystem: FileSystem) -> None:
        self.filesystem = filesystem
        self.path = Path(filesystem.namespace)  # what the wiki is called, and no folder

    async def setup(self) -> None:
        """Nothing: the files see to it."""

    async def sync(self) -> None:
        """Nothing: there is no other source."""

    async def commit_after_write(self, *, model: Any = None) -> CommitSummary | None:
        """Nothing: what is written is kept."""
        return None

    def status(self) -> Status:
        """Names the files; asks nobody."""
        return Status(ok=True, detail=f"files in {self.filesystem.namespace}")


_of_agno = module_getattr(__name__, "agno.context.wiki.backend")


def __getattr__(name: str) -> Any:
    if name == "GitBackend":  # it is made of the above
        from wherry.context.wiki.git import GitBackend

        return GitBackend
    return _of_agno(name)
