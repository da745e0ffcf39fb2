"""Which messages of earlier runs a session hands out."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit_stores import agent_session, run, said, team_run, team_session, workflow_run, workflow_session

from wherry.core.errors import ConfigurationError
from wherry.core.messages import Message
from wherry.core.sessions.session_history import whole_turns
from wherry.core.status import RunStatus
from wherry.session import AgentSession, SessionSummary, TeamSession, WorkflowSession


def conversation(*messages, number=0, **given):
    return run(number, messages=[Message(role=role, content=content) for role, content in messages], **given)


@pytest.fixture
def session():
    made = agent_session()
    made.upsert_run(conversation(("system", "be kind"), ("user", "q0"), ("assistant", "a0"), number=0))
    made.upsert_run(conversation(("system", "be brief"), ("user", "q1"), ("assistant", "a1"), number=1))
    made.upsert_run(conversation(("user", "q2"), ("assistant", "a2"), number=2))
    return made


def test_all_messages_with_the_first_system_message_only(session):
    assert said(session.get_messages()) == ["be kind", "q0", "a0", "q1", "a1", "q2", "a2"]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"last_n_runs": 1}, ["q2", "a2"]),
        ({"last_n_runs": 2}, ["be brief", "q1", "a1", "q2", "a2"]),
        ({"last_n_runs": 0}, []),
        ({"last_n_runs": -1}, []),
        ({"limit": 3}, ["be kind", "q2", "a2"]),
        ({"limit": 1}, ["be kind"]),
        ({"limit": 0}, ["be kind"]),
        ({"limit": 3, "skip_roles": ["system"]}, ["a1", "q2", "a2"]),
        ({"limit": 0, "skip_roles": ["system"]}, []),
        ({"skip_roles": ["system", "user"]}, ["a0", "a1", "a2"]),
        ({"last_n_runs": 2, "limit": 2, "skip_roles": ["system"]}, ["q2", "a2"]),
        ({"agent_id": "ada", "last_n_runs": 1}, ["q2", "a2"]),
        ({"agent_id": "someone"}, []),
        ({"team_id": "crew"}, []),
    ],
)
def test_a_window_of_messages(session, window, expected):
    assert said(session.get_messages(**window)) == expected


def test_messages_that_were_history_themselves_are_left_out():
    made = agent_session()
    made.upsert_run(
        run(0, messages=[Message(role="user", content="old", from_history=True), Message(role="user", content="new")])
    )
    assert said(made.get_messages()) == ["new"]
    assert said(made.get_messages(skip_history_messages=False)) == ["old", "new"]


def test_tool_results_do_not_stay_without_their_call():
    made = agent_session()
    made.upsert_run(
        conversation(("user", "q"), ("assistant", "call"), ("tool", "r1"), ("tool", "r2"), ("assistant", "a"))
    )
    assert said(made.get_messages(limit=3)) == ["a"]
    assert said(made.get_messages(limit=2)) == ["a"]
    assert said(made.get_messages(limit=4)) == ["call", "r1", "r2", "a"]


def test_chat_history_shows_runs_whatever_became_of_them():
    made = agent_session()
    made.upsert_run(
        conversation(("system", "s"), ("user", "q0"), ("assistant", "a0"), number=0, status=RunStatus.error)
    )
    made.upsert_run(conversation(("user", "q1"), ("tool", "t"), ("assistant", "a1"), number=1))
    assert said(made.get_chat_history()) == ["q0", "a0", "q1", "a1"]
    assert said(made.get_chat_history(last_n_runs=1)) == ["q1", "a1"]
    assert said(made.get_messages()) == ["q1", "t", "a1"]


def test_chosen_statuses_are_skipped_instead_of_the_default_ones(session):
    session.upsert_run(conversation(("user", "q3"), number=3, status=RunStatus.paused))
    assert "q3" not in said(session.get_messages())
    assert said(session.get_messages(skip_statuses=[RunStatus.completed])) == ["q3"]
    assert "q3" in said(session.get_messages(skip_statuses=[]))


ROLES = st.sampled_from(["user", "assistant", "tool"])
TALKS = st.lists(ROLES, max_size=12).map(
    lambda roles: [Message(role=role, content=str(i)) for i, role in enumerate(roles)]
)


@given(TALKS, st.integers(0, 14))
def test_whole_turns_start_with_a_question(messages, limit):
    cut = messages[-limit:] if limit else []
    whole = whole_turns(cut)
    assert whole == cut[len(cut) - len(whole) :]
    if any(message.role == "user" for message in cut):
        assert whole[0].role == "user"
    else:
        assert whole == cut


def test_whole_turns_keep_the_system_message():
    messages = [Message(role=role, content=role) for role in ("system", "tool", "assistant", "user", "assistant")]
    assert said(whole_turns(messages)) == ["system", "user", "assistant"]


def test_tool_calls_come_newest_run_first():
    made = agent_session()
    for number in range(3):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        made.upsert_run(run(number, messages=[Message(role="assistant", tool_calls=[call])]))
    assert [call["id"] for call in made.get_tool_calls()] == ["c2", "c1", "c0"]
    assert [call["id"] for call in made.get_tool_calls(num_calls=2)] == ["c2", "c1"]
    assert agent_session().get_tool_calls() == []


def test_a_run_is_replaced_by_its_id_and_keeps_its_queue_attempt(session):
    first = run(9)
    first.queue_attempt = 2
    session.upsert_run(first)
    session.upsert_run(run(9, content_type="dict"))
    assert len(session.runs) == 4
    assert session.runs[-1].content_type == "dict"
    assert session.runs[-1].queue_attempt == 2


def test_an_agents_run_is_handed_out_as_a_copy(session):
    found = session.get_run("r1")
    found.content = "changed"
    assert session.get_run("r1").content == "answer 1 é"
    assert session.get_run("nothing") is None


def test_a_session_becomes_a_dictionary_and_comes_back(session):
    session.summary = SessionSummary(summary="s", topics=["t"])
    told = session.to_dict()
    assert [item["run_id"] for item in told["runs"]] == ["r0", "r1", "r2"]
    assert told["summary"] == {"summary": "s", "topics": ["t"]}
    assert "runs" not in session.to_dict(include_runs=False)
    again = AgentSession.from_dict(told)
    assert again.to_dict(include_runs=False) == session.to_dict(include_runs=False)
    assert said(again.get_messages()) == said(session.get_messages())
    told["session_data"]["session_state"]["count"] = 99
    assert session.session_data["session_state"]["count"] == 1
    assert AgentSession.from_dict({}) is None
    assert TeamSession.from_dict({"session_id": None}) is None
    assert WorkflowSession.from_dict({}) is None


def test_a_shallow_copy_has_runs_of_its_own(session):
    twin = copy.copy(session)
    twin.runs = []
    assert len(session.runs) == 3
    deep = copy.deepcopy(session)
    deep.upsert_run(run(5))
    assert len(session.runs) == 3


def test_team_messages_by_team_and_by_member():
    made = team_session()
    made.upsert_run(run(1, session_id="t1", agent_id="mate", parent_run_id="t0"))
    made.upsert_run(team_run(0))
    made.upsert_run(team_run(1, team_id="inner", parent_run_id="t0"))
    assert said(made.get_messages()) == ["q0", "a"]
    assert said(made.get_messages(skip_member_messages=False))[:2] == ["question 1", "answer 1 é"]
    assert said(made.get_messages(team_id="inner")) == ["q1", "a"]
    assert said(made.get_messages(member_ids=["mate"])) == ["question 1", "answer 1 é"]
    assert said(made.get_messages(member_ids=["nobody"])) == []
    assert said(made.get_chat_history()) == ["q0", "a"]


def test_members_inside_a_team_run_are_found_once():
    member = run(1, agent_id="mate", parent_run_id="t0")
    made = team_session()
    made.upsert_run(member)
    made.upsert_run(team_run(0, member_responses=[member, run(2, agent_id="mate")]))
    assert said(made.get_messages(member_ids=["mate"], skip_roles=["assistant"])) == ["question 1", "question 2"]


def test_team_history_as_pairs_and_as_a_block():
    from wherry.core.events.run_input import TeamRunInput

    made = team_session()
    made.upsert_run(team_run(0, input=TeamRunInput(input_content="hello")))
    made.upsert_run(team_run(1, status=RunStatus.error))
    made.upsert_run(team_run(2))
    assert made.get_team_history() == [("hello", "team 0"), ("", "team 2")]
    assert made.get_team_history(num_runs=1) == [("", "team 2")]
    assert made.get_team_history(num_runs=0) == []
    assert made.get_team_history(team_id="other") == []
    assert made.get_team_history_context(num_runs=2) == (
        "<team_history_context>\n[run-1]\ninput: hello\nresponse: team 0\n\n[run-2]\nresponse: team 2\n\n"
        "</team_history_context>\n"
    )
    assert team_session().get_team_history_context() is None


def test_workflow_history_as_pairs_and_as_a_block():
    made = workflow_session()
    made.upsert_run(workflow_run(0))
    made.upsert_run(workflow_run(1, status=RunStatus.paused))
    made.upsert_run(workflow_run(2))
    assert made.get_workflow_history() == [("in 0", "out 0"), ("in 2", "out 2")]
    assert made.get_workflow_history(1) == [("in 2", "out 2")]
    assert made.get_workflow_history_context(1) == (
        "<workflow_history_context>\n[Workflow Run-1]\nUser input: in 2\nWorkflow output: out 2\n\n"
        "</workflow_history_context>\n"
    )
    assert workflow_session().get_workflow_history_context() is None
    assert [(pair.input, pair.output) for pair in made.get_chat_history(last_n_runs=1)] == [("in 2", "out 2")]


def test_messages_of_a_workflow_are_those_of_one_executor():
    made = workflow_session()
    inner = [run(1, agent_id="a"), team_run(2), run(3, agent_id="b")]
    made.upsert_run(workflow_run(0, step_executor_runs=inner))
    assert said(made.get_messages(agent_id="a")) == ["question 1", "answer 1 é"]
    assert said(made.get_messages(team_id="crew", limit=1)) == ["a"]
    assert made.get_messages(agent_id="nobody") == []
    with pytest.raises(ConfigurationError, match="together"):
        made.get_messages(agent_id="a", team_id="crew")
    with pytest.raises(ConfigurationError, match="must be provided"):
        made.get_messages()
    assert workflow_session().get_messages(agent_id="a") == []
