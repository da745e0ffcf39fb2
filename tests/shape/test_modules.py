"""How long and how knotted our own code may be, and what no file of the project may mention."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("runtime", "portal", "tools", "benchmarks")
LINES = 400

# Pieces are joined here so that this file does not mention what it forbids.
FORBIDDEN = {
    "a registry address": re.compile(
        "--(extra-)?index-" + r"url\b|" + r"//(files\.python" + r"hosted|py" + r"pi|registry\.npm" + r"js)\.|"
        r"https?://\S+\.(whl|tar\.gz|tgz)\b"
    ),
    "a path of somebody's machine": re.compile(
        r"(?<![\w.])/(" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + r"me/\w+"]) + r")/"
    ),
}


def tracked() -> list[Path]:
    """Every file that git holds or would take in, or in an unpacked archive every file."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py") if "__pycache__" not in path.parts)


@pytest.mark.parametrize("place", PLACES)
def test_no_module_is_longer_than_one_sitting(place):
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
        if path.is_relative_to(ROOT / place)
    }
    long = [f"{path.relative_to(ROOT)}: {count} lines" for path, count in lengths.items() if count > LINES]
    assert not long, f"modules over {LINES} lines, split them by idea:\n" + "\n".join(long)


@pytest.mark.parametrize(
    ("rule", "setting"),
    [("PLR0915", "lint.pylint.max-statements=40"), ("C901", "lint.mccabe.max-complexity=10")],
    ids=["statements", "complexity"],
)
def test_functions_are_short_and_plain(rule, setting):
    """Unlike `ruff check`, without regard to a `noqa`."""
    command = ["ruff", "check", "--isolated", "--ignore-noqa", "--preview", "--output-format", "concise"]
    places = [place for place in PLACES if (ROOT / place).exists()]
    found = subprocess.run(
        [sys.executable, "-m", *command, "--select", rule, "--config", setting, *places],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_module_opens_with_a_word_to_its_maintainer():
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if (text := path.read_text(encoding="utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert not silent, "modules without a docstring:\n" + "\n".join(silent)


def test_no_file_mentions_registries_or_machines():
    faults = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and other binary data
        for number, line in enumerate(text.splitlines(), 1):
            faults += [
                f"{path.relative_to(ROOT)}:{number}: {what}" for what, found in FORBIDDEN.items() if found.search(line)
            ]
    assert not faults, "not to be committed:\n" + "\n".join(faults)
