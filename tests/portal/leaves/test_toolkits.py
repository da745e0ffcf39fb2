"""Every toolkit that stays Agno's is taken by its shape: an agent of Wherry's offers the very same functions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes import loopback

from wherry_portal.matrix.source import load_matrix
from wherry_portal.matrix.surface import surface
from wherry_portal.matrix.symbols import SymbolIndex

BASE = "agno.tools.toolkit.Toolkit"


def toolkits():
    """Row, module and class of every toolkit in a row that stays Agno's."""
    names = surface()
    index = SymbolIndex(load_matrix(), names)
    found = []
    for module, members in names.modules.items():
        for name, kind in members.items():
            path = f"{module}.{name}"
            row = index.feature_for(path) if kind == "class" and BASE in names.mro(path)[1:] else None
            if row is not None and row.keeps_agno:
                found.append((row.id, module, name))
    return found


TOOLKITS = toolkits()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a process that imports both runtimes saw of each toolkit."""
    variables = [name for name in surface().environment if not name.startswith("AGNO_")]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("leaf_child.py")), json.dumps(variables)],
        input="\n".join(" ".join(one) for one in TOOLKITS),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=loopback(),
        cwd=tmp_path_factory.mktemp("toolkits"),  # some make a folder where they are
    )
    assert "RESULT" in done.stdout, done.stderr[-2000:]
    return json.loads(done.stdout.partition("RESULT")[2])


def test_the_rows_hold_as_many_toolkits_as_agno_has():
    assert len(TOOLKITS) > 140


@pytest.mark.parity
@pytest.mark.timeout(320)
@pytest.mark.parametrize(
    ("row", "name"), [(row, name) for row, _, name in TOOLKITS], ids=[f"{row}-{name}" for row, _, name in TOOLKITS]
)
def test_same_functions_on_the_wire(seen, row, name):
    found = seen[row][name]
    assert found["made"], found["why"]
    assert found["same"], found["why"]
