"""The same tools on both runtimes: what a model is sent, and what it is told back."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from processes import loopback

HERE = Path(__file__).parent
pytestmark = [pytest.mark.parity, pytest.mark.slow, pytest.mark.timeout(600)]


def found_by(child, runtime):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", HERE / child],
        # One seed for both: the text of a set follows the hashes of its elements.
        env=loopback(TOOLS_UNDER_TEST=runtime, PYTHONHASHSEED="0"),
        capture_output=True,
        text=True,
        check=False,
        timeout=550,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


def masked(value):
    """Without the words that are each runtime's own: where a class lives, and how a recursive schema is described."""
    text = json.dumps(value)
    text = text.replace("agno.agent.agent.Agent", "Agent").replace("wherry.core.agent.agent.Agent", "Agent")
    text = re.sub(r"(A nested Tree object of this same shape|Another Tree of the same shape)\.", "a Tree", text)
    # pydantic cuts the representation of the injected call in the middle; its end is the call's own fields.
    return re.sub(r"'fc': Fun\.\.\..*?\}\)", "'fc': …})", text)


@pytest.mark.parametrize("child", ["schema_child.py", "behaviour_child.py", "call_child.py"])
def test_both_runtimes_agree_on_every_tool(child):
    agno, wherry = found_by(child, "agno"), found_by(child, "wherry")
    assert len(agno) > 15
    differing = {key for key in agno.keys() | wherry.keys() if masked(agno.get(key)) != masked(wherry.get(key))}
    assert sorted(differing)[:5] == []
