"""`GET …/support-matrix`: the rows as JSON or CSV, with what was proven where the site's own files are at hand."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from wherry.api.context import served
from wherry.api.running import Answer

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

FILES = {"application/json": "support-matrix.json", "text/csv": "support-matrix.csv"}


async def support_matrix(request: Request) -> Response:
    """`GET …/support-matrix`; `Accept: text/csv` asks for the table."""
    here = served(request)
    here.caller.need("read")
    kind = "text/csv" if _wants_csv(request.headers.get("accept", "")) else "application/json"
    made = await asyncio.to_thread(_download, here.server.matrix, FILES[kind])
    headers = {"Vary": "Accept"}
    if made is not None:
        return Response(made, media_type=kind, headers=headers)
    told = _own()
    return Response(_csv(told["features"]), 200, headers, kind) if kind == "text/csv" else Answer(told, 200, headers)


def _wants_csv(accepted: str) -> bool:
    """Whether CSV is named and JSON, or anything at all, is not."""
    kinds = {one.partition(";")[0].strip().lower() for one in accepted.split(",")}
    return "text/csv" in kinds and not kinds & {"application/json", "*/*"}


def _download(folder: Path | None, name: str) -> bytes | None:
    path = folder / name if folder else None
    return path.read_bytes() if path and path.is_file() else None


def _own() -> dict[str, Any]:
    """What a runtime knows by itself: where it runs, nobody has recorded evidence."""
    from wherry.core.matrix import features, reference

    rows = [
        {
            "id": row.id,
            "status": row.status,
            "reason": row.reason,
            "fallback": row.fallback,
            "planned": row.planned or None,
        }
        for row in features()
    ]
    return {"reference": reference(), "features": rows}


def _csv(rows: list[dict[str, Any]]) -> str:
    made = io.StringIO()
    writer = csv.DictWriter(made, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()
