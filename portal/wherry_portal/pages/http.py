"""The HTTP reference from the contract: what one can ask for first, then each operation; objects have their own page.

Called by `build`. The errors that only the HTTP API has are in `http_errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from wherry_portal.pages.http_errors import PROBLEM, http_error_pages
from wherry_portal.pages.text import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

METHODS = ("get", "post", "put", "patch", "delete")
OBJECTS = "http-objects.md"
_RUNTIME = "/v1/runtime/{runtime}"


def http_pages(contract: Path, written: Mapping[str, object]) -> dict[str, str]:
    """`reference/http.md`, `reference/http-objects.md`, and the pages of errors that have none yet.

    Args:
        contract: `runtime-openapi.yaml`.
        written: Codes of errors that have a page.
    """
    found = _read(contract)
    answering: dict[str, list[str]] = {}
    for _, _, about, _ in operations(found):
        link = f"[{about['summary']}](../reference/http.md#{about['operationId'].lower()})"
        for status in about["responses"]:
            answering.setdefault(status, []).append(link)
    return {
        "reference/http.md": reference(found),
        f"reference/{OBJECTS}": objects(found),
        **http_error_pages(answering, written),
    }


def _read(contract: Path) -> dict[str, Any]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
    content: dict[str, Any] = yaml.load(contract.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe
    return content


def reference(contract: dict[str, Any]) -> str:
    """The page of operations: an overview by subject in the contract's order, what holds for all, then each of them."""
    parts = [f"# HTTP API\n\n{contract['info']['summary']}"]
    parts.append(
        f"`…` stands for `{_RUNTIME}`; what goes in and comes out is described with the [objects]({OBJECTS}). "
        "The contract itself is at `/openapi.yaml` of every server, a page to try it at `/docs`. "
        "[How to serve](../guide/serve.md)."
    )
    tagged = [
        (tag["description"], [found for found in operations(contract) if tag["name"] in found[2]["tags"]])
        for tag in contract["tags"]
    ]
    rows = [
        (f"[{about['summary']}](#{about['operationId'].lower()})", code(f"{method} {path.replace(_RUNTIME, '…')}"))
        for _, listed in tagged
        for method, path, about, _ in listed
    ]
    parts.append(table(("To", "Send"), rows))
    parts.append(f"## What holds for all\n\n{contract['info']['description'].strip()}")
    for title, listed in tagged:
        parts.append(f"## {title}")
        parts += [operation(contract, *found) for found in listed]
    return "\n\n".join(parts) + "\n"


def objects(contract: dict[str, Any]) -> str:
    """The page of objects, in the order of the contract."""
    parts = [
        "# HTTP objects",
        "What the [operations](http.md) take and answer, as JSON. *Always* marks fields that are never left out.",
    ]
    for name, schema in contract["components"]["schemas"].items():
        if "properties" in schema or "allOf" in schema:
            parts.append(f"## {name} {{ #{name.lower()} }}\n\n{fields(schema)}")
    return "\n\n".join(parts) + "\n"


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], list[Any]]]:
    """Method, path, operation and the path's parameters."""
    for path, about in contract["paths"].items():
        for method in METHODS:
            if method in about:
                yield method.upper(), path, about[method], about.get("parameters", [])


def looked_up(contract: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part of the contract, or what it refers to."""
    found: Any = part
    if "$ref" in part:
        found = contract
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
    return dict(found)


def said(part: dict[str, Any]) -> str:
    """The description of a part: Markdown of our own, fit for a cell of a table."""
    return " ".join(str(part.get("description", "")).split()).replace("|", "\\|")


def operation(contract: dict[str, Any], method: str, path: str, about: dict[str, Any], shared: list[Any]) -> str:
    """One operation: what it does, takes and answers."""
    lines = [f"### {about['summary']} {{ #{about['operationId'].lower()} }}", code(f"{method} {path}")]
    if "description" in about:
        lines.append(about["description"].strip())
    taken = [looked_up(contract, part) for part in [*shared, *about.get("parameters", [])]]
    # An id in the path stands in the line above already.
    told = [one for one in taken if one["name"] != "runtime" and (one["in"] != "path" or said(one))]
    rows = [(code(one["name"]), one["in"], said(one)) for one in told]
    if "requestBody" in about:
        body = next(iter(looked_up(contract, about["requestBody"])["content"].values()))["schema"]
        rows.append(("body", "JSON", kind_of(body, OBJECTS)))
    if rows:
        lines.append(table(("Takes", "In", "What"), rows))
    lines.append(_answers(contract, about["responses"]))
    return "\n\n".join(lines)


def _answers(contract: dict[str, Any], responses: dict[str, Any]) -> str:
    """What an operation answers: good answers in words, errors by their statuses."""
    answers = {status: said(looked_up(contract, answer)) for status, answer in responses.items() if status != "default"}
    told = [f"**{status}** {words[:1].lower()}{words[1:]}" for status, words in answers.items() if words != PROBLEM]
    problems = [code(status) for status, words in answers.items() if words == PROBLEM]
    line = f"Answers {'; '.join(one.rstrip('.') for one in told)}."
    return f"{line} Or an [error](errors.md): {', '.join(problems)}." if problems else line


def kind_of(schema: dict[str, Any], page: str = "") -> str:
    """What a field holds, in a word or two; objects of the contract are linked, on this page or another."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}]({page}#{name.lower()})" if name != "Text" else "string"
    if "enum" in schema:
        return " or ".join(code(str(value)) for value in schema["enum"] if value is not None)
    kinds = schema.get("type", "any")
    shown = " or ".join(kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null")
    return f"{shown} of {kind_of(schema['items'])}" if "items" in schema and "$ref" in schema["items"] else shown


def fields(schema: dict[str, Any]) -> str:
    """The fields of an object as a table."""
    needed = set(schema.get("required", ()))
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        needed |= set(part.get("required", ()))
        found |= part.get("properties", {})
    rows = [(code(name), kind_of(part), "yes" if name in needed else "", said(part)) for name, part in found.items()]
    others = [kind_of(part) for part in schema.get("allOf", ()) if "$ref" in part]
    before = f"The fields of {' and '.join(others)}, and:\n\n" if others else ""
    head = ("Field", "Holds", "Always", "What")
    if not any(about for *_, about in rows):
        return before + table(head[:3], [row[:3] for row in rows])
    return before + table(head, rows)
