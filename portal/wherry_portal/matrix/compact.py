"""`support_matrix.yaml` -> `runtime/wherry/core/_matrix.json`, the form that the runtime raises its errors from.

Everything the runtime needs is looked up here, once, so that it needs neither YAML nor the inventory. `wherry matrix
compile` writes it; a test checks that it is fresh.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.matrix.removed import removed_parameters

if TYPE_CHECKING:
    from wherry_portal.matrix.model import Feature, SupportMatrix
    from wherry_portal.matrix.symbols import SymbolIndex

# Classes whose constructors refuse names through the matrix.
CONSTRUCTORS = (
    "agno.agent.Agent",
    "agno.team.Team",
    "agno.workflow.Workflow",
    "agno.workflow.Step",
    "agno.workflow.Steps",
    "agno.workflow.Parallel",
    "agno.workflow.Loop",
    "agno.workflow.Condition",
    "agno.workflow.Router",
    "agno.workflow.WorkflowAgent",
    "agno.workflow.HumanReview",
    "agno.knowledge.knowledge.Knowledge",
    "agno.memory.MemoryManager",
    "agno.os.AgentOS",
    "agno.tools.Toolkit",
    "agno.tools.Function",
    "agno.db.sqlite.SqliteDb",
    "agno.db.sqlite.AsyncSqliteDb",
    "agno.db.postgres.PostgresDb",
    "agno.db.postgres.AsyncPostgresDb",
    "agno.db.redis.RedisDb",
    "agno.db.json.JsonDb",
    "agno.db.in_memory.InMemoryDb",
)


def compact_path() -> Path:
    """Where the runtime of this installation reads its matrix."""
    import wherry

    return Path(wherry.__file__).parent / "core" / "_matrix.json"


def compile_matrix(matrix: SupportMatrix, index: SymbolIndex) -> str:
    """The compact form, as the exact text of the file."""
    ids = {feature.id: number for number, feature in enumerate(matrix.features)}

    def number(symbol: str) -> int | None:
        feature = index.feature_for(symbol)
        return None if feature is None else ids[feature.id]

    surface = index.surface
    compact: dict[str, Any] = {
        "schema": 1,
        "reference": f"{matrix.package} {matrix.version}",
        "features": [_feature(feature) for feature in matrix.features],
        "symbols": {symbol: ids[feature.id] for feature in matrix.features for symbol in feature.symbols},
        "modules": {path: number(path) for path in surface.modules},
        "names": _names(index, number),
        "parameters": {cls: _parameters(index, cls) for cls in CONSTRUCTORS},
        "removed": removed_parameters(),
    }
    lines = (
        f" {json.dumps(key)}: {json.dumps(value, separators=(',', ':'), sort_keys=True)}"
        for key, value in compact.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _feature(feature: Feature) -> list[str]:
    return [
        feature.id,
        feature.status,
        feature.reason,
        feature.fallback or feature.limits,
        feature.planned,
        feature.served_by,
    ]


def _names(index: SymbolIndex, number: Any) -> dict[str, dict[str, int]]:
    """Public names of the modules whose code Wherry brings itself; Agno's leaves are known by their module."""
    out: dict[str, dict[str, int]] = {}
    for module, names in index.surface.modules.items():
        row = index.feature_for(module)
        if row is None or row.keeps_agno:
            continue
        is_package = any(other.startswith(module + ".") for other in index.surface.modules)
        kept = (name for name, kind in names.items() if is_package or kind in {"class", "function", "attribute"})
        found = {name: number(f"{module}.{name}") for name in kept}
        known = {name: value for name, value in found.items() if value is not None}
        if known:
            out[module] = known
    return out


def _parameters(index: SymbolIndex, cls: str) -> dict[str, Any]:
    signature = index.surface.callable(index.surface.resolve(cls).path)  # type: ignore[union-attr]
    return {name: _value(text) for name, text in (signature.keywords if signature else {}).items()}


def _value(text: str | None) -> Any:
    """A default as JSON; what JSON cannot hold stands as null, like a missing default."""
    try:
        value = ast.literal_eval(text or "None")
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, bool | int | float | str | None) else None
