"""What Wherry's `AgentOSClient` sends, held against what Agno's sent; `client_calls.py` recorded it."""

import json
from urllib.parse import parse_qsl

import pytest
from client_calls import RECORDED, RECORDED_REMOTE, asked_by, asked_by_remotes

from wherry.agent import RemoteAgent
from wherry.client import AgentOSClient
from wherry.db.base import SessionType
from wherry.db.schemas.evals import EvalFilterType, EvalType
from wherry.media import File, Image
from wherry.models.response import ToolExecution
from wherry.run.requirement import RunRequirement
from wherry.team import RemoteTeam
from wherry.workflow import RemoteWorkflow

NAMES = {
    "SessionType": SessionType,
    "EvalType": EvalType,
    "EvalFilterType": EvalFilterType,
    "File": File,
    "Image": Image,
    "ToolExecution": ToolExecution,
    "RunRequirement": RunRequirement,
    "RemoteAgent": RemoteAgent,
    "RemoteTeam": RemoteTeam,
    "RemoteWorkflow": RemoteWorkflow,
}


def readable(request):
    """A request with its query and form read: the order of fields and the writing of JSON do not count."""
    method, path, kind, token, body = request
    place, _, query = path.partition("?")
    if kind == "application/x-www-form-urlencoded":
        body = sorted((name, in_form(value)) for name, value in parse_qsl(body, keep_blank_values=True))
    return method, place, sorted(parse_qsl(query, keep_blank_values=True)), body and kind, token, body


def in_form(value):
    try:
        return json.dumps(without_nothing(json.loads(value)), sort_keys=True)
    except ValueError:
        return value


def without_nothing(value):
    """Entries without a value say nothing to the server."""
    if isinstance(value, list):
        return [without_nothing(one) for one in value]
    if isinstance(value, dict):
        return {name: without_nothing(one) for name, one in value.items() if one is not None}
    return value


def test_every_call_sends_what_agno_sends():
    theirs, ours = json.loads(RECORDED.read_text()), asked_by(AgentOSClient, NAMES)
    assert [one[0] for one in ours] == [one[0] for one in theirs]
    for (name, *sent), (_, *expected) in zip(ours, theirs, strict=True):
        assert [readable(one) for one in sent] == [readable(one) for one in expected], name
    assert all(len(one) == 2 for one in theirs)


def test_every_call_of_a_remote_class_sends_what_agnos_sends():
    theirs, ours = json.loads(RECORDED_REMOTE.read_text()), asked_by_remotes(NAMES)
    assert [one[0] for one in ours] == [one[0] for one in theirs]
    for (name, *sent), (_, *expected) in zip(ours, theirs, strict=True):
        assert [readable(one) for one in sent] == [readable(one) for one in expected], name
    assert all(len(one) == 2 for one in theirs)


@pytest.mark.parametrize("name", ["get_config", "get_agent", "get_team", "get_workflow", "get_session_run_previews"])
def test_blocking_calls_have_agnos_names(name):
    assert callable(getattr(AgentOSClient, name))
