"""Clients of the real Agno drive agents, teams and workflows of a running server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from api_desk import LAUNCH, client_of, listening, service_in
from processes import loopback

from wherry.testing import ReplayServer

pytestmark = [pytest.mark.parity, pytest.mark.timeout(300)]
REPLIES = ["Hello", "one two three", LAUNCH, "It floats", "We did", "It ran"]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the clients got, in one process."""
    folder = tmp_path_factory.mktemp("desk")
    with ReplayServer(REPLIES) as model, model.environment(), listening(client_of(service_in(folder)).app) as address:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("agno_clients.py")), address],
            capture_output=True, text=True, check=False, cwd=folder, env=loopback(AGNO_TELEMETRY="false"),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_configuration_is_read(told):
    assert told["config"] == ["wherry", "ada", "asker", "crew", "flow", "gated"]
    assert told["name"] == "Ada"


def test_a_remote_agent_runs_whole_and_streamed(told):
    assert (told["run"], told["streamed"]) == ("Hello", "one two three")
    assert (told["events"][0], told["events"][-1]) == ("RunStarted", "RunCompleted")


def test_a_remote_agent_goes_on_after_a_persons_answer(told):
    assert (told["paused"], told["continued"]) == ("PAUSED", "It floats")


def test_remote_teams_and_workflows_run(told):
    assert (told["team"], told["workflow"]) == ("We did", "It ran")


def test_a_remote_run_is_asked_to_stop_and_an_unknown_one_is_no_error(told):
    assert told["cancelled"] == [True, True]  # as AgentOS answers
