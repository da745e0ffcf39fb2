"""Contents sent to AgentOS's knowledge: a file, a text or an address; taken at once, read after the answer.

What is sent is held in memory, by the limit of the server on a request's body (above 1 MiB Starlette keeps it in a
temporary file without a name until it is read), and kept nowhere but in the knowledge's own databases. Mirrors
`POST /knowledge/content` of `agno.os.routers.knowledge`.
"""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask

from wherry.api.agentos_asked import reading
from wherry.api.agentos_forms import Form
from wherry.api.agentos_knowledge import asked_base
from wherry.api.agentos_refused import Refused, WrongForm
from wherry.api.running import Answer
from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.core.log import log_error
from wherry.core.waits import LOOPING
from wherry.corpus.content import Content, ContentStatus, FileData, id_of
from wherry.corpus.loading import load
from wherry.corpus.metadata import strip_agno_metadata
from wherry.corpus.readers import ReaderFactory
from wherry.corpus.rows import Insertion, write_row

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.context import Served

_NONE = ("type", "size", "linked_to", "access_count", "status_message", "created_at", "updated_at")


@reading("uploading a content", "admin")
async def upload_content(request: Request, here: Served) -> Response:
    """`POST /knowledge/content`."""
    base, form = asked_base(request, here), await Form.of(request)
    url, metadata = address(form), facts(form)
    data = sent(form)
    if data is None and not url:
        raise Refused(400, "Provide a file, text_content, or URL to upload.")
    name = form.text("name") or (data.filename if data is not None else None) or url
    content = Content(
        name=name,
        description=form.text("description"),
        url=url,
        metadata=metadata,
        file_data=data,
        size=data.size if data is not None else None,
    )
    content.content_hash = base._build_content_hash(content)  # noqa: SLF001 - a place for subclasses, as in Agno
    content.id = id_of(content.content_hash)
    how: dict[str, Any] = {
        "reader_id": form.text("reader_id"),
        "chunker": form.text("chunker"),
        "chunk_size": sized(form, "chunk_size", 1),
        "overlap": sized(form, "chunk_overlap", 0),
    }
    told = {"id": content.id, "name": name, "description": content.description, "metadata": metadata}
    answer = Answer({**told, **dict.fromkeys(_NONE), "status": ContentStatus.PROCESSING.value}, 202)
    answer.background = BackgroundTask(taken_in, base, content, **how)
    return answer


def sent(form: Form) -> FileData | None:
    """The text of a form, else its file."""
    text = form.text("text_content")
    if text:
        return FileData(content=text.encode(), type="manual")
    for upload in form.uploads:
        body = upload["content"]
        return FileData(
            content=body, type=upload["mime_type"] or None, filename=upload["filename"] or None, size=len(body)
        )
    return None


def address(form: Form) -> str | None:
    """The address of a form, which may be in JSON.

    Raises:
        Refused: 400: there are several.
    """
    text = form.text("url")
    if text is None or not text.strip():
        return None
    try:
        found = form.data("url")
    except ValueError:
        found = text
    if not isinstance(found, str) or not found.strip():
        raise Refused(400, "URL must be a single non-empty string; submit each URL separately.")
    return found


def facts(form: Form) -> dict[str, Any] | None:
    """The metadata of a form: an object, or a single value; what the framework notes itself cannot be sent."""
    text = form.text("metadata")
    if text is None:
        return None
    try:
        found = form.data("metadata") if text.strip() else {"value": text}
    except ValueError:
        found = {"value": text}
    if not isinstance(found, dict):
        raise WrongForm("metadata", "Input should be a valid dictionary", "dict_type", given=found)
    return strip_agno_metadata(found)


def sized(form: Form, name: str, least: int) -> int | None:
    """A size of a form.

    Raises:
        WrongForm: It is none, or so small that cutting would never end.
    """
    given = form.number(name)
    if given is not None and given < least:
        said = f"Input should be greater than or equal to {least}"
        raise WrongForm(name, said, "greater_than_equal", given=given)
    return given


async def taken_in(
    base: Any, content: Content, reader_id: str | None, chunker: str | None, chunk_size: int | None, overlap: int | None
) -> None:
    """Read, cut and store a content; what goes wrong is noted in its row, or in the log when the database is away."""
    try:
        if reader_id:
            # A copy: how this content is cut is no matter of the others that the reader reads.
            content.reader = copy.copy(reader_named(base, reader_id))
        if chunker and content.reader is not None:
            content.reader.set_chunking_strategy_from_string(chunker, chunk_size=chunk_size, overlap=overlap)
        await load(Insertion(base, LOOPING, False, True), content)
    except asyncio.CancelledError:
        await failed(base, content, "The server stopped before it was read; send it again.")
        raise
    except Exception as error:  # noqa: BLE001 - whatever a reader raises is told with the content
        log_error(f"The content {content.name!r} was not taken in: {type(error).__name__}: {error}")
        await failed(base, content, str(error))


async def failed(base: Any, content: Content, why: str) -> None:
    """Note with a content that it was not taken in."""
    content.status, content.status_message = ContentStatus.FAILED, why
    try:
        if await base.apatch_content(content) is None and content.url:
            await write_row(Insertion(base, LOOPING, False, True), content)  # an address that cannot be one
    except Exception as error:  # noqa: BLE001 - the answer is given; what is left is to say so
        log_error(f"Nor could that be noted with the content {content.name!r}: {type(error).__name__}: {error}")


def reader_named(base: Any, reader_id: str) -> Any:
    """A reader of the knowledge by its id, else a usual one by its name, else None."""
    own = base.get_readers()
    if reader_id in own:
        return own[reader_id]
    key = reader_id.lower().strip().replace("-", "_").replace(" ", "_")
    for name in dict.fromkeys((key, key.removesuffix("reader"))):
        try:
            return ReaderFactory.create_reader(name)
        except (ConfigurationError, NotMigratedError, ImportError):
            continue
    return None
