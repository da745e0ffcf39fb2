"""A page for each error that only the HTTP API has: what it says, what to do, and which operations answer with it.

`problems.TITLES` of the server is the table of errors; `http` hands in which operation answers with which status.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wherry.api.problems import TITLES
from wherry_portal.pages.errors import reports
from wherry_portal.pages.text import code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROBLEM = "A problem document"
"""What the contract says of an answer that is an error and nothing else."""
_MANY = 8
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


def http_error_pages(answering: Mapping[str, Sequence[str]], written: Mapping[str, object]) -> dict[str, str]:
    """The pages by path.

    Args:
        answering: Links to operations by the status that they may answer.
        written: Codes of errors that have a page already.
    """
    return {f"errors/{name}.md": _page(name, answering) for name in TITLES if name not in written}


def _page(name: str, answering: Mapping[str, Sequence[str]]) -> str:
    return "\n\n".join(_parts(name, answering)) + "\n"


def _parts(name: str, answering: Mapping[str, Sequence[str]]) -> Iterator[str]:
    status, title = TITLES[name]
    yield f"# {title}"
    yield f"[HTTP API](../reference/http.md) / [Errors](../reference/errors.md) / {code(name)}\n{{ .crumbs }}"
    document = json.dumps({"title": title, "status": status, "code": name, "detail": "…"}, ensure_ascii=False)
    yield f"The server answers with status **{status}** and a problem document. Its `detail` names what it is about:"
    yield f"```json\n{document}\n```"
    yield f"## What to do\n\n{REMEDIES[name]}"
    links = answering.get(str(status), ())
    if 0 < len(links) <= _MANY:
        listed = "\n".join(f"- {link}" for link in links)
        yield f"## Which operations answer {status}\n\n{listed}"
    yield reports(name)
