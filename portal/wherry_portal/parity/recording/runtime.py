"""The runtime a recording is made on, by name: `symbol("workflow.types.StepOutput")` is Agno's or Wherry's.

Also what the callables of fixtures see of the recording: `symbol` and `note`. One process records on one runtime.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNTIMES = ("agno", "wherry")
LOADED = ("agent", "team", "workflow", "models.openai", "db.sqlite")
"""What recordings need of a runtime, below its name."""


@dataclass
class _Current:
    package: str = "agno"
    trace: list[Any] = field(default_factory=list)


_current = _Current()


def use(package: str) -> None:
    """Choose the runtime of this process.

    Raises:
        ValueError: When it is neither `agno` nor `wherry`.
    """
    if package not in RUNTIMES:
        raise ValueError(f"runtime {package!r} is not one of {', '.join(RUNTIMES)}")
    _current.package = package


def package() -> str:
    """`agno` or `wherry`."""
    return _current.package


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Load a runtime without looking for garbage meanwhile: there is none, and the reference loads a tenth faster."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def symbol(path: str) -> Any:
    """An object of the runtime by its path below the package, such as `run.agent.RunEvent.run_content`.

    Raises:
        LookupError: When neither module nor attribute is there.
    """
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        name = ".".join([_current.package, *parts[:cut]])
        try:
            found: Any = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and name.startswith(error.name):
                continue
            raise
        for attribute in parts[cut:]:
            if not hasattr(found, attribute):
                raise LookupError(f"{name} has no {'.'.join(parts[cut:])!r}")
            found = getattr(found, attribute)
        return found
    raise LookupError(f"there is no {path!r} in {_current.package}")


def note(*values: Any) -> None:
    """Write values into the recording's `trace` channel: what a hook was given, which step ran."""
    _current.trace.append(list(values) if len(values) > 1 else values[0])


def taken_notes() -> list[Any]:
    """The notes since the last call."""
    notes, _current.trace = _current.trace, []
    return notes
