"""Whatever steps are put into each other, a workflow tells the same as Agno, in the same order, in the four ways."""

import json
from pathlib import Path

import pytest
from workflow_trees import WAYS, told

RECORDED = json.loads(Path(__file__).with_name("agno_trees.json").read_text("utf-8"))


@pytest.mark.parametrize("way", WAYS)
def test_random_trees_tell_as_in_agno(way):
    for one in RECORDED:
        (agno,) = (known["told"] for known in one["agno"] if way in known["ways"])
        ours = {name: value for name, value in told("wherry", one["trees"], way).items() if value}
        assert ours == agno, (one["seed"], one["trees"])


def test_what_is_recorded_tells_of_every_kind_of_group():
    text = json.dumps(RECORDED)
    groups = ("StepsExecution", "ParallelExecution", "LoopExecution", "LoopIteration", "ConditionExecution")
    kinds = (*groups, "RouterExecution", "Step", "Workflow")
    assert [kind for kind in kinds if f'"{kind}Completed ' not in text or f'"{kind}Started ' not in text] == []
    assert [end for end in ("broke", "but skipped", " True True ") if end not in text] == []
