"""One Postgres table, two runtimes; and Agno's own store and reranker below Wherry's `Knowledge`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes import loopback

CHILD = Path(__file__).with_name("pgvector_child.py")
pytestmark = [pytest.mark.parity, pytest.mark.postgres]


@pytest.fixture(scope="module")
def told(vector_url):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(CHILD), vector_url],
        env=loopback(AGNO_TELEMETRY="false"), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_tables_are_equal_in_columns_and_indexes(told):
    assert told["made_by_us"] == told["made_by_them"]
    assert len(told["made_by_us"][0]) == 12


@pytest.mark.parametrize("search", ["both", "filtered"])
def test_both_find_the_same_in_one_table(told, search):
    theirs, ours = told[search]
    assert theirs == ours
    assert ["theirs", "A wherry sails."] in [document[:2] for document in ours]


def test_what_one_stored_the_other_replaces(told):
    theirs, ours = told["replaced"]
    assert theirs == ours
    assert [document[1] for document in ours] == ["A wherry turns.", "A wherry rests."]


def test_agnos_store_and_reranker_work_below_a_knowledge_base(told):
    assert told["in wherry"] == ["Eels swim."]
    assert told["removed"] == []
