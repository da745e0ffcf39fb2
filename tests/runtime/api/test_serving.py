"""What `wherry serve` opens, loads and refuses."""

import pytest
from starlette.testclient import TestClient

from wherry.api.serving import check_address, load_app, open_store
from wherry.api.settings import settings_from_environment, tokens_from
from wherry.core.errors import ConfigurationError
from wherry.telemetry import TelemetryStore


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_needs_no_token(monkeypatch, host):
    monkeypatch.delenv("WHERRY_API_TOKENS", raising=False)
    check_address(host)


def test_a_wider_address_needs_a_token(monkeypatch):
    monkeypatch.delenv("WHERRY_API_TOKENS", raising=False)
    with pytest.raises(ConfigurationError, match="no token is set"):
        check_address("0.0.0.0")  # noqa: S104 - the address under test
    monkeypatch.setenv("WHERRY_API_TOKENS", "long-enough-token:read")
    check_address("0.0.0.0")  # noqa: S104 - the address under test
    assert settings_from_environment().tokens == {"long-enough-token": frozenset({"read"})}


def test_a_token_without_scopes_has_all():
    assert tokens_from("first-token, second-token:read+run,") == {
        "first-token": frozenset({"read", "run", "admin"}),
        "second-token": frozenset({"read", "run"}),
    }


@pytest.mark.parametrize(("text", "said"), [("secret-token:fly", "unknown scope 'fly'"), ("short:read", "shorter")])
def test_wrong_tokens_are_refused_and_never_shown(text, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        tokens_from(text)
    assert "secret-token" not in str(caught.value)


def test_a_path_is_a_sqlite_file_and_unknown_databases_are_refused(tmp_path):
    assert type(open_store(str(tmp_path / "a.db"))).__name__ == "SqliteDb"
    assert type(open_store(f"sqlite:///{tmp_path / 'b.db'}")).__name__ == "SqliteDb"
    with pytest.raises(ConfigurationError, match="no database that Wherry knows"):
        open_store("mysql://x")


def test_a_manifest_is_served(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("{id: helper, model_ref: 'openai:m', memory_policy: {persist: true}}")
    app = load_app(str(path), open_store(str(tmp_path / "s.db")), TelemetryStore(str(tmp_path / "t.db")))
    with TestClient(app) as client:
        assert client.get("/agents/helper").json()["id"] == "helper"


def test_a_module_names_its_application(tmp_path, monkeypatch):
    (tmp_path / "desk_of_tests.py").write_text(
        "from wherry.agent import Agent\nfrom wherry.os import AgentOS\n"
        "ada = Agent(name='Ada')\ndesk = AgentOS(name='d', agents=[Agent(name='Bob')])\n"
        "app = desk.get_app()\nfive = 5\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {}
    for name in ("app", "desk", "ada"):
        with TestClient(load_app(f"desk_of_tests:{name}", None, None)) as client:
            found[name] = [one["id"] for one in client.get("/agents").json()]
    assert found == {"app": ["bob"], "desk": ["bob"], "ada": ["ada"]}
    for target in ("desk_of_tests:none", "no_such_desk:app"):
        with pytest.raises(ConfigurationError, match="cannot be imported"):
            load_app(target, None, None)
    with pytest.raises(ConfigurationError, match="cannot be served"):
        load_app("desk_of_tests:five", None, None)
