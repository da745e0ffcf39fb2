"""The run endpoints of AgentOS: forms in, JSON or server-sent events out."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from api_desk import LAUNCH, client_of, confirmed, service_in
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.os import AgentOS
from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.tools import tool
from wherry.workflow import Workflow

KINDS = [("agents", "ada"), ("teams", "crew"), ("workflows", "flow")]


@pytest.fixture
def client():
    def ada():
        return Agent(name="Ada", model=OpenAIChat(id="m"))

    crew = Team(name="Crew", model=OpenAIChat(id="m"), members=[ada()])
    app = AgentOS(name="Desk", agents=[ada()], teams=[crew], workflows=[Workflow(name="Flow", steps=[ada()])]).get_app()
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize(
    ("given", "known"), [({"name": "My Desk"}, "3521e089-4412-5d6b-a6dd-68d1c5b57c8e"), ({"name": "D", "id": "x"}, "x")]
)
def test_its_id_is_agnos_and_known_before_it_serves(given, known):
    desk = AgentOS(agents=[Agent(name="Ada")], **given)
    assert desk.id == known
    with TestClient(desk.get_app()) as client:
        assert client.get("/config").json()["os_id"] == known


def test_without_a_name_its_id_is_made_up_once():
    first, second = AgentOS(agents=[Agent(name="Ada")]), AgentOS(agents=[Agent(name="Ada")])
    assert first.id != second.id
    made = first.id
    first.get_app()
    assert first.id == made


def test_what_it_serves_is_settled_before_it_serves():
    plain = Agent(name="Ada")
    AgentOS(agents=[plain])
    assert plain.model.id == "gpt-5.4"
    with pytest.raises(ConfigurationError, match="filesystem=True requires a database"):
        AgentOS(agents=[Agent(name="Ada", filesystem=True)])


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_a_form_is_answered_whole_or_streamed(server, client, kind, identity):
    server.add("Hello", "Hello again")
    path = f"/{kind}/{identity}/runs"
    whole = client.post(path, data={"message": "Hi", "stream": "false", "session_state": '{"a": 1}'})
    assert whole.json()["content"] == "Hello"
    streamed = client.post(path, data={"message": "Hi"})
    names = [line.removeprefix("event: ") for line in streamed.text.split("\n") if line.startswith("event")]
    assert names[0].endswith("Started")
    assert names[-1].endswith("Completed")


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_owners_are_listed_and_shown(client, kind, identity):
    assert [one["id"] for one in client.get(f"/{kind}").json()] == [identity]
    assert client.get(f"/{kind}/{identity}").json()["id"] == identity
    assert client.get(f"/{kind}/none").json()["detail"].endswith("not found")
    assert client.post(f"/{kind}/none/runs", data={"message": "x"}).status_code == 404


def test_json_is_taken_too(server, client):
    server.add("Hello")
    answer = client.post("/agents/ada/runs", json={"message": "Hi", "stream": False, "session_state": {"a": 1}})
    assert answer.json()["content"] == "Hello"


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({}, "message"),
        ({"message": "x", "session_state": "[1]"}, "session_state"),
        ({"message": "x", "stream": "perhaps"}, "stream"),
        ({"message": "x", "dependencies": "[1]"}, "dependencies"),
    ],
)
def test_a_form_that_cannot_be_used_names_the_field(client, form, place):
    answer = client.post("/agents/ada/runs", data=form)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", place]


def test_runs_are_cancelled_by_id(server, client):
    server.add("Hello")
    run = client.post("/agents/ada/runs", data={"message": "Hi", "stream": "false"}).json()["run_id"]
    assert client.post(f"/agents/ada/runs/{run}/cancel").status_code == 200
    unknown = client.post("/agents/ada/runs/none/cancel")
    assert (unknown.status_code, unknown.json()) == (200, {})  # as AgentOS answers


class TestRunsOfASession:
    """Runs that are listed, shown, continued and followed again."""

    @pytest.fixture
    def client(self, tmp_path):
        with client_of(service_in(tmp_path)) as made:
            yield made

    def run(self, client, path, **form):
        return client.post(path, data={"message": "Hi", "stream": "false", "session_id": "s1", **form})

    def names(self, answer):
        return [line.removeprefix("event: ") for line in answer.text.split("\n") if line.startswith("event: ")]

    @pytest.mark.parametrize(("kind", "identity"), KINDS)
    def test_they_are_listed_and_shown(self, server, client, kind, identity):
        server.add("Hello")
        run = self.run(client, f"/{kind}/{identity}/runs").json()["run_id"]
        runs = f"/{kind}/{identity}/runs"
        assert [one["run_id"] for one in client.get(runs, params={"session_id": "s1"}).json()] == [run]
        assert client.get(runs, params={"session_id": "s1", "status": "PAUSED"}).json() == []
        assert client.get(runs, params={"session_id": "none"}).json() == {"detail": "Session not found"}
        assert client.get(runs).status_code == 422
        assert client.get(f"{runs}/{run}").json()["content"] == "Hello"
        assert client.get(f"{runs}/{run}", params={"session_id": "s1"}).json()["content"] == "Hello"
        for wrong in (f"{runs}/none", f"{runs}/{run}?session_id=other"):
            assert (client.get(wrong).status_code, client.get(wrong).json()) == (404, {"detail": "Run not found"})
        assert client.get(f"/agents/asker/runs/{run}").status_code == 404

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize(
        ("path", "field", "first"),
        [("/agents/asker/runs", "tools", LAUNCH), ("/workflows/gated/runs", "step_requirements", None)],
    )
    def test_they_go_on_after_an_answer(self, server, client, path, field, first, stream):
        server.add(*([first] if first else []), "It floats")
        paused = self.run(client, path).json()
        assert paused["status"] == "PAUSED"
        answers = confirmed(paused["requirements"] if first else paused["step_requirements"])
        form = {
            field: json.dumps([one["tool_execution"] for one in answers] if first else answers),
            "session_id": "s1",
            "stream": str(stream).lower(),
        }
        done = client.post(f"{path}/{paused['run_id']}/continue", data=form)
        if stream:
            assert self.names(done)[-1].endswith("Completed")
        else:
            assert (done.json()["content"], done.json()["run_id"]) == ("It floats", paused["run_id"])

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({}, "session_id is required"),
            ({"session_id": "s", "continue_from": "here"}, "continue_from"),
            ({"session_id": "s", "tools": "[5]"}, "tools"),
            ({"session_id": "s", "tools": "{bad"}, "tools"),
            ({"session_id": "s", "fork": "maybe"}, "fork"),
        ],
    )
    def test_a_continue_that_makes_no_sense_is_refused(self, server, client, form, said):
        server.add(LAUNCH)
        run = self.run(client, "/agents/asker/runs").json()["run_id"]
        answer = client.post(f"/agents/asker/runs/{run}/continue", data=form)
        assert answer.status_code in (400, 422)
        assert said in answer.text

    def test_an_answer_is_made_again(self, server, client):
        server.add("First", "Second")
        run = self.run(client, "/agents/ada/runs").json()["run_id"]
        form = {"session_id": "s1", "stream": "false", "regenerate": "true", "replace_original": "false"}
        again = client.post(f"/agents/ada/runs/{run}/continue", data=form).json()
        assert (again["content"], again["regenerated_from"]) == ("Second", run)
        assert client.get(f"/agents/ada/runs/{again['run_id']}").json()["content"] == "Second"

    def test_a_run_that_another_took_the_place_of_says_so(self, server, client):
        server.add("First", "Second")
        run = self.run(client, "/agents/ada/runs").json()["run_id"]
        form = {"session_id": "s1", "stream": "false", "regenerate": "true"}
        assert client.post(f"/agents/ada/runs/{run}/continue", data=form).json()["content"] == "Second"
        assert client.get(f"/agents/ada/runs/{run}?session_id=s1").json()["status"] == "REGENERATED"

    @pytest.mark.parametrize(
        ("path", "form", "status", "said"),
        [
            ("/agents/ada/runs/none", {}, 404, "No runs found for run ID none"),
            ("/teams/crew/runs/none", {}, 404, "No runs found for run ID none"),
            ("/workflows/flow/runs/none", {}, 404, "Run not found"),
            ("/agents/ada/runs/{run}", {"tools": "nope"}, 400, "Invalid JSON in tools field"),
            ("/agents/ada/runs/{run}", {"tools": "[1]"}, 400, "Invalid structure or content for tools"),
            ("/agents/ada/runs/{run}", {"continue_from": "x"}, 400, "Invalid continue_from"),
            ("/teams/crew/runs/{team}", {"requirements": "nope"}, 400, "Invalid JSON in requirements field"),
            ("/teams/crew/runs/{team}", {"requirements": "[1]"}, 400, "Invalid structure or content for requirements"),
            # Where AgentOS fails with 500.
            ("/agents/ada/runs/{run}", {"tools": "[" * 100_000}, 400, "Invalid JSON in tools field"),
            ("/agents/ada/runs/{run}", {"continue_from": "²"}, 400, "Invalid continue_from"),
            ("/workflows/flow/runs/{flow}", {}, 409, "run is already completed"),
        ],
    )
    def test_a_continue_is_refused_as_agentos_refuses_it(self, server, client, path, form, status, said):
        server.add({"content": "Hello", "times": "forever"})
        owners = {"run": "agents/ada", "team": "teams/crew", "flow": "workflows/flow"}
        runs = {name: self.run(client, f"/{owner}/runs").json()["run_id"] for name, owner in owners.items()}
        path = path.format(**runs)
        answer = client.post(f"{path}/continue", data={"session_id": "s1", "stream": "false", **form})
        assert answer.status_code == status
        assert answer.json()["detail"].startswith(said)

    def test_a_run_that_was_not_streamed_has_nothing_to_replay(self, server, client):
        server.add("Hello")
        run = self.run(client, "/agents/ada/runs").json()["run_id"]
        told = json.loads(client.post(f"/agents/ada/runs/{run}/resume").text.split("data: ")[1])
        assert (told["event"], told["status"], told["total_events"]) == ("replay", "COMPLETED", 0)
        assert "no stored events" in told["message"]
        unknown = client.post("/agents/ada/runs/none/resume")
        assert (unknown.status_code, self.names(unknown)) == (200, ["error"])
        assert "not found in buffer or database" in unknown.text

    def test_one_in_the_background_is_followed_later(self, server, client):
        server.add("Hello", "one two three")
        begun = self.run(client, "/agents/ada/runs", background="true")
        assert (begun.status_code, begun.json()["status"]) == (202, "PENDING")
        path = f"/agents/ada/runs/{begun.json()['run_id']}"
        assert self.names(client.post(f"{path}/resume"))[0] in ("subscribed", "replay")
        assert client.get(path).json()["content"] == "Hello"
        streamed = self.run(client, "/agents/ada/runs", background="true", stream="true")
        events = [json.loads(line[6:]) for line in streamed.text.split("\n") if line.startswith("data: ")]
        assert [event["event_index"] for event in events] == list(range(len(events)))
        again = client.post(f"/agents/ada/runs/{events[0]['run_id']}/resume", data={"last_event_index": "1"})
        assert self.names(again) == ["replay", *(event["event"] for event in events[2:])]
        whole = client.post(f"/agents/ada/runs/{events[0]['run_id']}/resume", data={"last_event_index": "-5"})
        assert self.names(whole) == ["replay", *(event["event"] for event in events)]
        wrong = client.post(f"/agents/ada/runs/{events[0]['run_id']}/resume", data={"last_event_index": "x"})
        assert wrong.status_code == 422

    def test_one_that_breaks_off_ends_its_stream_with_an_error(self, server, tmp_path):
        server.add({"content": "late", "think": 60})
        with client_of(service_in(tmp_path), Settings(run_seconds=0.05)) as client:
            answer = client.post("/agents/ada/runs", data={"message": "Hi"})
            assert self.names(answer)[-1] == "RunError"
            assert "took more than" in answer.text

    def test_media_come_in_fields_and_as_uploads(self, server, client):
        server.add("Seen")
        picture = {"content": base64.b64encode(b"one").decode(), "mime_type": "image/png"}
        uploads = [("files", ("b.png", b"two", "image/png")), ("files", ("c.txt", b"three", "text/plain"))]
        form = {"message": "Look", "stream": "false", "images": json.dumps([picture])}
        assert client.post("/agents/ada/runs", data=form, files=uploads).json()["content"] == "Seen"
        sent = str(server.requests[-1].body)
        for content in (b"one", b"two", b"three"):
            assert base64.b64encode(content).decode() in sent
        for field, text in (("images", '[{"odd": 1}]'), ("images", '{"a": 1}')):
            assert client.post("/agents/ada/runs", data={"message": "x", field: text}).status_code == 422


def ada(**given):
    return Agent(model=OpenAIChat(id="m"), **given)


def crew(**given):
    return Team(model=OpenAIChat(id="m"), members=[], **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"agents": [ada(id="x"), ada(id="x", name="Other")]}, "'x'"),
        ({"agents": [ada(name="A B"), ada(name="a b")]}, "'a-b'"),
        ({"agents": [one := ada(id="x"), one]}, "'x'"),
        ({"agents": [ada(id="x"), ada(id="x")], "teams": [crew(id="y"), crew(id="z"), crew(id="y")]}, "'x', 'y'"),
        ({"workflows": [Workflow(id="w"), Workflow(id="w"), Workflow(id="w")]}, "'w'"),
    ],
)
def test_owners_that_share_an_id_are_refused(given, said):
    with pytest.raises(ValueError, match=f"^Duplicate IDs found in AgentOS: {said}(?!,)"):
        AgentOS(**given)


def test_what_no_server_of_wherrys_serves_is_named():
    class Loop:
        id = name = "loop"

        def run(self, *args, **given): ...

        def arun(self, *args, **given): ...

    for kind in ("agents", "teams", "workflows"):
        with pytest.raises(ConfigurationError, match=r"^AgentOS does not serve objects of Loop: ") as found:
            AgentOS(**{kind: [Loop()]})
        assert isinstance(found.value, ValueError)


def test_owners_of_different_kinds_may_share_an_id():
    desk = AgentOS(agents=[ada(id="x"), ada(), ada()], teams=[crew(id="x")], workflows=[Workflow(id="x")])
    with TestClient(desk.get_app()) as client:
        assert [len(client.get(f"/{kind}").json()) for kind in ("agents", "teams", "workflows")] == [3, 1, 1]


def test_health_says_since_when(client):
    told = client.get("/health").json()
    age = datetime.now(UTC) - datetime.fromisoformat(told["instantiated_at"])
    assert (told["status"], timedelta() <= age < timedelta(minutes=1)) == ("ok", True)


def test_the_configuration_is_told(tmp_path):
    with client_of(service_in(tmp_path)) as client:
        told = client.get("/config").json()
    assert [one["id"] for one in told["agents"]] == ["ada", "asker"]
    assert told["databases"]


def test_what_is_served_stores_the_events_of_its_streams_and_is_given_the_database(server, tmp_path):
    server.add({"content": "Hello", "times": "forever"})
    db = SqliteDb(db_file=str(tmp_path / "t.db"))
    member = Agent(name="Member", model=OpenAIChat(id="m"))
    served = {
        "agents": Agent(name="Ada", model=OpenAIChat(id="m")),
        "teams": Team(name="Crew", model=OpenAIChat(id="m"), members=[member]),
        "workflows": Workflow(name="Flow", steps=[Agent(name="Step", model=OpenAIChat(id="m"))]),
    }
    desk = AgentOS(db=db, **{kind: [owner] for kind, owner in served.items()})
    assert [(one.store_events, one.db) for one in served.values()] == [(True, db)] * 3
    assert (member.store_events, member.db) == (False, None)
    with TestClient(desk.get_app()) as client:
        for kind, owner in served.items():
            for stream in ("true", "false"):
                form = {"message": "Hi", "session_id": kind, "stream": stream}
                assert client.post(f"/{kind}/{owner.id}/runs", data=form).status_code == 200
            streamed, whole = client.get(f"/{kind}/{owner.id}/runs?session_id={kind}").json()
            names = [one["event"] for one in streamed["events"]]
            assert names[0].endswith("Started")
            assert names[-1].endswith("Completed")
            assert not whole.get("events")
    db.close()


@tool(requires_confirmation=True)
def cast_off(rope: str) -> str:
    """Cast off."""
    return rope


def crew_on(db):
    members = [Agent(name="Ann", model=OpenAIChat(id="m"))]
    return Team(name="Crew", model=OpenAIChat(id="m"), members=members, tools=[cast_off], db=db)


def stored_members(crew, session):
    (run,) = (run for run in crew.get_session(session_id=session).runs if not run.parent_run_id)
    return [member.content for member in run.member_responses]


def test_a_teams_stored_run_holds_its_members_outputs_where_it_was_run_over_http(server, tmp_path):
    ask_ann = {"tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "ann", "task": "Go"}}]}
    server.add(ask_ann, "Aye", {"tool_calls": [{"name": "cast_off", "arguments": {"rope": "bow"}}]}, "Gone")
    server.add(ask_ann, "Aye", "All said", ask_ann, "Aye", "All said")
    db = SqliteDb(db_file=str(tmp_path / "t.db"))
    with TestClient(AgentOS(teams=[crew_on(db)]).get_app()) as client:
        form = {"message": "Hi", "session_id": "s", "stream": "false"}
        run = client.post("/teams/crew/runs", data=form).json()
    crew = crew_on(db)  # of a server that was started anew
    with TestClient(AgentOS(teams=[crew]).get_app()) as client:
        form = {"requirements": json.dumps(confirmed(run["requirements"])), "session_id": "s", "stream": "false"}
        again = client.post(f"/teams/crew/runs/{run['run_id']}/continue", data=form).json()
        client.post("/teams/crew/runs", data={"message": "Hi", "session_id": "t", "stream": "false"})
    assert (run["status"], again["status"], again["content"]) == ("PAUSED", "COMPLETED", "Gone")
    assert [stored_members(crew, session) for session in ("s", "t")] == [["Aye"], ["Aye"]]
    # As in AgentOS the team itself stays as it was made.
    assert crew.store_member_responses is False
    crew.run("Hi", session_id="u")
    assert stored_members(crew, "u") == []
    db.close()
