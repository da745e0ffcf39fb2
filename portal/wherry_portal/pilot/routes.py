"""The pilot log over HTTP, for the interactive checklist of a portal served by `wherry portal serve`.

`pilot_routes` gives Starlette routes to mount. A log is read and replaced whole; what people tick and sign may be
written, what a run has to show (automatic items, the verification) may not: it comes from `wherry pilot done`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from wherry.core.errors import docs_url
from wherry_portal.checklists import CHECKLISTS, Automatic, Checklist, find_checklist, load_checklist
from wherry_portal.checklists.links import dead_end
from wherry_portal.pilot import clock, report
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.log import PilotLog, from_text, load_log, log_path, logs_in, save_log, to_data
from wherry_portal.sources import Complaint, SourceError, locked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request

PREFIX = "/v1/portal"
YAML = "application/yaml"
LARGEST_LOG = 1_000_000
"""Bytes of a request body; a log of a real pilot has some ten thousand."""


class _Refused(Exception):
    """A request that is answered with a problem document."""

    def __init__(self, status: int, title: str, detail: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.errors = status, title, detail, errors or []


def pilot_routes(root: Path, prefix: str = PREFIX) -> list[Route]:
    """Routes over the pilots and checklists of a project.

    Args:
        root: The project.
        prefix: Path before ``/pilots``, ``/checklists`` and ``/gate``.

    Returns:
        ``GET …/pilots``, ``GET`` and ``PUT …/pilots/{team}``, ``GET …/checklists/{name}``, ``GET …/gate``. A log is
        JSON (the summary of `report.summary`) or, asked for as ``application/yaml``, the file; its ``ETag`` goes into
        the ``If-Match`` of a PUT, which refuses a log that somebody else has changed meanwhile.
    """

    def route(path: str, answer: Callable[[Request, Path], Response], *methods: str) -> Route:
        return Route(prefix + path, _guarded(answer, root), methods=list(methods) or ["GET"])

    return [
        route("/pilots", _list),
        route("/pilots/{team}", _one, "GET"),
        Route(f"{prefix}/pilots/{{team}}", _put_guarded(root), methods=["PUT"]),
        route("/checklists/{name}", _checklist),
        route("/gate", _gate),
    ]


def forged(before: PilotLog | None, after: PilotLog, checklist: Checklist) -> Iterator[str]:
    """What a log may not change without a run: automatic items, the verification, when it began.

    Yields:
        One sentence a forbidden change.
    """
    automatic = {item.id for item in checklist.items if isinstance(item, Automatic)}
    for name in sorted(automatic):
        old = before.entry(name) if before else None
        if after.entry(name) != old:
            yield f"item {name!r} is automatic: run `wherry pilot done {name}`"
    if after.verification != (before.verification if before else None):
        yield "the verification comes from `wherry pilot verify`"
    if before and after.started != before.started:
        yield "a pilot cannot begin at another time"
    unknown = {entry.id for entry in after.items} - {item.id for item in checklist.items}
    for name in sorted(unknown):
        yield f"checklist {checklist.id!r} has no item {name!r}"
    signed = {entry.id for entry in after.items if entry.status in {"done", "failed"}} - automatic - unknown
    for name in sorted(signed):
        yield f"item {name!r} needs a signature"


def _list(_: Request, root: Path) -> Response:
    checklist = _pilot_checklist(root)
    found: list[dict[str, Any]] = []
    for path in logs_in(root / "pilots"):
        try:
            log = load_log(path)
        except SourceError as error:
            found.append({"team": path.stem, "state": "broken", "errors": _errors(error)})
            continue
        summary = report.summary(log, checklist, clock.now())
        kept = ("state", "accepted", "worked_seconds", "budget_seconds", "within_budget", "open")
        found.append({"team": log.team, "rehearsal": log.rehearsal} | {name: summary[name] for name in kept})
    return JSONResponse({"pilots": found})


def _one(request: Request, root: Path) -> Response:
    path = log_path(root / "pilots", request.path_params["team"])
    if not path.exists():
        raise _Refused(404, "No such pilot", f"team {path.stem!r} has no pilot log")
    headers = {"ETag": _tag(path), "Vary": "Accept"}
    if YAML in request.headers.get("accept", ""):
        return PlainTextResponse(path.read_text(encoding="utf-8"), media_type=YAML, headers=headers)
    return JSONResponse(report.summary(load_log(path), _pilot_checklist(root), clock.now()), headers=headers)


def _put(request: Request, root: Path, body: bytes) -> Response:
    path = log_path(root / "pilots", request.path_params["team"])
    checklist = _pilot_checklist(root)
    after = from_text(body.decode("utf-8"), f"{path.stem}.yaml")
    with locked(path.parent):
        there = path.exists()
        _check_preconditions(request, path, there=there)
        before = load_log(path) if there else None
        sentences = [*forged(before, after, checklist), *_dead_ends(after, root)]
        if sentences:
            errors = [{"field": "", "line": 1, "message": sentence} for sentence in sentences]
            raise _Refused(422, "A log cannot be written like this", sentences[0], errors)
        save_log(path, after)
    return JSONResponse(to_data(after), status_code=200 if there else 201, headers={"ETag": _tag(path)})


def _dead_ends(log: PilotLog, root: Path) -> Iterator[str]:
    for entry in log.items:
        nowhere = dead_end(entry.signature.link, root) if entry.signature else ""
        if nowhere:
            yield f"item {entry.id!r}: {nowhere}"


def _checklist(request: Request, root: Path) -> Response:
    name = request.path_params["name"]
    if name not in CHECKLISTS:
        raise _Refused(404, "No such checklist", f"{name!r} is none of {', '.join(CHECKLISTS)}")
    checklist = load_checklist(find_checklist(name, root))
    items = [
        {
            "id": item.id,
            "text": item.text,
            "why": item.why,
            "role": item.role,
            "expected_minutes": item.expected_minutes,
            "kind": "automatic" if isinstance(item, Automatic) else "signed",
            "asks_for": report.asks_for(item),
            "optional": getattr(item, "optional", False),
            "docs": docs_url(item.docs) if item.docs else None,
        }
        for item in checklist.items
    ]
    plain = {name: getattr(checklist, name) for name in ("id", "title", "purpose", "budget_minutes")}
    return JSONResponse(plain | {"items": items})


def _gate(_: Request, root: Path) -> Response:
    from wherry_portal.gate import judge, load_context
    from wherry_portal.gate.report import data

    return JSONResponse(data(judge(load_context(root))))


def _check_preconditions(request: Request, path: Path, *, there: bool) -> None:
    wanted = request.headers.get("if-match")
    if there and wanted is None:
        raise _Refused(428, "If-Match is missing", "read the log first and send its ETag as If-Match")
    if (there and wanted != _tag(path)) or (not there and wanted is not None):
        raise _Refused(412, "The log has changed", "somebody changed the log meanwhile; read it again")


def _guarded(answer: Callable[[Request, Path], Response], root: Path) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await _answered(request, lambda: answer(request, root))

    return endpoint


def _put_guarded(root: Path) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            return _problem(
                request, _Refused(403, "Another site may not write", f"origin {origin!r} is not this portal")
            )
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_LOG:
                return _problem(request, _Refused(413, "Too long", f"a log may have {LARGEST_LOG} bytes"))
        return await _answered(request, lambda: _put(request, root, bytes(body)))

    return endpoint


async def _answered(request: Request, work: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(work)
    except _Refused as refused:
        return _problem(request, refused)
    except SourceError as error:
        status = 422 if request.method == "PUT" else 500
        return _problem(request, _Refused(status, "The file breaks a rule", str(error.complaints[0]), _errors(error)))
    except PilotError as error:
        return _problem(request, _Refused(400, "Not possible", f"{error.message}. {error.hint}"))
    except UnicodeDecodeError:
        return _problem(request, _Refused(422, "Not UTF-8", "a log is YAML or JSON in UTF-8"))


def _problem(request: Request, refused: _Refused) -> Response:
    body = {
        "type": docs_url("errors/pilot/"),
        "title": refused.title,
        "status": refused.status,
        "detail": refused.detail,
        "instance": request.url.path,
        **({"errors": refused.errors} if refused.errors else {}),
    }
    return JSONResponse(body, status_code=refused.status, media_type="application/problem+json")


def _errors(error: SourceError) -> list[dict[str, Any]]:
    return [_fault(complaint) for complaint in error.complaints]


def _fault(complaint: Complaint) -> dict[str, Any]:
    return {"field": complaint.field, "line": complaint.line, "message": complaint.message}


def _pilot_checklist(root: Path) -> Checklist:
    return load_checklist(find_checklist("pilot", root))


def _tag(path: Path) -> str:
    return f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"'
