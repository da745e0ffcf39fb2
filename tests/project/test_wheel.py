"""The built wheel, away from the checkout: it imports, its command works, and its data travels with it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The wheel's content in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("wherry-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "content")
    return folder / "content"


def run(content: Path, code: str) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_"))}
    env["PYTHONPATH"] = str(content)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=content.parent,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_both_packages_come_from_the_wheel_and_are_typed(unpacked):
    found = run(unpacked, "import wherry, wherry_portal; print(wherry.__file__); print(wherry_portal.__file__)")
    assert found.split() == [str(unpacked / "wherry/__init__.py"), str(unpacked / "wherry_portal/__init__.py")]
    assert (unpacked / "wherry/py.typed").exists()
    assert (unpacked / "wherry_portal/py.typed").exists()


def test_the_command_line_works(unpacked):
    assert "doctor" in run(unpacked, "from wherry_portal.cli import main; main(['--help'])")


def test_the_data_travels_with_it(unpacked):
    for name in ("support_matrix.yaml", "contracts/support-matrix.schema.json", "checklists/pilot.yaml"):
        path = run(unpacked, f"from wherry_portal.sources.locate import packaged; print(packaged({name!r}))").strip()
        assert Path(path) == unpacked / "wherry_portal/_data" / name
        assert Path(path).read_bytes() == (ROOT / name).read_bytes()


def test_nothing_else_is_installed(unpacked):
    assert sorted(path.name for path in unpacked.iterdir()) == ["wherry", "wherry-0.1.0.dist-info", "wherry_portal"]
