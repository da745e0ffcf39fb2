"""A registry builds the agent that a manifest describes, or says which provider is missing."""

import pytest

from wherry.agent import Agent
from wherry.core.errors import NotMigratedError
from wherry.db.sqlite import SqliteDb
from wherry.manifests import AgentRuntime, ManifestError, Provider, Registry
from wherry.manifests.running import run_manifest
from wherry.testing import ReplayServer


def manifest(**changed):
    return AgentRuntime.from_dict({"id": "helper", "model_ref": "openai:gpt-5-mini", **changed})


@pytest.fixture
def server():
    with ReplayServer([{"content": "Hello from the model", "times": "forever"}]) as made, made.environment():
        yield made


def test_an_agent_of_a_manifest_answers(server):
    agent = Registry().build(manifest(instructions="Be brief", toolkits=["calculator"], hooks=["pii"]))
    assert agent.run("Hi").content == "Hello from the model"
    sent = server.requests[0].body
    assert "Be brief" in str(sent)
    assert "add" in str(sent["tools"])


def test_memory_and_session_policies_become_options_of_the_agent(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    agent = Registry(db=db).build(
        manifest(
            memory_policy={"persist": True, "window_size": 4},
            session_policy={"session_id": "s", "state": "overwrite", "cache": True},
            timeouts={"run": 5, "tool_call": 2.5},
            metadata={"team": "red"},
        )
    )
    assert isinstance(agent, Agent)
    assert (agent.db, agent.num_history_runs, agent.add_history_to_context) == (db, 4, True)
    assert (agent.session_id, agent.overwrite_db_session_state, agent.cache_session) == ("s", True, True)
    assert (agent.run_timeout, agent.tool_timeout, agent.metadata) == (5, 2.5, {"team": "red"})


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"toolkits": ["calculater"]}, "toolkits[0]"),
        ({"hooks": ["none-such"]}, "hooks[0]"),
        ({"knowledge": "books"}, "knowledge"),
        ({"memory_policy": {"persist": True}}, "memory_policy.persist"),
    ],
)
def test_what_is_missing_is_named(changed, where):
    with pytest.raises(ManifestError) as caught:
        Registry().build(manifest(**changed))
    assert caught.value.where == where
    assert caught.value.hint


def test_a_model_provider_of_that_name_goes_first():
    registry = Registry([Provider("model", "house", "wherry.models.openai:OpenAIChat", {"temperature": 0.5})])
    model = registry.build(manifest(model_ref="house:big")).model
    assert (model.id, model.temperature) == ("big", 0.5)


def test_a_provider_that_is_not_migrated_names_its_fallback():
    registry = Registry([Provider("toolkit", "slack", "", status="not_migrated", fallback="a function of your own")])
    with pytest.raises(NotMigratedError) as caught:
        registry.build(manifest(toolkits=["slack"]))
    assert caught.value.fallback == "a function of your own"


@pytest.mark.parametrize(
    ("factory", "options", "said"),
    [
        ("no_such_module_here:Thing", {}, "cannot be imported"),
        ("wherry.tools.calculator:Nothing", {}, "cannot be imported"),
        ("wherry.tools.calculator:CalculatorTools", {"unknown_option": 1}, "refuses its options"),
    ],
)
def test_a_factory_that_fails_is_named(factory, options, said):
    with pytest.raises(ManifestError, match=said):
        Provider("toolkit", "odd", factory, options).build()


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"kind": "robot", "id": "x"}, "kind"),
        ({"kind": "toolkit"}, "id"),
        ({"kind": "toolkit", "id": "x", "factory": "noname"}, "factory"),
        ({"kind": "toolkit", "id": "x", "status": "planned"}, "fallback"),
        ({"kind": "toolkit", "id": "x", "factory": "a:b", "color": 1}, "color"),
    ],
)
def test_a_wrong_provider_is_refused(data, where):
    with pytest.raises(ManifestError) as caught:
        Provider.from_dict(data)
    assert caught.value.where == where


def test_providers_are_found_by_kind_and_by_what_they_can_do():
    registry = Registry()
    assert {one.kind for one in registry.all("guardrail")} == {"guardrail"}
    assert [one.id for one in registry.capable("arithmetic")] == ["calculator"]


def test_a_folder_of_provider_files_makes_a_registry(tmp_path):
    (tmp_path / "a.yaml").write_text("- {kind: toolkit, id: sums, factory: 'wherry.tools.calculator:CalculatorTools'}")
    (tmp_path / "b.json").write_text('{"providers": [{"kind": "model", "id": "m", "factory": "a:b"}]}')
    (tmp_path / "notes.txt").write_text("nothing")
    registry = Registry.from_path(tmp_path)
    assert registry.find("toolkit", "sums", "").factory
    assert registry.find("model", "m", "").factory == "a:b"
    assert Registry.from_path(tmp_path / "a.yaml").find("toolkit", "sums", "").id == "sums"


class TestAskingFromTheCommandLine:
    def write(self, tmp_path, text):
        path = tmp_path / "m.yaml"
        path.write_text(text)
        return path

    def test_the_answer_is_printed(self, server, tmp_path, capsys):
        path = self.write(tmp_path, "{id: a, model_ref: 'openai:m', memory_policy: {persist: true, window_size: 1}}")
        run_manifest(path, "Hi", stream=False, db=tmp_path / "s.db")
        assert "Hello from the model" in capsys.readouterr().out

    def test_one_of_several_agents_is_chosen(self, server, tmp_path, capsys):
        path = self.write(tmp_path, "agents: [{id: a, model_ref: 'openai:m'}, {id: b, model_ref: 'openai:other'}]")
        run_manifest(path, "Hi", agent="b", stream=False)
        assert server.requests[0].body["model"] == "other"

    def test_an_unknown_agent_is_refused(self, tmp_path):
        path = self.write(tmp_path, "agents: [{id: a, model_ref: 'openai:m'}]")
        with pytest.raises(ManifestError, match="there is no agent 'z'"):
            run_manifest(path, "Hi", agent="z")
