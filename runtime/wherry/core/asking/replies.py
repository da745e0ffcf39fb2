"""Reading a model's reply as JSON, however it is wrapped: fences, prose around it, several objects, bare quotes.

Mirrors what `agno.utils.string.parse_response_model_str` and `parse_response_dict_str` accept. pydantic is imported
only when a model is wanted.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MARKED_NAME = re.compile(r'[*`#]?"(\w+)"[*`#]?', re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A text value ends at the first quote after which the object goes on or ends; quotes before it belong to the text.
_TEXT_VALUE = re.compile(r'"([^"]+)"\s*:\s*"(.*?)(?="\s*[,}])')


def _without_thinking(text: str) -> str:
    """What follows the thoughts of a model that tells them in its reply; the text when it has none."""
    end, begin = text.find("</think>"), text.find("<think>")
    if end == -1 or not text[begin + len("<think>") if begin != -1 else 0 : end].strip():
        return text
    return text[end + len("</think>") :].strip()


def _unfenced(text: str) -> str:
    """The last block that is marked as JSON, else the first block, else the text."""
    if "```json" in text:
        *inside, after = text.rpartition("```json")[2].strip().split("```")
        return "".join(inside) if inside else after
    return text.split("```")[1].strip() if "```" in text else text


def _escaped(found: re.Match[str]) -> str:
    value = found[2].replace('\\"', '"').replace('"', '\\"')
    return f'"{found[1]}": "{value}'


def cleaned(text: str) -> str:
    """The JSON of a fenced reply on one line: no emphasis around names, no control characters, quotes escaped."""
    text = _MARKED_NAME.sub(r'"\1"', _unfenced(text)).replace("\n", " ")
    return _TEXT_VALUE.sub(_escaped, _CONTROL.sub("", text))


def _spans(text: str, *, quoted_prose: bool) -> list[tuple[int, int]]:
    """Where braces open and close again.

    Args:
        text: The text to look at.
        quoted_prose: Pass over what stands in quotes outside of braces, too.
    """
    spans: list[tuple[int, int]] = []
    open_at: list[int] = []
    within, position = False, 0
    while position < len(text):
        sign = text[position]
        if within:
            if sign == "\\":
                position += 1
            elif sign == '"':
                within = False
        elif sign == '"':
            within = quoted_prose or bool(open_at)
        elif sign == "{":
            open_at.append(position)
        elif sign == "}" and open_at:
            spans.append((open_at.pop(), position + 1))
        position += 1
    return _outermost(spans)


def _outermost(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def object_texts(text: str) -> list[str]:
    """The JSON objects in a text as they stand there; a quote in its prose may be a stray or open a quotation."""
    return [found for found, _ in _objects(text)]


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, in order."""
    return [value for _, value in _objects(text)]


def _objects(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    last_end = 0
    for start, end in sorted({*_spans(text, quoted_prose=True), *_spans(text, quoted_prose=False)}):
        if start < last_end:
            continue
        try:
            value = json.loads(text[start:end])
        except (json.JSONDecodeError, RecursionError):
            continue
        yield text[start:end], value
        last_end = end


def _merged(found: list[dict[str, Any]], names: Any) -> dict[str, Any]:
    """One object out of several: lists grow, of everything else the last counts."""
    merged: dict[str, Any] = {}
    for one in found:
        for name in names:
            if name not in one:
                continue
            value = one[name]
            if isinstance(value, list):
                before = merged.get(name)
                value = [*(before if isinstance(before, list) else ()), *value]
            merged[name] = value
    return merged


def _attempts(text: str, schema: Any) -> Iterator[Callable[[], Any]]:
    """Ways to make an instance of a model from a reply, best first."""
    for form in (text, cleaned(text)):
        yield lambda form=form: schema.model_validate_json(form)  # type: ignore[misc]
        yield lambda form=form: schema.model_validate(json.loads(form))  # type: ignore[misc]
    found = objects(cleaned(text))
    if len(found) == 1:
        yield lambda: schema.model_validate(found[0])
    names = getattr(schema, "model_fields", None) or getattr(schema, "__dataclass_fields__", ())
    if merged := _merged(found, names):
        yield lambda: schema.model_validate(merged)


def parse_model(text: str, schema: Any) -> Any:
    """A reply as an instance of a pydantic model or a record, or None when it cannot be one."""
    from pydantic import ValidationError

    for attempt in _attempts(_without_thinking(text), schema):
        try:
            return attempt()
        except (ValidationError, json.JSONDecodeError):
            continue
    return None


def parse_dict(text: str) -> Any:
    """A reply as plain JSON data, or None when it cannot be."""
    text = _without_thinking(text)
    for form in (text, cleaned(text)):
        try:
            return json.loads(form)
        except json.JSONDecodeError:
            continue
    found = objects(cleaned(text))
    merged = {name: value for one in found for name, value in one.items()}
    return merged if merged or len(found) == 1 else None
