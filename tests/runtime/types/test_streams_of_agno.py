"""Streams of real Agno runs read with Wherry: events come back, their sequence is sound, their fold is the output."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import agno_streams
import pytest
from processes import loopback

from wherry.core.events.event_registry import event_from_dict
from wherry.core.events.fold import fold
from wherry.testing import ReplayServer
from wherry.testing.sequence import check_sequence

if TYPE_CHECKING:
    from forks import Forks

pytestmark = pytest.mark.parity

# What no event carries.
UNTOLD = {"input", "messages"}
WHOLE = ("plain", "tool", "failing tool", "hooks", "schema", "team")


@pytest.fixture(scope="module")
def streams(reference: Forks) -> dict[str, Any]:
    script = [reply for replies in agno_streams.SCRIPTS.values() for reply in replies]
    with ReplayServer(script) as server:
        environment = loopback(**server.env(), AGNO_TELEMETRY="false")
        done = subprocess.run(
            reference.command(agno_streams.__file__),
            capture_output=True,
            text=True,
            timeout=110,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        server.assert_done()
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.parametrize("name", agno_streams.SCRIPTS)
def test_every_event_comes_back_as_it_was_written(name: str, streams: dict[str, Any]) -> None:
    for written in streams[name]["events"]:
        again = json.loads(event_from_dict(written).to_json())
        for member in again.get("member_responses", []):
            assert member.pop("events") == []  # Agno reads an output without events as one with none
        assert again == written


@pytest.mark.parametrize("name", agno_streams.SCRIPTS)
def test_the_sequence_is_sound(name: str, streams: dict[str, Any]) -> None:
    check_sequence([event_from_dict(event) for event in streams[name]["events"]])


@pytest.mark.parametrize("name", WHOLE)
def test_the_fold_is_the_output(name: str, streams: dict[str, Any]) -> None:
    stream = streams[name]
    folded = json.loads(fold([event_from_dict(event) for event in stream["events"]]).to_json())
    told = stream["output"]
    for member, said in zip(folded.get("member_responses", []), told.get("member_responses", []), strict=True):
        assert (member["run_id"], member["content"]) == (said["run_id"], said["content"])
    left_out = UNTOLD | {"member_responses", "created_at"}
    assert {k: v for k, v in folded.items() if k not in left_out} == {
        k: v for k, v in told.items() if k not in left_out
    }


def test_a_pause_is_folded_with_what_it_waits_for(streams: dict[str, Any]) -> None:
    stream = streams["pause"]
    folded = fold([event_from_dict(event) for event in stream["events"]])
    assert folded.is_paused
    assert [item.to_dict() for item in folded.active_requirements] == stream["output"]["requirements"]
    assert folded.content == stream["output"]["content"]


def test_content_alone_gives_content_and_ids(streams: dict[str, Any]) -> None:
    for name in ("content only", "team content only"):
        stream = streams[name]
        folded = fold([event_from_dict(event) for event in stream["events"]])
        assert (folded.content, folded.run_id) == (stream["output"]["content"], stream["output"]["run_id"])


def test_an_error_is_folded(streams: dict[str, Any]) -> None:
    folded = fold([event_from_dict(event) for event in streams["error"]["events"]])
    assert (folded.status, folded.content) == ("ERROR", "broken")


def test_a_workflow_is_folded_with_its_steps_and_their_runs(streams: dict[str, Any]) -> None:
    folded = fold([event_from_dict(event) for event in streams["workflow"]["events"]])
    assert folded.status == "COMPLETED"
    assert [step.step_name for step in folded.step_results] == ["first", "both", "maybe", "twice", "way", "last"]
    assert [run.content for run in folded.step_executor_runs] == ["one", "two"]
    assert folded.content == "two"
