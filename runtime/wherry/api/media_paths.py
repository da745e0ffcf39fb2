"""Media that a client names by a path: refused on servers with tokens, whose files are not the client's to read.

Without tokens a server listens on loopback only, and a path of this machine stays a short way to name a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from wherry.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry.api.access import Caller

# Where a message, or the input or output of a workflow's step, has its media.
_PLACES = ("images", "audio", "videos", "files", "audio_output", "image_output", "video_output", "file_output")
# Where a client's answer about a step holds inputs and outputs of steps.
_STEP_PARTS = ("step_input", "step_output", "steps")


def refuse_paths(caller: Caller, media: Iterable[Any]) -> None:
    """Refuse media, made already or as dictionaries, of which one is named by a path; nothing is read.

    Raises:
        Problem: 422.
    """
    if not caller.guarded:
        return
    for medium in media:
        path = medium.get("filepath") if isinstance(medium, dict) else getattr(medium, "filepath", None)
        if path is not None:
            raise Problem(
                "media_path",
                f"A medium is named by the path {str(path)[:200]!r}, which servers with tokens do not read.",
                hint="Send its bytes as Base64 in content, upload it, or give its address as url.",
            )


def refuse_paths_in_body(caller: Caller, raw: bytes) -> None:
    """Refuse such media in a body that is handed on to a server which may ask for no tokens and read them.

    Raises:
        Problem: 422, or 400 for what is not JSON.
    """
    if not caller.guarded or not raw:
        return
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:  # what cannot be read here must not be read differently there
        raise Problem("bad_request", f"The body is not JSON: {error}") from error
    if isinstance(data, dict):
        refuse_paths(caller, in_messages(data.get("input")))
        refuse_paths(caller, in_answers(data.get("requirements")))


def in_messages(content: Any) -> Iterator[Any]:
    """The media of the messages among a run's input: a message, or a list of them."""
    for one in content if isinstance(content, list) else (content,):
        if isinstance(one, dict) and "role" in one:
            yield from _media_of(one)


def in_answers(answers: Any) -> Iterator[Any]:
    """The media of a person's answers, which may bring inputs and outputs of steps, one inside another."""
    left = [answers]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            yield from _media_of(one)
            left += [one[name] for name in _STEP_PARTS if name in one]
            outputs = one.get("previous_step_outputs")
            left += outputs.values() if isinstance(outputs, dict) else ()


def _media_of(holder: dict[str, Any]) -> Iterator[Any]:
    for name in _PLACES:
        found = holder.get(name)
        yield from found if isinstance(found, list) else (found,)
