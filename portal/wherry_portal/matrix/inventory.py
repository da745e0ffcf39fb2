"""Reads the public surface of an Agno release without importing it, and writes it as one data file of facts.

Only names, parameters, defaults and strings that are interfaces (events, tables, routes, variables) are kept.
Called by `wherry matrix inventory` and `wherry matrix drift`; the file is read back by `surface`.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import json
import re
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import WherryError
from wherry_portal.matrix.constants import exported_names, read_constants

if TYPE_CHECKING:
    from collections.abc import Iterator


SCHEMA = 1
PACKAGE = "agno"
VERSION = re.compile(r"\d+(\.\w+)*")


class InventoryError(WherryError):
    """The reference could not be read; the message says which one and what to do."""

    code = "inventory"


@contextmanager
def located(source: str | None) -> Iterator[tuple[Path, str]]:
    """Find an Agno tree to read.

    Args:
        source: A wheel, a folder that holds an ``agno`` package, a version that must be the installed one, or None (or
            ``installed``) for whichever is.

    Yields:
        The folder that holds the ``agno`` package, and its version.

    Raises:
        InventoryError: Nothing readable is there, or another version is installed.
    """
    path = Path(source) if source else None
    if path is not None and path.suffix == ".whl":
        with tempfile.TemporaryDirectory(prefix="wherry-inventory-") as folder:
            _unpack(path, Path(folder))
            yield Path(folder), path.stem.split("-")[1] if path.stem.count("-") > 1 else _version_below(Path(folder))
        return
    if path is not None and (path / PACKAGE / "__init__.py").is_file():
        yield path, _version_below(path)
        return
    if path is not None and path.exists():
        raise InventoryError(
            f"There is no package {PACKAGE!r} in {source!r}. Name the folder that holds it, or a wheel."
        )
    yield _installed(None if source == "installed" else source)


def _unpack(wheel: Path, folder: Path) -> None:
    """Unpack a wheel of Agno.

    Raises:
        InventoryError: It is not there, is broken, or holds something else.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    except FileNotFoundError:
        raise InventoryError(
            f"There is no wheel {str(wheel)!r}. Get it with: pip download --no-deps agno==..."
        ) from None
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise InventoryError(f"The wheel {str(wheel)!r} cannot be read: {error}. Download it again.") from None
    if not (folder / PACKAGE / "__init__.py").is_file():
        raise InventoryError(f"The wheel {str(wheel)!r} holds no package {PACKAGE!r}. Name a wheel of Agno.")


def _version_below(folder: Path) -> str:
    for info in sorted(folder.glob("agno-*.dist-info")):
        return info.name.removesuffix(".dist-info").removeprefix("agno-")
    project = folder / "pyproject.toml"
    found = (
        re.search(r'^version\s*=\s*"([^"]+)"', project.read_text("utf-8"), re.MULTILINE) if project.is_file() else None
    )
    return found.group(1) if found else "unknown"


def _installed(wanted: str | None) -> tuple[Path, str]:
    if wanted and not VERSION.fullmatch(wanted):
        raise InventoryError(
            f"{wanted!r} is no file, no folder and no version.",
            hint=f"Name a wheel of {PACKAGE}, the folder that holds its package, or the version that is installed.",
        )
    try:
        version = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise InventoryError(
            "The reference is not installed. Install it with: pip install 'wherry[parity]', or name a wheel."
        ) from None
    if wanted and wanted != version:
        raise InventoryError(
            f"Agno {wanted!r} is not here: {version} is installed.",
            hint=f"Fetch its wheel (pip download --no-deps agno=={wanted}) and name that file.",
        )
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InventoryError("The installed Agno has no readable source.")
    return Path(spec.origin).parent.parent, version


def read_inventory(source: str | None = None) -> dict[str, Any]:
    """Inventory of one release.

    Args:
        source: As for `located`.

    Returns:
        A JSON-ready mapping: ``modules``, ``classes``, ``functions``, ``events``, ``tables``, ``endpoints``,
        ``environment``.

    Raises:
        InventoryError: Nothing readable is there.
    """
    import griffe

    with located(source) as (folder, version):
        root = griffe.load(PACKAGE, search_paths=[str(folder)], allow_inspection=False, submodules=True)
        facts = _Reader().read(root)
        try:
            constants = read_constants(folder / PACKAGE)
        except (SyntaxError, ValueError) as error:
            raise InventoryError(
                f"Agno {version} holds a file that Python {sys.version_info[0]}.{sys.version_info[1]} cannot read: "
                f"{error}. Get its wheel again, or use the Python that it is made for."
            ) from None
    return {"schema": SCHEMA, "package": PACKAGE, "version": version, **facts, **constants}


def is_public(name: str) -> bool:
    """Whether no part of a dotted name starts with an underscore."""
    return not any(part.startswith("_") for part in name.split("."))


class _Reader:
    """Walks griffe's tree once and keeps the public part."""

    def __init__(self) -> None:
        self.modules: dict[str, dict[str, str]] = {}
        self.classes: dict[str, dict[str, Any]] = {}
        self.functions: dict[str, dict[str, Any]] = {}
        self.private: list[str] = []
        self.lazy: dict[str, list[str]] = {}

    def read(self, root: Any) -> dict[str, Any]:
        self._module(root)
        self._resolve_lazy()
        return {
            "modules": {module: dict(sorted(names.items())) for module, names in sorted(self.modules.items())},
            "private_modules": sorted(self.private),
            "classes": dict(sorted(self.classes.items())),
            "functions": dict(sorted(self.functions.items())),
        }

    def _module(self, module: Any) -> None:
        public = is_public(module.path)
        if not public:
            self.private.append(module.path)
        names: dict[str, str] = {}
        for name, member in module.members.items():
            if not member.is_alias and member.is_module:
                self._module(member)
            elif not name.startswith("_") and public:
                entry = self._alias(module, name, member) if member.is_alias else self._definition(member, member.path)
                if entry:
                    names[name] = entry
        if public:
            self.modules[module.path] = names
            self._note_lazy(module, names)

    def _alias(self, module: Any, name: str, member: Any) -> str | None:
        """Target of an imported name; what comes from a private module counts as defined where it is public."""
        target = str(member.target_path)
        path = f"{module.path}.{name}"
        if not target.startswith(PACKAGE + ".") or target == path:
            return None
        if is_public(target):
            return target
        try:
            return self._definition(member.final_target, path)
        except Exception:  # noqa: BLE001 - griffe raises several kinds for what it cannot resolve
            return "attribute"

    def _note_lazy(self, module: Any, names: dict[str, str]) -> None:
        """Names that a package gives on demand or under `try`: spelled in its source, defined below it."""
        found = exported_names(Path(module.filepath)) if module.is_init_module else {}
        for name, target in found.items():
            if target:
                names[name] = target
                self.classes.pop(f"{module.path}.{name}", None)
            elif name not in names:
                self.lazy.setdefault(module.path, []).append(name)

    def _resolve_lazy(self) -> None:
        for package, wanted in self.lazy.items():
            below = {
                name: f"{module}.{name}"
                for module, names in self.modules.items()
                if module.startswith(package + ".")
                for name, kind in names.items()
                if kind in {"class", "function", "attribute"}
            }
            self.modules[package] |= {name: below[name] for name in wanted if name in below}

    def _definition(self, member: Any, path: str) -> str:
        if member.is_class:
            self.classes[path] = self._class(member)
            return "class"
        if member.is_function:
            self.functions[path] = _callable(member)
            return "function"
        return "attribute"

    def _class(self, cls: Any) -> dict[str, Any]:
        methods: dict[str, Any] = {}
        fields: dict[str, str] = {}
        private = []
        for name, member in cls.members.items():
            if name.startswith("_") or member.is_alias:
                if name.startswith("_") and not name.startswith("__") and not member.is_alias:
                    private.append(name)
                continue
            if member.is_function:
                methods[name] = _callable(member)
            elif member.is_attribute:
                fields[name] = _text(member.value)
        bases = [_canonical(base) for base in cls.bases]
        record: dict[str, Any] = {"bases": bases, "kind": _kind(cls, bases)}
        if cls.parameters and ("__init__" in cls.members or "dataclass" in cls.labels):
            record["parameters"] = _parameters(cls.parameters)
        if fields:
            record["fields"] = fields
        if methods:
            record["methods"] = methods
        if private:
            record["private"] = sorted(private)
        return record


def _kind(cls: Any, bases: list[str]) -> str:
    if "dataclass" in cls.labels:
        return "dataclass"
    if any(base.split(".")[-1] in {"Enum", "StrEnum", "IntEnum"} for base in bases):
        return "enum"
    return "class"


def _callable(function: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"parameters": _parameters(function.parameters)}
    returns = _returned(function)
    if returns:
        record["returns"] = returns
    return record


def _returned(function: Any) -> list[str]:
    """Agno classes named by the return annotation, overloads included."""
    expression = function.returns
    if expression is None or isinstance(expression, str):
        return []
    found = {str(part.canonical_path) for part in expression.iterate(flat=True) if hasattr(part, "canonical_path")}
    return sorted(path for path in found if path.startswith(PACKAGE + "."))


def _parameters(parameters: Any) -> list[str]:
    """Parameters as Python writes them: ``name``, ``name=default``, ``*``, ``*args``, ``**kwargs``; no self."""
    out: list[str] = []
    starred = False
    for index, parameter in enumerate(parameters):
        kind = parameter.kind.value if parameter.kind else ""
        if index == 0 and parameter.name in {"self", "cls"}:
            continue
        if kind == "keyword-only" and not starred:
            out.append("*")
            starred = True
        if kind == "variadic positional":
            out.append(f"*{parameter.name}")
            starred = True
        elif kind == "variadic keyword":
            out.append(f"**{parameter.name}")
        elif parameter.default is None:
            out.append(parameter.name)
        else:
            out.append(f"{parameter.name}={_text(parameter.default)}")
    return out


def _text(value: object) -> str:
    """An interface default, cut to what identifies it; prose is not an interface."""
    text = "" if value is None else str(value)
    return text if len(text) <= 80 else "..."


def _canonical(base: Any) -> str:
    return base if isinstance(base, str) else str(base.canonical_path)


def write_inventory(inventory: dict[str, Any], target: Path) -> int:
    """Write an inventory as compressed JSON whose bytes depend on its content only.

    Args:
        inventory: What `read_inventory` returned.
        target: File to write, ending in ``.json.gz``.

    Returns:
        Its size in bytes.
    """
    text = json.dumps(inventory, separators=(",", ":"), sort_keys=True).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
    return target.stat().st_size
