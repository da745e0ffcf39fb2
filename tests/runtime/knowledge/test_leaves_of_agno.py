"""What stays Agno's below a knowledge base, taken by its shape: stores, embedders, readers, chunkers, rerankers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from agent_ways import WAYS
from processes import loopback

pytestmark = [pytest.mark.parity, pytest.mark.slow]


@pytest.fixture(scope="module")
def told():
    child = Path(__file__).with_name("leaves_child.py")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", child],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env=loopback(),
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


def test_a_store_on_agnos_base_class_is_written_searched_and_filtered(told):
    assert told["store"] == {
        "stored": 2,
        "embedded": True,
        "found": ["The Ant is narrow."],
        "awaited": ["The Bure is broad."],
        "filtered": ["The Bure is broad."],
        "after removing": ["The Ant is narrow."],
    }


def test_an_agent_searches_it_in_all_four_ways(told):
    assert told["agents"] == {way: ["Narrow.", True] for way in WAYS}


def test_an_embedder_on_agnos_base_class_serves_wherrys_store(told):
    assert told["embedder"] == [["zzz zzz"], ["aaa aaa"]]


@pytest.mark.parametrize(("name", "count"), [("rivers.txt", 1), ("rivers.json", 2)])
@pytest.mark.parametrize("kind", ["blocking", "on a loop"])
def test_agnos_readers_read_sources(told, name, count, kind):
    assert told["readers"][f"{name}, {kind}"] == [count, True]


@pytest.mark.parametrize("name", ["FixedSizeChunking", "RecursiveChunking", "DocumentChunking"])
def test_agnos_chunkers_cut_and_number_for_wherrys_reader(told, name):
    several, numbered, whole = told["chunkers"][name]
    assert several
    assert numbered
    assert whole


def test_agnos_rerankers_reorder_what_was_found(told):
    assert told["rerankers"] == {
        # The second text says what the first says; so the third is shown.
        "MMRReranker": ["broad river bure", "broad lake zzzz"],
        # The newest first.
        "RecencyReranker": ["broad lake zzzz", "broad river bure, too"],
    }
