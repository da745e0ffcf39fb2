"""How many tokens a request has, counted or estimated on this machine; mirrors `agno.utils.tokens`.

Text is counted by `tokenizers` or `tiktoken` where they are installed (both may fetch their vocabularies), otherwise by
four characters a token. Pictures, sounds and files are estimated; nothing of them is fetched. Called by
`Model.count_tokens`.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.models.picture_sizes import USUAL, size_of_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TILE, _LONGEST, _SHORTEST = 512, 2000, 768
_PER_PICTURE, _PER_TILE, _PER_SECOND = 85, 170, 25
_TEXTS = frozenset(["txt", "csv", "md", "json", "xml", "html"])
_VOCABULARIES = (
    (("llama-3", "llama3"), "Xenova/llama-3-tokenizer"),
    (("llama-2", "llama2", "replicate"), "hf-internal-testing/llama-tokenizer"),
    (("command-r",), "Xenova/c4ai-command-r-v01-tokenizer"),
)


@lru_cache(maxsize=16)
def _counter(model_id: str) -> Callable[[str], int]:
    """What counts the tokens of a text for a model."""
    wanted = next((name for marks, name in _VOCABULARIES if any(mark in model_id for mark in marks)), None)
    if wanted is not None:
        try:
            from tokenizers import Tokenizer  # type: ignore[import-not-found,unused-ignore]

            own = Tokenizer.from_pretrained(wanted)
        except Exception as error:  # noqa: BLE001 - not installed, or its vocabulary cannot be had: the next one counts
            log_warning(f"Tokens of {model_id!r} are not counted by its own tokenizer: {error}")
        else:
            return lambda text: len(own.encode(text).ids)
    try:
        import tiktoken  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        log_warning("tiktoken is not installed: tokens are estimated, four characters each.")
        return lambda text: len(text) // 4
    try:
        encoding = tiktoken.encoding_for_model(model_id)
    except KeyError:
        encoding = tiktoken.get_encoding("o200k_base")
    return lambda text: len(encoding.encode(text, disallowed_special=()))


def count_text_tokens(text: str, model_id: str = "gpt-4o") -> int:
    """Tokens of a text."""
    return _counter(model_id.lower())(text) if text else 0


def count_tool_tokens(tools: Sequence[Any], model_id: str = "gpt-4o") -> int:
    """Tokens of tools, in the notation in which models of OpenAI are told them.

    Args:
        tools: Functions, or dictionaries as the model is sent them.
        model_id: Whose tokens.
    """
    if not tools:
        return 0
    lines = ["namespace functions {", ""]
    for tool in tools:
        told = tool if isinstance(tool, dict) else tool.to_dict()
        lines += [*_declared(told.get("function", told)), ""]
    return count_text_tokens("\n".join([*lines, "} // namespace functions"]), model_id)


def _declared(function: dict[str, Any]) -> list[str]:
    """The lines that declare a function."""
    about = function.get("description")
    lines = [f"// {about}"] if about else []
    name, parameters = function.get("name", ""), function.get("parameters", {})
    if not parameters.get("properties"):
        return [*lines, f"type {name} = () => any;"]
    return [*lines, f"type {name} = (_: {{", _members(parameters, 0), "}) => any;"]


def _members(schema: dict[str, Any], indent: int) -> str:
    """The properties of an object, one a line."""
    needed, lines = schema.get("required") or (), []
    for name, about in (schema.get("properties") or {}).items():
        if about.get("description"):
            lines.append(f"// {about['description']}")
        lines.append(f"{name}{'' if name in needed else '?'}: {_kind(about, indent)},")
    return "\n".join(f"{' ' * indent}{line}" for line in lines)


def _kind(about: dict[str, Any], indent: int) -> str:
    """A type, as TypeScript writes it."""
    kind = about.get("type", "any")
    if not isinstance(kind, str):  # several at once, as MCP servers say that something may be null
        kind = "any"
    if kind == "array":
        return f"{_kind(about.get('items', {}), indent)}[]"
    if kind == "object":
        return f"{{\n{_members(about, indent + 2)}\n}}"
    if kind in {"boolean", "null"}:
        return str(kind)
    if "enum" in about:
        quoted = kind not in {"integer", "number"}
        texts = kind == "string"
        return " | ".join(
            f'"{item}"' if quoted and (texts or isinstance(item, str)) else str(item) for item in about["enum"]
        )
    return {"string": "string", "integer": "number", "number": "number"}.get(kind, "any")


def count_schema_tokens(output_schema: Any, model_id: str = "gpt-4o") -> int:
    """Tokens of a schema that an answer has to fit: a pydantic class or a dictionary; of anything else none."""
    schema = output_schema.model_json_schema() if hasattr(output_schema, "model_json_schema") else output_schema
    return count_text_tokens(json.dumps(schema), model_id) if isinstance(schema, dict) else 0


def _tokens_of(width: int, height: int) -> int:
    """Tokens of a picture: a base, and more for each tile of 512 pixels of what it is shrunk to."""
    if max(width, height) > _LONGEST:
        scale = _LONGEST / max(width, height)
        width, height = int(width * scale), int(height * scale)
    if min(width, height) > _SHORTEST:
        scale = _SHORTEST / min(width, height)
        width, height = int(width * scale), int(height * scale)
    return _PER_PICTURE + _PER_TILE * math.ceil(width / _TILE) * math.ceil(height / _TILE)


def count_image_tokens(image: Any) -> int:
    """Tokens of an `Image`; one that is known by its address counts as 1024 by 1024 pixels."""
    width, height = size_of_picture(image)
    if width <= 0 or height <= 0:
        return 0
    return _PER_PICTURE if image.detail == "low" else _tokens_of(width, height)


def count_audio_tokens(audio: Any) -> int:
    """Tokens of an `Audio`: 25 a second, none when its duration is not known."""
    return max(int((audio.duration or 0) * _PER_SECOND), 0)


def count_video_tokens(video: Any) -> int:
    """Tokens of a `Video`: those of its frames, none when its duration is not known."""
    seconds = video.duration or 0
    if seconds <= 0:
        return 0
    return max(int(seconds * (video.fps or 1.0)), 1) * _tokens_of(video.width or _TILE, video.height or _TILE)


def count_file_tokens(file: Any) -> int:
    """Tokens of a `File`: a quarter of the characters of a text, a fortieth of other bytes; by its address none."""
    path = Path(file.filepath) if file.filepath else None
    size = len(file.content) if isinstance(file.content, (str, bytes)) else 0
    if not size and path is not None and path.exists():
        size = path.stat().st_size
    kind = file.format or (path.suffix if path is not None else "")
    return size // (4 if kind.lower().lstrip(".") in _TEXTS else 40)


def _parts_of(content: Any) -> tuple[list[str], int]:
    """The texts of a message's content, and the tokens of pictures in it."""
    if not isinstance(content, list):
        return ([content if isinstance(content, str) else str(content)] if content else []), 0
    texts, tokens = [], 0
    for item in content:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, dict) and item.get("type") == "image_url":
            about = item.get("image_url")
            low = isinstance(about, dict) and about.get("detail") == "low"
            tokens += _PER_PICTURE if low else _tokens_of(*USUAL)
        elif isinstance(item, dict):
            texts.append(item.get("text", "") if item.get("type") == "text" else json.dumps(item))
    return texts, tokens


def _count_message(message: Any, model_id: str) -> int:
    texts, tokens = _parts_of(message.get_content(use_compressed_content=True))
    asked = (call for call in message.tool_calls or () if isinstance(call, dict) and "function" in call)
    texts += [str(call["function"].get("arguments", "")) for call in asked]
    more = (message.tool_call_id, message.reasoning_content, message.redacted_reasoning_content, message.name)
    texts += [text for text in more if text]
    for made, count in (
        (message.images, count_image_tokens),
        (message.audio, count_audio_tokens),
        (message.videos, count_video_tokens),
        (message.files, count_file_tokens),
    ):
        tokens += sum(count(item) for item in made or ())
    return tokens + count_text_tokens(" ".join(texts), model_id)


def count_tokens(
    messages: Sequence[Any], tools: Sequence[Any] | None = None, model_id: str = "gpt-4o", output_schema: Any = None
) -> int:
    """Tokens of a request: its messages, its tools, and the schema of the answer.

    Args:
        messages: What is sent; of shortened results the short form counts.
        tools: Functions, or dictionaries as the model is sent them.
        model_id: Whose tokens.
        output_schema: A pydantic class or a dictionary.
    """
    told = sum(_count_message(message, model_id) for message in messages or ())
    return told + count_tool_tokens(tools or (), model_id) + count_schema_tokens(output_schema, model_id)
