"""Other leaves that stay Agno's: models, evals, plain functions."""

from functools import lru_cache
from pathlib import Path

import pytest
from processes import Worker

pytestmark = [pytest.mark.parity, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def child():
    """What a process that imports both runtimes says of a kind of leaf."""
    with Worker(Path(__file__).with_name("objects_child.py")) as worker:
        yield lru_cache(worker.ask)


@pytest.mark.parametrize("model", ["own", "openai-chat", "openai-responses", "anthropic"])
def test_a_model_of_agnos_works_in_all_four_ways(child, model):
    found = child("models")[model]
    assert found["wherry"] == found["agno"]
    assert found["wherry"][-1] == [["add", {"a": 2, "b": 3}, "5"]]


@pytest.mark.parametrize("name", ["accuracy", "judge", "reliability", "performance"])
def test_an_eval_of_agnos_judges_an_agent_of_wherrys(child, name):
    found = child("evals")
    assert found["wherry"][name] == found["agno"][name]
    assert found["wherry"][name]


@pytest.mark.parametrize("row", ["other.utils", "other.media-download", "other.encryption"])
def test_plain_functions_of_agnos_work_beside_wherry(child, row):
    assert child("functions")[row]


def test_rollouts_are_the_same_and_either_runtime_reads_the_others_results(child):
    found = child("rollouts")
    assert found["wherry"] == found["agno"]
    assert found["wherry"]["attempts"] == [[True, True], [False, False]]
    assert "policy identical" in found["wherry"]["diff"]
