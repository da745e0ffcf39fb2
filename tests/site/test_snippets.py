"""Every Python example of the hand-written pages runs, from top to bottom of its page, against the replay server."""

import re
from pathlib import Path

import pytest

from wherry.testing import ReplayServer

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(block, id=f"{path.relative_to(ROOT)}:{number}")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for number, block in enumerate(BLOCK.findall(path.read_text("utf-8")), 1)
]


def test_there_are_examples():
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_runs(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with ReplayServer([{"content": "An answer.", "times": "forever"}]) as server, server.environment():
        exec(compile(block, "example", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own pages
        assert capsys.readouterr().out or server.requests
