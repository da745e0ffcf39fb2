"""The HTTP reference from the contract, and a page for each error that only the HTTP API has.

Both are what the server itself serves and answers: the contract is its source, `problems.TITLES` its table of errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from wherry.api.problems import TITLES
from wherry_portal.pages.text import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PROBLEM = "A problem document"
"""What the contract says of an answer that is an error and nothing else."""
METHODS = ("get", "post", "put", "patch", "delete")
REMEDIES: Mapping[str, str] = {
    "bad_request": "The detail names the field, parameter or header, and `field` repeats it. What each operation takes "
    "is in the [reference](../reference/http.md).",
    "unauthorized": "Send `Authorization: Bearer …` with a token of `WHERRY_API_TOKENS`.",
    "forbidden": "Use a token with the scope that the detail names: `read`, `run` or `admin`. Without tokens, pages of "
    "other sites may read and change nothing.",
    "not_found": "The id is not served, stored or remembered here, or belongs to another token.",
    "method_not_allowed": "The `Allow` header of the answer lists the methods of this address.",
    "request_timeout": "The body did not arrive in time (30 s). Send it faster, or in a smaller piece.",
    "conflict": "Something else is there already, or a run is in another state than the request expects. The detail "
    "says which.",
    "too_large": "A request may have 8 MiB. Give large media by address instead.",
    "unsupported_media_type": "Send `application/json`, or to AgentOS's endpoints a form.",
    "media_path": "A client of a server with tokens named an image, audio, video or file by `filepath`. Send the bytes "
    "as Base64 in `content`, upload the file to AgentOS's endpoints, or give its address as `url`.",
    "busy": "As many runs as allowed are going on and waiting. Try again after the seconds in `Retry-After`.",
    "internal": "This is a fault of the server, and in its log. Please [report it](../faq.md).",
    "stopping": "The server is about to stop. Ask another one, or the next one; runs that it stored can be taken over.",
    "unavailable": "The server of that runtime is down, or its address is wrong. The runtime `agno` of a portal ends "
    "with its child process: start the portal again.",
    "timeout": "The run took longer than the server allows, and was cancelled. What it stored can be read under its "
    "run id.",
}


def http_pages(contract: Path, written: Mapping[str, object]) -> dict[str, str]:
    """`reference/http.md`, and the pages of errors that have none yet.

    Args:
        contract: `runtime-openapi.yaml`.
        written: Codes of errors that have a page.
    """
    pages = {"reference/http.md": reference(_read(contract))}
    for name, (status, title) in TITLES.items():
        if name not in written:
            pages[f"errors/{name}.md"] = f"# {title}\n\nCode {code(name)}, HTTP status {status}.\n\n{REMEDIES[name]}\n"
    return pages


def _read(contract: Path) -> dict[str, Any]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
    content: dict[str, Any] = yaml.load(contract.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe
    return content


def reference(contract: dict[str, Any]) -> str:
    """The page of the contract: operations by tag, then the objects."""
    parts = [f"# HTTP API\n\n{contract['info']['summary']}\n\n{contract['info']['description'].strip()}"]
    parts.append(
        "The contract itself is at `/openapi.yaml` of every server, a page to try it at `/docs`. "
        "[How to serve](../guide/serve.md)."
    )
    for tag in contract["tags"]:
        parts.append(f"## {tag['description']}")
        parts += [operation(contract, *found) for found in operations(contract) if tag["name"] in found[2]["tags"]]
    parts.append("## Objects")
    for name, schema in contract["components"]["schemas"].items():
        if "properties" in schema or "allOf" in schema:
            parts.append(f"### {name} {{ #{name.lower()} }}\n\n{fields(schema)}")
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
    rows = [(code(one["name"]), one["in"], said(one)) for one in taken if one["name"] != "runtime"]
    if "requestBody" in about:
        body = next(iter(looked_up(contract, about["requestBody"])["content"].values()))["schema"]
        rows.append(("body", "JSON", kind_of(body)))
    if rows:
        lines.append(table(("Takes", "In", "What"), rows))
    answers = {
        status: said(looked_up(contract, answer))
        for status, answer in about["responses"].items()
        if status != "default"
    }
    told = [(status, words) for status, words in answers.items() if words != PROBLEM]
    lines.append(table(("Answers", "With"), told))
    problems = [code(status) for status, words in answers.items() if words == PROBLEM]
    if problems:
        lines.append(f"Or an [error](errors.md): {', '.join(problems)}.")
    return "\n\n".join(lines)


def kind_of(schema: dict[str, Any]) -> str:
    """What a field holds, in a word or two; objects of the contract are linked."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if name != "Text" else "string"
    if "enum" in schema:
        return " or ".join(code(str(value)) for value in schema["enum"] if value is not None)
    kinds = schema.get("type", "any")
    shown = ", ".join(kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null")
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
    return before + table(("Field", "Holds", "Always", "What"), rows)
