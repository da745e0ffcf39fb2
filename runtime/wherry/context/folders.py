"""Whether a folder is there, as the status of a source. Called by the providers of folders and wikis."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wherry.context.inner import AskedAgent
from wherry.context.provider import Status


def status_of_folder(path: Path) -> Status:
    """Whether there is a folder."""
    if path.is_dir():
        return Status(ok=True, detail=str(path))
    return Status(ok=False, detail=f"{path} is {'no directory' if path.exists() else 'not there'}")


class AskedFolder(AskedAgent):
    """A provider whose inner agent looks into a folder, `root`."""

    root: Path

    def status(self) -> Status:
        """Whether the folder is there."""
        return status_of_folder(self.root)

    async def astatus(self) -> Status:
        """`status`, in a thread."""
        return await asyncio.to_thread(self.status)
