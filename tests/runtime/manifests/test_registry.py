"""A registry builds the agent that a manifest describes, or says which provider is missing."""

import sys

import pytest

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.db.in_memory import InMemoryDb
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
        ({"memory": "default"}, "memory"),
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


def test_an_agent_that_keeps_sessions_without_a_window_is_shown_none_of_them():
    agent = Registry(db=InMemoryDb()).build(manifest(memory_policy={"persist": True}))
    assert agent.db is not None
    assert not agent.add_history_to_context


@pytest.mark.parametrize("status", ["not_migrated", "planned"])
def test_a_provider_that_is_not_there_names_its_fallback(status):
    registry = Registry([Provider("toolkit", "slack", "", status=status, fallback="a function of your own")])
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
    @pytest.fixture(autouse=True)
    def own_path(self, monkeypatch):
        """A command finds the modules of its folder until its process ends; here, until the test does."""
        monkeypatch.setattr("sys.path", sys.path.copy())

    def write(self, tmp_path, text):
        path = tmp_path / "m.yaml"
        path.write_text(text)
        return path

    def test_the_answer_is_printed(self, server, tmp_path, capsys):
        path = self.write(tmp_path, "{id: a, model_ref: 'openai:m', memory_policy: {persist: true, window_size: 1}}")
        assert run_manifest(path, "Hi", stream=False, db=str(tmp_path / "s.db")) == 0
        assert "Hello from the model" in capsys.readouterr().out

    def test_one_of_several_agents_is_chosen(self, server, tmp_path, capsys):
        path = self.write(tmp_path, "agents: [{id: a, model_ref: 'openai:m'}, {id: b, model_ref: 'openai:other'}]")
        run_manifest(path, "Hi", agent="b", stream=False)
        assert server.requests[0].body["model"] == "other"
        assert not capsys.readouterr().err

    def test_the_first_of_several_agents_is_named(self, server, tmp_path, capsys):
        path = self.write(tmp_path, "agents: [{id: a, model_ref: 'openai:m'}, {id: b, model_ref: 'openai:other'}]")
        run_manifest(path, "Hi", stream=False)
        assert server.requests[0].body["model"] == "m"
        assert capsys.readouterr().err == "Asking 'a', the first of 2 agents; --agent chooses: b.\n"

    def test_an_unknown_agent_is_refused(self, tmp_path):
        path = self.write(tmp_path, "agents: [{id: a, model_ref: 'openai:m'}]")
        with pytest.raises(ManifestError, match="there is no agent 'z'"):
            run_manifest(path, "Hi", agent="z")

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_refused_question_is_a_failure_for_the_shell(self, server, tmp_path, stream):
        path = self.write(tmp_path, "{id: a, model_ref: 'openai:m', hooks: pii}")
        assert run_manifest(path, "My card is 4111 1111 1111 1111", stream=stream) == 1
        assert not server.requests

    def test_a_mistake_names_file_and_place(self, tmp_path):
        path = self.write(
            tmp_path, "agents: [{id: a, model_ref: 'openai:m'}, {id: b, model_ref: 'openai:m', hook: pii}]"
        )
        with pytest.raises(ManifestError, match=r"m\.yaml: agents\[1\]\.hook: is not a field") as caught:
            run_manifest(path, "Hi")
        assert caught.value.hint == "Did you mean 'hooks'?"

    def test_a_database_is_named_by_its_address_too(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        path = self.write(tmp_path, "{id: a, model_ref: 'openai:m', memory_policy: {persist: true}}")
        with pytest.raises(ConfigurationError, match="'mysql://' is no database that Wherry knows") as told:
            run_manifest(path, "Hi", db="mysql://ann:secret@host/db")
        assert "secret" not in str(told.value)
        assert list(tmp_path.iterdir()) == [path]

    def test_what_cannot_be_built_names_the_file_too(self, tmp_path):
        path = self.write(tmp_path, "{id: a, model_ref: 'openai:m', hooks: no-such}")
        with pytest.raises(ManifestError, match=r"m\.yaml: hooks\[0\]: there is no guardrail provider 'no-such'"):
            run_manifest(path, "Hi")

    def test_a_factory_may_be_a_module_of_this_folder(self, server, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "ferry_tools_of_a_test.py").write_text(
            "from wherry.tools import Toolkit\n\n\ndef cast_off() -> str:\n    return 'off'\n\n\n"
            "def made():\n    return Toolkit(name='ferry', tools=[cast_off])\n"
        )
        path = self.write(
            tmp_path,
            "providers: [{kind: toolkit, id: ferry, factory: 'ferry_tools_of_a_test:made'}]\n"
            "agents: [{id: a, model_ref: 'openai:m', toolkits: ferry}]",
        )
        assert run_manifest(path, "Hi", stream=False) == 0
        assert server.requests[0].body["tools"][0]["name"] == "cast_off"


def books(path, **changed):
    """A knowledge provider as a manifest describes it, its store and embedder inside."""
    return {
        "kind": "knowledge",
        "id": "books",
        "factory": "wherry.knowledge:Knowledge",
        "options": {
            "max_results": 1,
            "vector_db": {
                "factory": "wherry.vectordb.sqlite:SqliteVectorDb",
                "options": {
                    "db_file": str(path),
                    "search_type": "hybrid",
                    "embedder": {"factory": "wherry.knowledge.embedder.hashing:HashingEmbedder", **changed},
                },
            },
        },
    }


def test_a_knowledge_base_is_described_with_its_store_and_embedder(tmp_path):
    provider = Provider.from_dict(books(tmp_path / "v.db", options={"dimensions": 64}))
    with (
        ReplayServer(
            [
                {"tool_calls": [{"name": "search_knowledge_base", "arguments": {"query": "lock"}}]},
                {"content": "At six"},
            ]
        ) as server,
        server.environment(),
    ):
        agent = Registry([provider]).build(manifest(knowledge="books"))
        agent.knowledge.insert(text_content="The lock closes at six.", name="hours")
        assert agent.knowledge.vector_db.embedder.dimensions == 64
        assert agent.run("When?").content == "At six"
        assert "The lock closes at six." in str(server.requests[1].body)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"factory": "wherry.knowledge.embedder.hashing:Nothing"}, "cannot be imported"),
        ({"factory": "noname"}, "must be 'module:name'"),
        ({"options": {"color": 1}}, "refuses its options"),
        ({"options": [1]}, "must be a mapping"),
    ],
)
def test_a_mistake_inside_of_a_provider_is_named(tmp_path, changed, said):
    with pytest.raises(ManifestError, match=said) as caught:
        Provider.from_dict(books(tmp_path / "v.db", **changed)).build()
    assert caught.value.where == "knowledge books"


def test_a_memory_provider_keeps_what_users_tell(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    remembering = {"tools": ["add_memory"]}  # memories are looked after beside the answer
    replies = [
        {"tool_calls": [{"name": "add_memory", "arguments": {"memory": "Her name is Ann"}}], "when": remembering},
        {"content": "Kept", "when": remembering},
        {"content": "Hello Ann"},
    ]
    with ReplayServer(replies) as server, server.environment():
        agent = Registry(db=db).build(manifest(memory="default", memory_policy={"persist": True}))
        agent.run("I am Ann", user_id="ann")
    assert [memory.memory for memory in db.get_user_memories(user_id="ann")] == ["Her name is Ann"]
