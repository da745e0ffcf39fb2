"""What media a step hands to its agent or team, and a run without media for workflows that do not store them.

Called by `Step` and by the saving of workflows.
"""

from __future__ import annotations

from base64 import b64decode
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.media import Image
from wherry.core.media_storage import refuse_unawaited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.events.outputs_workflow import WorkflowRunOutput
    from wherry.core.workflow.workflow_run import WorkflowRun

_MEDIA = ("images", "videos", "audio", "files")


def handed_images(images: list[Any]) -> list[Any]:
    """The pictures an executor is given: base64 text in the bytes is decoded, and the MIME type names the format.

    Image tools give base64 text where bytes are meant, and a model would get it encoded twice.
    """
    return [_handed(image) for image in images]


def _handed(image: Any) -> Any:
    if image.media_reference is not None:
        return image
    kind = image.mime_type or ""
    named = kind.split("/")[-1] if "/" in kind else None
    if image.filepath and named and not image.format:
        return Image(filepath=image.filepath, id=image.id, mime_type=kind, format=named)
    if not image.content:
        return image
    try:
        content = b64decode(image.content.decode(), validate=True)
    except ValueError:  # bytes of a picture, not text
        content = image.content
    return Image(content=content, id=image.id, mime_type=image.mime_type, format=named)


async def refilled(run: WorkflowRun, step: Any, given: Any, storage: Any) -> None:
    """Read the media that a step is given and that are stored already back, before it begins.

    A function and a workflow need the bytes; to an agent or team an address is as good.
    """
    from wherry.core.media_offload import refill

    storage = getattr(step.active_executor, "media_storage", None) or storage
    media = [one for name in _MEDIA for one in getattr(given, name, None) or () if one.media_reference is not None]
    if media:
        if run.waits.blocking:
            refuse_unawaited(storage, "run")
        await refill(run.waits, media, storage, need_bytes=step.executor_type in {"function", "workflow"})


def without_media(output: WorkflowRunOutput) -> WorkflowRunOutput:
    """A copy of a run, its steps and the runs of its executors that holds no media; the caller's run keeps them."""
    try:
        # Deep, for the stored events show the same step outputs. Only workflows that store no media pay for it.
        kept = deepcopy(output)
    except Exception as error:  # noqa: BLE001 - whatever a step's content cannot do, the run has to be stored
        log_warning(f"Run {output.run_id!r} could not be copied, so it loses its media as well: {error!r}")
        kept = output
    _take_off(kept)
    return kept


def _take_off(output: Any) -> None:
    from wherry.core.agent.saving import without_media as bare_run

    for part in (output, *_holders(output)):
        for name in _MEDIA:
            setattr(part, name, None)
    output.response_audio = None
    for inner in (*(output.step_executor_runs or ()), output.workflow_agent_run):
        if hasattr(inner, "step_results"):
            _take_off(inner)
        elif inner is not None:
            bare_run(inner)


def _holders(output: Any) -> Iterator[Any]:
    """The step outputs and inputs of a run that may hold media."""
    for result in output.step_results or ():
        for one in result if isinstance(result, list) else (result,):
            yield from _walk(one)
    for requirement in output.step_requirements or ():
        given = getattr(requirement, "step_input", None)
        if given is not None:
            yield given
            for earlier in (given.previous_step_outputs or {}).values():
                yield from _walk(earlier)
        if getattr(requirement, "step_output", None) is not None:
            yield from _walk(requirement.step_output)


def _walk(output: Any) -> Iterator[Any]:
    yield output
    for inner in output.steps or ():
        yield from _walk(inner)
