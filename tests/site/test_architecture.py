"""The architecture page names modules and folders that exist, and leaves out none of the packages."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
NAMES = set(re.findall(r"`([\w./]+)`", PAGE))


@pytest.mark.parametrize("name", sorted(name for name in NAMES if name.startswith(("wherry.", "wherry_portal."))))
def test_a_module_that_it_names_can_be_found(name):
    assert find_spec(name) is not None


@pytest.mark.parametrize("name", sorted(name for name in NAMES if "/" in name or name.endswith(".yaml")))
def test_a_place_that_it_names_is_there(name):
    assert (ROOT / name).exists() or name == "build/pages"


def test_every_package_of_the_portal_is_on_it():
    folders = [path.parent.name for path in (ROOT / "portal" / "wherry_portal").glob("*/__init__.py")]
    assert folders
    assert {f"wherry_portal.{name}" for name in folders if name != "data"} <= NAMES


def test_the_classes_and_functions_that_it_names_are_in_their_modules():
    from wherry.core import run, waits

    assert all(hasattr(waits, name) for name in ("Waits", "Looping", "Blocking", "finish", "drain"))
    assert run.Run
