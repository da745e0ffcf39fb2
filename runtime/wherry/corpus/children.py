"""Files of a folder and pages of a site: each has a row of its own below the row of the whole.

What both need: reading one, knowing that it has not changed, that it failed or is gone, and the whole's closing row.
Called by `loading` and `pages`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.corpus.content import Content, ContentStatus
from wherry.corpus.metadata import get_agno_metadata, set_agno_metadata
from wherry.corpus.removing import remove
from wherry.corpus.rows import Insertion, read_row, write_row
from wherry.corpus.storing import clear

if TYPE_CHECKING:
    from wherry.corpus.document import Document


async def read(job: Insertion, reader: Any, source: Any, name: str | None, content: Content) -> list[Document]:
    """The documents of a source, by a reader of ours or of somebody else."""
    given: dict[str, Any] = {"name": name}
    password = content.auth.password if content.auth else None
    method = reader.read if job.waits.blocking else reader.async_read
    if password is not None and "password" in inspect.signature(method).parameters:
        given["password"] = password
    documents: list[Document] = await job.waits.wire(reader.read, reader.async_read, source, **given)
    return documents


async def same_as_before(job: Insertion, child: Content, digest: str) -> bool:
    """Whether a child's row has this digest; its row is refreshed then, and its old documents removed otherwise."""
    stored = await read_row(job, child.id, child.user_id)
    before = get_agno_metadata(stored.metadata, "content_digest") if stored is not None else None
    if before != digest:
        if before is not None:
            await clear(job, child)
        return False
    child.status = ContentStatus.COMPLETED
    child.metadata = set_agno_metadata(child.metadata, "vectors_indexed", True)
    await write_row(job, child)
    return True


async def unstored(job: Insertion, child: Content, why: str) -> None:
    """Note that a child failed; without its digest, so that the next insertion tries again."""
    child.status, child.status_message = ContentStatus.FAILED, why
    (child.metadata or {}).get("_agno", {}).pop("content_digest", None)
    await write_row(job, child)


async def gone(job: Insertion, content: Content, previous: list[str], children: list[str]) -> list[str]:
    """Remove the rows and documents of children that are there no more; those that could not be removed."""
    current = {*children, content.id}
    stale = [child for child in previous if child not in current]
    return [child for child in stale if not await remove(job, child, content.user_id)]


def finish_parent(content: Content, children: list[str], total: int, problems: list[dict[str, str]], unit: str) -> None:
    """The row of a folder or site, after its files or pages."""
    stored = total - len([problem for problem in problems if "stale_kept" not in problem])
    content.metadata = set_agno_metadata(content.metadata, "children", children)
    content.metadata = set_agno_metadata(content.metadata, "page_count", stored)
    content.status = ContentStatus.COMPLETED if stored else ContentStatus.FAILED
    content.status_message = f"{stored} of {total} {unit} loaded"
    if problems:
        content.metadata = set_agno_metadata(content.metadata, "failed", problems[:25])
        sample = ", ".join(str(problem.get("url") or problem.get("path")) for problem in problems[:5])
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        content.status_message += f"; failed: {sample}{more}"
