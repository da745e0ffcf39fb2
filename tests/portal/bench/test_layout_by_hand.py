"""What the two tables cost by hand: the script that the page on performance names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "layout_by_hand.py"


def test_smaller_pages_write_less():
    said = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True, timeout=60).stdout
    lines = re.findall(r"(\d+) characters, pages of (\d+) bytes: (\S+) KB, (\d+) us a run", said)
    for length in ("1926", "8000"):
        found = {int(size): float(written) for text, size, written, _ in lines if text == length}
        assert list(found) == [4096, 2048, 1024, 512]
        assert found[4096] > found[2048] > found[1024] > found[512] > int(length) / 1024
