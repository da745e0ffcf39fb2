"""What type checkers know about a user's code: `run` and its likes give what they are asked for, whole or streamed."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def test_a_type_checker_knows_what_each_way_to_run_gives():
    asked = [sys.executable, "-m", "mypy", f"--config-file={HERE / 'typed_user.ini'}"]
    asked.append(f"--cache-dir={ROOT / '.cache/mypy-user'}")
    found = subprocess.run([*asked, HERE / "typed_user.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout.startswith("Success"), found.stdout + found.stderr
