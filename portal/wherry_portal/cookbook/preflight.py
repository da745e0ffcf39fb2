"""Which examples need a package that is not here: found once for all modules, instead of one failing run an example.

`verify` asks before it runs anything. Only imports at the top of a file count: the others may never be reached.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECONDS = 600
_TRY = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
given, target = sys.argv[1:]
missing = {}
for name in json.loads(open(given, "rb").read()):
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing[name] = f"{type(error).__name__}: {error}"
    except BaseException:
        continue
open(target, "w", encoding="utf-8").write(json.dumps(missing))
"""


def imported(text: bytes) -> set[str]:
    """Modules that a file imports at its top, whole or in part."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    found = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    return found | {
        node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }


def missing_modules(modules: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Modules of the reference that cannot be imported here, with the error; tried in a process of their own.

    Args:
        modules: Their dotted names.
        environment: Environment of that process.
    """
    with tempfile.TemporaryDirectory(prefix="wherry-preflight-") as folder:
        given, target = Path(folder) / "given", Path(folder) / "missing"
        given.write_bytes(orjson.dumps(sorted(modules)))
        subprocess.run(
            [sys.executable, "-c", _TRY, given, target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            cwd=folder,
            timeout=SECONDS,
            check=True,
        )
        found: dict[str, str] = orjson.loads(target.read_bytes())
    return found


def needed_packages(paths: Mapping[str, Path], environment: Mapping[str, str]) -> dict[str, str]:
    """Examples that cannot start because a package is missing -> what the import says.

    Args:
        paths: Files by name.
        environment: Environment to import in.
    """
    wanted = {name: imported(path.read_bytes()) for name, path in paths.items()}
    every = set().union(*wanted.values()) if wanted else set()
    missing = missing_modules((name for name in every if name.partition(".")[0] == "agno"), environment)
    local = {part for path in paths.values() for part in (path.stem, *path.parts)}
    for name in every:
        top = name.partition(".")[0]
        if top not in local and top != "agno" and find_spec(top) is None:
            missing[name] = f"ModuleNotFoundError: No module named {top!r}"
    return {
        name: _cause(missing[module])
        for name, modules in wanted.items()
        for module in sorted(modules & missing.keys())[:1]
    }


def _cause(error: str) -> str:
    """A module that the reference itself no longer has is no package to install."""
    return f"fails: {error}" if re.search(r"'agno\b", error) else f"needs a package: {error}"
