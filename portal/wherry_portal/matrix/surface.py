"""Looks names up in the inventory of an Agno release: where is it defined, what are its parameters, what is inherited.

Reads one data file, imports nothing of Agno. The symbol index, the assessor and the compact form are its callers.
"""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

DATA = Path(__file__).parent.parent / "data"
REFERENCE_VERSION = "3.1.10"

Kind = Literal["module", "class", "function", "attribute", "method", "field"]


class Symbol(NamedTuple):
    """A name of Agno, resolved.

    Attributes:
        kind: What it is.
        path: Canonical dotted path, where it is defined.
        owner: Canonical path of the class that a method or field was looked up on, else the empty string.
    """

    kind: Kind
    path: str
    owner: str = ""


class Signature(NamedTuple):
    """Parameters of something callable.

    Attributes:
        positional: Names that may be given by position, in order.
        keywords: Every name that may be given by keyword -> its default as Python text, or None when required.
        open: Whether it takes ``**kwargs``.
    """

    positional: tuple[str, ...]
    keywords: dict[str, str | None]
    open: bool


class Surface:
    """The public surface of one Agno release."""

    def __init__(self, inventory: dict[str, Any]) -> None:
        self.version: str = inventory["version"]
        self.modules: dict[str, dict[str, str]] = inventory["modules"]
        self.private_modules: frozenset[str] = frozenset(inventory["private_modules"])
        self.classes: dict[str, dict[str, Any]] = inventory["classes"]
        self.functions: dict[str, dict[str, Any]] = inventory["functions"]
        self.tables: list[str] = inventory["tables"]
        self.endpoints: list[str] = inventory["endpoints"]
        self.environment: list[str] = inventory["environment"]
        self.events: dict[str, list[str]] = inventory["events"]
        self._resolved: dict[str, Symbol | None] = {}
        self._mro: dict[str, tuple[str, ...]] = {}
        self._signatures: dict[str, Signature | None] = {}

    def resolve(self, path: str) -> Symbol | None:
        """The definition behind a dotted path, aliases followed; None when Agno has no such public name."""
        if path not in self._resolved:
            self._resolved[path] = self._resolve(path, 0)
        return self._resolved[path]

    def _resolve(self, path: str, depth: int) -> Symbol | None:
        if path in self.modules:
            return Symbol("module", path)
        parent, _, name = path.rpartition(".")
        if not parent or depth > 20:
            return None
        names = self.modules.get(parent)
        if names is not None:
            return self._named(parent, name, names.get(name), depth)
        owner = self._resolve(parent, depth + 1)
        if owner is None:
            return None
        if owner.kind == "module" and owner.path != parent:
            return self._resolve(f"{owner.path}.{name}", depth + 1)
        return self.member(owner.path, name) if owner.kind == "class" else None

    def _named(self, parent: str, name: str, entry: str | None, depth: int) -> Symbol | None:
        if entry is None:
            return None
        if entry in {"class", "function", "attribute"}:
            return Symbol(entry, f"{parent}.{name}")  # type: ignore[arg-type]
        return self._resolve(entry, depth + 1)

    def mro(self, cls: str) -> tuple[str, ...]:
        """A class and its Agno bases, nearest first."""
        if cls not in self._mro:
            order = [cls]
            for base in self.classes.get(cls, {}).get("bases", ()):
                symbol = self.resolve(base)
                if symbol and symbol.kind == "class" and symbol.path != cls:
                    order.extend(path for path in self.mro(symbol.path) if path not in order)
            self._mro[cls] = tuple(order)
        return self._mro[cls]

    def member(self, cls: str, name: str) -> Symbol | None:
        """A method or field of a class, its own or inherited."""
        for path in self.mro(cls):
            record = self.classes[path]
            if name in record.get("methods", ()):
                return Symbol("method", f"{path}.{name}", cls)
            if name in record.get("fields", ()):
                return Symbol("field", f"{path}.{name}", cls)
        return None

    def has_private(self, cls: str, name: str) -> bool:
        """Whether the class, or a base, has a private member of that name."""
        return any(name in self.classes[path].get("private", ()) for path in self.mro(cls))

    def _constructor(self, cls: str) -> Signature | None:
        """What calling the class takes; None when it is not known."""
        for path in self.mro(cls):
            record = self.classes[path]
            if "parameters" in record:
                return _signature(record["parameters"])
            if record["kind"] == "enum":
                return None
        return self._model_fields(cls)

    def _model_fields(self, cls: str) -> Signature | None:
        """A class without a constructor of its own: pydantic models take their fields by keyword."""
        keywords: dict[str, str | None] = {}
        foreign = False
        for path in reversed(self.mro(cls)):
            record = self.classes[path]
            foreign = foreign or any(base.split(".")[-1].startswith("BaseModel") for base in record["bases"])
            keywords |= {name: text or None for name, text in record.get("fields", {}).items()}
        return Signature((), keywords, open=False) if foreign else None

    def callable(self, path: str) -> Signature | None:
        """Signature of a function, method or class by its canonical path."""
        if path not in self._signatures:
            record = None if path in self.classes else self.record(path)
            if path in self.classes:
                self._signatures[path] = self._constructor(path)
            else:
                self._signatures[path] = _signature(record["parameters"]) if record else None
        return self._signatures[path]

    def returns(self, path: str) -> tuple[str, ...]:
        """Agno classes that a function or method by its canonical path may return."""
        record = self.record(path) or {}
        found = (self.resolve(name) for name in record.get("returns", ()))
        return tuple(symbol.path for symbol in found if symbol and symbol.kind == "class")

    def record(self, path: str) -> dict[str, Any] | None:
        """The raw entry of a function or method."""
        if path in self.functions:
            return self.functions[path]
        owner, _, name = path.rpartition(".")
        found: dict[str, Any] | None = self.classes.get(owner, {}).get("methods", {}).get(name)
        return found

    def definitions(self) -> list[str]:
        """Canonical paths of every public module, class, function and module attribute."""
        paths = list(self.modules)
        for module, names in self.modules.items():
            paths.extend(
                f"{module}.{name}" for name, kind in names.items() if kind in {"class", "function", "attribute"}
            )
        return paths


def _signature(parameters: list[str]) -> Signature:
    positional: list[str] = []
    keywords: dict[str, str | None] = {}
    named_only = opened = False
    for text in parameters:
        if text.startswith("**"):
            opened = True
        elif text.startswith("*"):
            named_only = True
        else:
            name, given, default = text.partition("=")
            keywords[name] = default if given else None
            if not named_only:
                positional.append(name)
    return Signature(tuple(positional), keywords, opened)


def read_surface(path: Path) -> Surface:
    """A surface from an inventory file."""
    return Surface(json.loads(gzip.decompress(path.read_bytes())))


@lru_cache(maxsize=4)
def surface(version: str = REFERENCE_VERSION) -> Surface:
    """The shipped surface of a release."""
    return read_surface(DATA / f"agno-{version}.json.gz")
