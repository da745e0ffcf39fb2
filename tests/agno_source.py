"""What Agno's source says of its model classes, read without importing Agno or an SDK: that takes every process that
collects the tests seconds. Imports no part of the project.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

AGNO = Path(find_spec("agno").submodule_search_locations[0])
IMPORTED = re.compile(r"^[ \t]*(?:from|import) (\w+)[\w.]*(?: import| as|,|$)", re.MULTILINE)
CLASS = re.compile(r"^class (\w+)\(([\w., ]+)\)", re.MULTILINE)


@cache
def installed(package: str) -> bool:
    """Whether a top-level package can be imported."""
    return package == "agno" or find_spec(package) is not None


@cache
def lacks_an_sdk(path: Path) -> bool:
    """Whether a module imports, anywhere in it, what is not installed; read from its lines, for there are hundreds."""
    return not all(installed(package) for package in IMPORTED.findall(path.read_text()))


def importable(path: Path) -> bool:
    """Whether a module of Agno's models can be imported, with what its package imports in any case."""
    needed = re.findall(r"^from agno\.([\w.]+) import", path.with_name("__init__.py").read_text(), re.MULTILINE)
    files = [(AGNO / name.replace(".", "/")).with_suffix(".py") for name in needed]
    return not any(lacks_an_sdk(file) for file in [path, *files] if file.is_file())


def model_modules() -> list[tuple[str, Path]]:
    """Name and file of every module of Agno's models."""
    paths = sorted((AGNO / "models").rglob("*.py"))
    return [(".".join(("agno", *path.relative_to(AGNO).with_suffix("").parts)), path) for path in paths]


def model_classes() -> list[tuple[str, str]]:
    """Module and name of each class that descends from Agno's `Model` and can be imported here."""
    found = [
        (module, name, {base.rpartition(".")[2].strip() for base in bases.split(",")})
        for module, path in model_modules()
        if importable(path)
        for name, bases in CLASS.findall(path.read_text())
    ]
    models, more = set[str](), {"Model"}
    while more:
        models |= more
        more = {name for _, name, bases in found if bases & models} - models
    return [(module, name) for module, name, _ in found if name in models - {"Model"}]
