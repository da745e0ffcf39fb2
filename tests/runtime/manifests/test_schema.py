"""The published schema of manifests and the reader of manifests agree on what a manifest is."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from wherry.manifests import ManifestError
from wherry.manifests.registry import agents_of, read_agents
from wherry_portal.sources.locate import packaged

SCHEMA = json.loads(packaged("contracts/manifest.schema.json").read_text(encoding="utf-8"))
AGENT = {"id": "a", "model_ref": "openai:m"}
PROVIDER = {"kind": "toolkit", "id": "t", "factory": "a:b"}


def agrees(document):
    """Whether both accept a document; they must be of one opinion."""
    try:
        agents_of(document)
    except ManifestError:
        read = False
    else:
        read = True
    assert Draft202012Validator(SCHEMA).is_valid(document) is read, document
    return read


@pytest.mark.parametrize(
    "document",
    [
        AGENT,
        {
            **AGENT,
            "name": None,
            "instructions": "One",
            "toolkits": [],
            "hooks": ["pii"],
            "knowledge": "k",
            "memory": "m",
        },
        {**AGENT, "memory_policy": {"persist": True, "window_size": 3.0, "redaction": ["pin"]}},
        {**AGENT, "session_policy": {"session_id": "s", "state": "overwrite", "agentic_state": False, "cache": None}},
        {**AGENT, "timeouts": {"run": 1.5, "tool_call": 2}, "metadata": {"any": [1]}},
        {"agents": [AGENT], "providers": [PROVIDER]},
        {"agents": None},
        {
            "providers": [
                {**PROVIDER, "options": {"x": {"factory": "c:d"}}, "capabilities": "reading", "status": "limited"}
            ]
        },
        {"providers": [{"kind": "model", "id": "t", "status": "planned", "fallback": "another"}]},
    ],
)
def test_a_manifest_is_one_for_both(document):
    assert agrees(document)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [AGENT],
        {"id": "a"},
        {**AGENT, "id": "has space"},
        {**AGENT, "model_ref": "openai"},
        {**AGENT, "toolkit": []},
        {**AGENT, "toolkits": [1]},
        {**AGENT, "markdown": "yes"},
        {**AGENT, "memory_policy": {"window_size": -1}},
        {**AGENT, "memory_policy": {"window_size": True}},
        {**AGENT, "session_policy": {"state": "replace"}},
        {**AGENT, "session_policy": {"state": "overwrite", "agentic_state": True}},
        {**AGENT, "timeouts": {"run": 0}},
        {**AGENT, "metadata": []},
        {"agents": {}},
        {"agents": [AGENT], "teams": []},
        {"agents": [{**AGENT, "hook": "pii"}]},
        {"providers": [{**PROVIDER, "kind": "robot"}]},
        {"providers": [{**PROVIDER, "factory": "noname"}]},
        {"providers": [{**PROVIDER, "options": []}]},
        {"providers": [{**PROVIDER, "status": "not_migrated"}]},
        {"providers": [{**PROVIDER, "status": "gone", "fallback": "x"}]},
    ],
)
def test_what_is_none_is_none_for_both(document):
    assert not agrees(document)


def test_yaml_and_json_say_the_same(tmp_path):
    document = {"agents": [{**AGENT, "memory_policy": {"window_size": 2}}], "providers": [PROVIDER]}
    (tmp_path / "m.json").write_text(json.dumps(document))
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(document))
    assert read_agents(tmp_path / "m.json") == read_agents(tmp_path / "m.yaml")


def test_the_http_contract_knows_the_same_fields():
    contract = yaml.load(
        packaged("contracts/runtime-openapi.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    agent = contract["components"]["schemas"]["AgentRuntime"]["properties"]
    ours = SCHEMA["$defs"]["agent"]["properties"]
    assert set(agent) == set(ours)
    for policy in ("memory_policy", "session_policy", "timeouts"):
        assert set(agent[policy]["properties"]) == set(ours[policy]["properties"])
