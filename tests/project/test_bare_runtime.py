"""`pip install wherry` without any extra: the runtime imports with the required packages alone."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wherry_portal.cli.extras import EXTRA_OF

FACES = {
    "wherry.api": "api",
    "wherry.os": "api",
    "wherry.stores.loop_lines": "postgres",
    "wherry.stores.loop_pool": "postgres",
    "wherry.stores.postgres_lines": "postgres",
}
"""Modules that are nothing without their extra; nothing else imports them before it is needed."""

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import importlib, importlib.abc, json, pickle, pkgutil, sys
allowed = set(json.loads(sys.argv[1])) | set(sys.stdlib_module_names) | {"wherry"}

finders = list(sys.meta_path)

class OnlyRequired(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed and not name.startswith("_sysconfigdata"):
            return None
        return next((spec for finder in finders if (spec := finder.find_spec(name, path, target))), None)

sys.meta_path[:] = [OnlyRequired()]
import wherry
failed, imported = {}, 0
for module in pkgutil.walk_packages(wherry.__path__, "wherry.", onerror=lambda name: None):
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
        imported += 1
    except ImportError as error:
        failed[module.name] = error.name.partition(".")[0]
    except Exception as error:
        failed[module.name] = repr(error)

from wherry.core.errors import MissingPackage
refused = {}
for extra, make in {
    "api": lambda: importlib.import_module("wherry.os"),
    "api yaml": lambda: importlib.import_module("wherry.core.agent.retrieval").documents_text(
        importlib.import_module("wherry.agent").Agent(references_format="yaml"), [{"name": "Hathor"}]
    ),
    "cel": lambda: importlib.import_module("wherry.core.workflow.expressions").program("true"),
    "mcp": lambda: importlib.import_module("wherry.tools.mcp").MCPTools("python"),
    "office": lambda: importlib.import_module("wherry.corpus.office").DocxReader().read("a.docx"),
    "otel": lambda: importlib.import_module("wherry.telemetry.otel").Tracer(),
    "postgres": lambda: importlib.import_module("wherry.db.postgres").PostgresDb(db_url="postgresql://a@b/c"),
    "redis": lambda: importlib.import_module("wherry.db.redis").RedisDb(db_url="redis://b"),
    "search": lambda: importlib.import_module("wherry.tools.websearch").WebSearchTools(),
    "skills": lambda: importlib.import_module("wherry.skills.head").strict_head("---\\nname: tide\\n---"),
}.items():
    try:
        make()
    except MissingPackage as error:
        assert isinstance(error, ImportError)
        refused[extra] = str(pickle.loads(pickle.dumps(error)))  # as out of a worker's process
print(json.dumps({"failed": failed, "imported": imported, "refused": refused}))
"""


def required_modules() -> set[str]:
    """Top-level modules of the required packages and of what they require themselves."""
    waiting, packages = ["wherry"], set()
    while waiting:
        for line in importlib.metadata.requires(waiting.pop()) or []:
            need = Requirement(line)
            name = canonicalize_name(need.name)
            if name not in packages and (need.marker is None or need.marker.evaluate({"extra": ""})):
                packages.add(name)
                waiting.append(name)
    providers = importlib.metadata.packages_distributions()
    return {module for module, names in providers.items() if packages & {canonicalize_name(name) for name in names}} - {
        "wherry_portal"
    }


def test_every_module_imports_without_extras_but_those_that_belong_to_one():
    allowed = json.dumps(sorted(required_modules()))
    child = subprocess.run(
        [sys.executable, "-c", CHILD, allowed], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert child.returncode == 0, child.stderr
    result = json.loads(child.stdout)
    assert {name: EXTRA_OF.get(missing, missing) for name, missing in result["failed"].items()} == FACES
    assert result["imported"] > 100
    # What is used all the same says what it lacks and how to get it.
    extra = {name: name.partition(" ")[0] for name in result["refused"]}
    refused = {name: f"pip install 'wherry[{extra[name]}]'" in text for name, text in result["refused"].items()}
    assert refused == dict.fromkeys(
        ("api", "api yaml", "cel", "mcp", "office", "otel", "postgres", "redis", "search", "skills"), True
    )


def test_the_portal_is_not_among_the_modules_of_the_runtime():
    modules = required_modules()
    assert {"orjson", "pydantic", "aiohttp"} <= modules
    assert not modules & {"agno", "cyclopts", "starlette", "wherry_portal"}
