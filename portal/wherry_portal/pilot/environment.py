"""An environment without Agno: made, filled from Wherry's wheel and the project's requirements, and looked into.

Packages come through uv or pip with the person's own settings; versions are those of Wherry's lock where it names them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from wherry import __version__
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.witness import FOLDER, install

CHECKOUT = Path(__file__).resolve().parents[3]
_PIN = re.compile(r"^([A-Za-z0-9_.-]+==[^\s;\\]+)(\s*;[^\\]*)?", re.MULTILINE)
_PROBE = """
import importlib.metadata as m, importlib.util as u, json, platform, sysconfig
print(json.dumps({"python": platform.python_version(), "site": sysconfig.get_path("purelib"),
  "agno": [d.metadata["Name"] for d in m.distributions() if (d.metadata["Name"] or "").lower().startswith("agno")],
  "spec": u.find_spec("agno") is not None}))
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment of its own.

    Attributes:
        folder: Where it is.
        python: Its interpreter.
        version: That interpreter's version.
        site_packages: Where its packages are.
        agno: Distributions in it whose name starts with agno.
        importable: Whether `import agno` would find something.
    """

    folder: Path
    python: Path
    version: str
    site_packages: Path
    agno: tuple[str, ...]
    importable: bool

    def variables(self, witness: Path) -> dict[str, str]:
        """Environment variables for a command that is to run inside, watched."""
        hidden = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "CONDA_PREFIX", "PYTEST_CURRENT_TEST"}
        mine = {name: value for name, value in os.environ.items() if name not in hidden}
        path = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])
        return mine | {"PATH": path, "VIRTUAL_ENV": str(self.folder), "PYTHONNOUSERSITE": "1", FOLDER: str(witness)}


def create(folder: Path, requirements: list[str], *, lock: Path | None = None) -> Environment:
    """Make an environment and install into it.

    Args:
        folder: Where; an existing one is replaced.
        requirements: Arguments for the installer: a wheel, ``wherry[postgres]==0.1.0``, ``-r file``.
        lock: A lock whose versions are kept to, or None.

    Raises:
        PilotError: It cannot be made, or a package cannot be installed.
    """
    uv = _uv()
    shutil.rmtree(folder, ignore_errors=True)
    _run(
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
        if uv
        else [sys.executable, "-m", "venv", str(folder)]
    )
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    constraints = folder / "constraints.txt"
    constraints.write_text(pins(lock.read_text(encoding="utf-8")) if lock else "", encoding="utf-8")
    tool = (
        [uv, "pip", "install", "--quiet", "--python", str(python)]
        if uv
        else [str(python), "-m", "pip", "install", "--quiet"]
    )
    _run([*tool, "--constraint", str(constraints), *requirements])
    return inspect(folder, python)


def inspect(folder: Path, python: Path) -> Environment:
    """Ask an environment what is in it, then put the witness into it."""
    found = json.loads(_run([str(python), "-I", "-c", _PROBE]))
    site_packages = Path(found["site"])
    install(site_packages)
    return Environment(folder, python, found["python"], site_packages, tuple(found["agno"]), found["spec"])


def pins(lock: str) -> str:
    """The `name==version` lines of a hashed lock without Agno: constraints for an environment that must not hold it."""
    lines = (f"{name}{marker or ''}".rstrip() for name, marker in _PIN.findall(lock))
    return "".join(f"{line}\n" for line in lines if not line.lower().startswith("agno"))


def default_lock() -> Path | None:
    """The checkout's lock, or None for an installed Wherry."""
    lock = CHECKOUT / "requirements.lock"
    return lock if lock.is_file() else None


def wherry_requirement(extras: str, build: Path) -> str:
    """What to install Wherry from: a wheel built from the checkout, or the released version that runs now.

    Raises:
        PilotError: The wheel cannot be built.
    """
    suffix = f"[{extras}]" if extras else ""
    if not (CHECKOUT / "pyproject.toml").is_file():
        return f"wherry{suffix}=={__version__}"
    uv = _uv()
    if importlib.util.find_spec("hatchling"):
        _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(build)], CHECKOUT)
    elif uv:
        _run([uv, "build", "--quiet", "--wheel", "--out-dir", str(build), str(CHECKOUT)])
    else:
        _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(build), str(CHECKOUT)])
    wheel = max(build.glob("wherry-*.whl"), key=lambda path: path.stat().st_mtime)
    return f"wherry{suffix} @ {wheel.as_uri()}"


def _uv() -> str | None:
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")


def _run(words: list[str], folder: Path | None = None) -> str:
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PilotError(f"{' '.join(words[:4])} … could not be run: {error}") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-6:]
        raise PilotError(
            f"{' '.join(words[:4])} … failed:\n  " + "\n  ".join(last), hint="The lines above are the tool's own."
        )
    return done.stdout
