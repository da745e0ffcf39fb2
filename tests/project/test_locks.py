"""The locks: complete, pinned by hash, and without the address of any registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-portal.lock", "requirements-uv.lock")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pin in PIN.finditer((ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(pin["name"], set()).add(pin["version"])
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_a_pin_or_a_hash(name):
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        assert re.match(r"^([a-z0-9-]+==[^\s]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$", line), line


@pytest.mark.parametrize("name", LOCKS[1:])
def test_a_smaller_lock_is_part_of_the_full_one(name):
    full = pins("requirements.lock")
    for package, versions in pins(name).items():
        assert versions <= full[package], package


def test_every_dependency_of_the_project_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    for lines in project["project"]["optional-dependencies"].values():
        wanted += lines
    locked = pins("requirements.lock")
    for need in map(Requirement, wanted):
        if need.name != "wherry":
            versions = locked.get(canonicalize_name(need.name), set())
            assert any(need.specifier.contains(version, prereleases=True) for version in versions), (
                f"{need}: `make lock`"
            )
    assert locked["agno"] == {"3.1.10"}
