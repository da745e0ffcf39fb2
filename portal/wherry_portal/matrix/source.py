"""`support_matrix.yaml` -> `SupportMatrix`, checked against its schema, every complaint with file, line and field.

Reading and complaining are `wherry_portal.sources`; what the rows mean against the reference is `coverage`. No evidence
is read here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.matrix.model import Feature, SupportMatrix
from wherry_portal.sources import Complaint, Source, packaged, read

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = "support-matrix.schema.json"
_LISTS = ("symbols", "differences", "evidence")


def load_matrix(path: Path | None = None) -> SupportMatrix:
    """Read and check the matrix.

    Args:
        path: File to read; by default the one of this installation.

    Raises:
        SourceError: It is missing, not YAML, or breaks a rule; every complaint is listed.
    """
    return _load(path or packaged("support_matrix.yaml"))


@lru_cache(maxsize=8)
def _load(path: Path) -> SupportMatrix:
    source = read(path, SCHEMA, rules=(_unique_ids,))
    reference = source.data["reference"]
    return SupportMatrix(
        path=path,
        package=reference["package"],
        version=reference["version"],
        features=tuple(_feature(row, source.line(("features", at))) for at, row in enumerate(source.data["features"])),
    )


def _feature(row: dict[str, Any], line: int) -> Feature:
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in row.items()}
    return Feature(**values, line=line)


def _unique_ids(source: Source) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for at, row in enumerate(source.data["features"]):
        line = source.line(("features", at, "id"))
        if row["id"] in first:
            yield source.complain(("features", at, "id"), f"{row['id']!r} is already used in line {first[row['id']]}")
        first.setdefault(row["id"], line)
