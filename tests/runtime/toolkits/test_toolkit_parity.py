"""The native toolkits beside Agno's: names, parameters, schemas, answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes import loopback


def found_by(runtime, *begin):
    child = Path(__file__).parent / "toolkit_child.py"
    run = subprocess.run(
        [*begin, child],
        env=loopback(TOOLS_UNDER_TEST=runtime),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


@pytest.mark.parity
def test_native_toolkits_offer_and_answer_what_agnos_do(reference):
    agno = found_by("agno", *reference.command())
    wherry = found_by("wherry", sys.executable, "-W", "ignore")
    assert len(agno) > 1000
    assert {key: wherry.get(key) for key in agno} == agno
