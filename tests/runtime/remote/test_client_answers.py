"""What Wherry's client and remote classes read in answers of Agno's AgentOS, held against what Agno's read.

`client_answers.py` recorded both.
"""

import asyncio
import json

import pytest
from client_answers import RECORDED, read_by, replayed, seen_of

from wherry.agent import RemoteAgent
from wherry.client import AgentOSClient
from wherry.client.answers_records import TraceSearchGroupBy
from wherry.db.base import SessionType
from wherry.team import RemoteTeam
from wherry.workflow import RemoteWorkflow


@pytest.fixture(scope="module")
def recorded():
    return json.loads(RECORDED.read_text())


def test_the_client_reads_in_every_answer_what_agnos_reads(recorded):
    def ask(address):
        return asyncio.run(read_by(AgentOSClient(address), SessionType, TraceSearchGroupBy))

    ours = replayed(recorded["answers"], ask)
    assert len(ours) == len(recorded["read"])
    for (name, told), (expected_name, expected) in zip(ours, recorded["read"], strict=True):
        assert (name, told) == (expected_name, expected)


def test_remote_classes_tell_what_agnos_tell(recorded):
    def ask(address):
        kinds = {RemoteAgent: "ada", RemoteTeam: "crew", RemoteWorkflow: "flow"}
        return seen_of([kind(address, name) for kind, name in kinds.items()])

    assert replayed(recorded["answers"], ask) == recorded["seen"]
