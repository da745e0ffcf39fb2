"""What the matrix calls available is there: every public name of Agno's in the areas that agents are made of."""

import importlib
import json
from pathlib import Path

import pytest

from wherry.core import matrix

AREAS = ("agent", "tool", "model", "guardrail", "event", "run", "context", "other")
COMPACT = json.loads(Path(matrix.__file__).with_name("_matrix.json").read_text("utf-8"))


def available(symbol):
    row = matrix.feature_for(symbol)
    return row is not None and row.status == "available" and row.id.split(".")[0] in AREAS


MODULES = [name for name in COMPACT["modules"] if available(name)]


@pytest.mark.parametrize("name", MODULES)
def test_every_available_name_of_a_module_can_be_imported(name):
    module = importlib.import_module("wherry" + name.removeprefix("agno"))
    names = [inner for inner in COMPACT["names"].get(name, ()) if available(f"{name}.{inner}")]
    assert [inner for inner in names if not hasattr(module, inner)] == []
