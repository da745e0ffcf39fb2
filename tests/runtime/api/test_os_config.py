"""What AgentOS tells about itself: answers that AgentOS gave, its configuration, who may ask."""

import json
import re
from pathlib import Path

import pytest
from api_desk import client_of, service_in
from runtime.api.config_answers import answers
from starlette.testclient import TestClient

from wherry import __version__
from wherry.agent import Agent
from wherry.api import Settings
from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.db.sqlite import SqliteDb
from wherry.knowledge import Knowledge
from wherry.os import AgentOS
from wherry.os.config import AgentOSConfig, KnowledgeConfig, KnowledgeDatabaseConfig
from wherry.team import Team

RECORDED = json.loads(Path(__file__).with_name("agno_config.json").read_text(encoding="utf-8"))


def test_the_answers_are_those_of_agentos(tmp_path):
    told = answers("wherry", tmp_path)
    assert list(told) == list(RECORDED)
    for name, answer in told.items():
        if name.endswith("/info"):
            assert answer.pop("wherry_version") == __version__
        assert answer == RECORDED[name], name


def test_a_team_whose_mode_is_a_text_is_told():
    """AgentOS 3.1.10 fails with 500."""
    crew = Team(id="crew", members=[Agent(id="bob")], mode="route")
    with TestClient(AgentOS(teams=[crew]).get_app()) as client:
        assert client.get("/config").json()["teams"][0]["mode"] == "route"
        crew.mode = "tasks"
        assert client.get("/config").json()["teams"][0]["mode"] == "tasks"


def test_knowledge_with_its_contents_in_a_database_is_told(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "k.db"), id="books")
    given = [Knowledge(name="Handbook", description="Rules", contents_db=db), Knowledge(contents_db=db), Knowledge()]
    desk = AgentOS(agents=[Agent(id=f"a{number}", knowledge=one) for number, one in enumerate([*given, given[0]])])
    with TestClient(desk.get_app()) as client:
        told = client.get("/config").json()["knowledge"]
    assert told["dbs"] == [{"db_id": "books", "domain_config": {"display_name": "books"}, "tables": ["agno_knowledge"]}]
    places = {"db_id": "books", "table": "agno_knowledge"}
    # The id is the one that Agno 3.1.10 gives it.
    named = {"id": "03bcaa30-6c8a-2875-c8ca-e4d0d44032d0", "name": "Handbook", "description": "Rules", **places}
    assert told["knowledge_instances"][0] == named
    assert told["knowledge_instances"][1]["name"] == "knowledge_books"
    assert len(told["knowledge_instances"]) == 2
    part = KnowledgeConfig(dbs=[KnowledgeDatabaseConfig(db_id="books", tables=["own"])])
    named = AgentOS(agents=[Agent(id="ada", knowledge=given[0])], config=AgentOSConfig(knowledge=part))
    with TestClient(named.get_app()) as client:
        assert client.get("/config").json()["knowledge"]["dbs"] == [{"db_id": "books", "tables": ["own"]}]
    db.close()


@pytest.mark.parametrize(
    ("config", "kind", "said"),
    [
        ("os.json", ConfigurationError, "ends with .yaml or .yml, not 'os.json'"),
        ("nowhere.yaml", FileNotFoundError, "nowhere.yaml"),
        ({"chat": 1}, ConfigurationError, "neither an AgentOSConfig"),
    ],
)
def test_a_configuration_that_is_none_is_refused(config, kind, said):
    with pytest.raises(kind, match=re.escape(said)):
        AgentOS(config=config)


@pytest.mark.parametrize("wrong", [{"manifest": {"ada": {"labels": 5}}}, {"chat": {}}, {"session": {"dbs": [{}]}}])
def test_a_field_that_is_wrong_is_refused(wrong):
    with pytest.raises(ValueError, match="validation error"):
        AgentOSConfig(**wrong)


def test_a_company_is_refused():
    with pytest.raises(NotMigratedError, match=r"os\.company"):
        AgentOSConfig(company={"products": []})
    assert AgentOSConfig(company=None).model_dump(exclude_none=True) == {}


def test_the_configuration_needs_a_token_and_the_rest_tells_how(tmp_path):
    with client_of(service_in(tmp_path), Settings(tokens={"t": frozenset({"read"})})) as client:
        assert client.get("/config").status_code == 401
        assert client.get("/config", headers={"authorization": "Bearer t"}).json()["os_id"] == "wherry"
        told = client.get("/info").json()
        assert (told["auth_mode"], told["agent_count"], told["workflow_count"]) == ("security_key", 2, 2)
        assert client.get("/").json()["name"] == "AgentOS"
