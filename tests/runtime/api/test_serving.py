"""What `wherry serve` opens, loads and refuses."""

import gc
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api.listening import listen, run_server
from wherry.api.serving import check_address, load_app, open_store, open_telemetry
from wherry.api.settings import Settings, settings_from_environment, tokens_from
from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import SqliteDb
from wherry.manifests import ManifestError
from wherry.os import AgentOS
from wherry.telemetry import Redactor, TelemetryStore, envelope_of


@pytest.fixture(autouse=True)
def own_path(monkeypatch):
    """A command finds the modules of its folder until its process ends; here, until the test does."""
    monkeypatch.setattr("sys.path", sys.path.copy())


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


def test_a_manifest_that_cannot_be_built_is_named(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("{id: helper, model_ref: 'openai:m', hooks: no-such}")
    with pytest.raises(ManifestError, match=r"m\.yaml: hooks\[0\]: there is no guardrail provider 'no-such'"):
        load_app(str(path), None, None)


def test_old_telemetry_is_deleted_when_the_operator_says_so(tmp_path):
    kept = TelemetryStore(str(tmp_path / "t.db"))
    old, new = (envelope_of({"event": "RunStarted", "run_id": name}, Redactor()) for name in ("old", "new"))
    old.timestamp = "2020-01-01T00:00:00.000000+00:00"
    kept.write([old, new])
    with TestClient(load_app(None, open_store(str(tmp_path / "s.db")), kept, Settings(telemetry_days=30))):
        while len(found := kept.query({})[0]) > 1:
            time.sleep(0.01)
    assert [one["run_id"] for one in found] == ["new"]


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
        with pytest.raises(ConfigurationError, match=r"cannot be imported(.|\n)*MODULE:NAME"):
            load_app(target, None, None)
    with pytest.raises(ConfigurationError, match="cannot be served"):
        load_app("desk_of_tests:five", None, None)


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(ConfigurationError, match="is not between"):
        listen("127.0.0.1", port)


def test_a_port_that_is_taken_is_named():
    with listen("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(ConfigurationError, match="is taken by another program") as caught:
            listen("127.0.0.1", first.getsockname()[1])
    assert "--port" in caught.value.hint


def test_a_host_that_is_none_is_named():
    with pytest.raises(ConfigurationError, match="cannot be used"):
        listen("no-such-host.invalid", 0)


async def brief(scope, receive, send):
    """An application that presses Ctrl-C as soon as it runs."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.complete"})
    signal.raise_signal(signal.SIGINT)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def test_a_server_runs_until_it_is_told_to_stop(capsys):
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        run_server(brief, listener, "127.0.0.1", 1)
    assert capsys.readouterr().out == f"Wherry API: http://127.0.0.1:{port} (Ctrl-C ends it)\n"


def test_garbage_collection_leaves_a_server_alone_while_it_serves():
    kept: list[int] = []

    async def noted(scope, receive, send):
        async def told(message):
            kept.append(gc.get_freeze_count())
            await send(message)

        await brief(scope, receive, told)

    before = gc.get_freeze_count()
    with listen("127.0.0.1", 0) as listener:
        run_server(noted, listener, "127.0.0.1", 1)
    started, ended = kept
    assert started == before
    assert ended > 1000  # what was imported, at the least
    assert gc.get_freeze_count() == 0


def test_databases_are_known_by_their_addresses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert type(open_store("redis://127.0.0.1:1/0")).__name__ == "RedisDb"
    assert type(open_store("postgresql://127.0.0.1:1/none")).__name__ == "PostgresDb"
    for address, file in (("redis://127.0.0.1:1/0", "wherry-telemetry.db"), ("sqlite:///a.db", "a.db")):
        open_telemetry(address).close()
        assert (tmp_path / file).exists()


def test_an_agentos_refuses_a_wide_address_before_it_listens(monkeypatch):
    monkeypatch.delenv("WHERRY_API_TOKENS", raising=False)
    with pytest.raises(ConfigurationError, match="no token is set"):
        AgentOS(name="Desk").serve(host="0.0.0.0")  # noqa: S104 - the address under test


def test_an_agentos_serves_an_application_with_uvicorns_options(capsys):
    AgentOS(name="Desk").serve(brief, port=0, log_level="info")
    assert "Application startup complete" in capsys.readouterr().err


def test_an_agentos_lends_its_database_to_those_without(tmp_path):
    db, own = SqliteDb(db_file=str(tmp_path / "a.db")), SqliteDb(db_file=str(tmp_path / "b.db"))
    first, second = Agent(name="Ada"), Agent(name="Bob", db=own)
    AgentOS(agents=[first, second], db=db).get_app()
    assert (first.db, second.db) == (db, own)


SEVERAL = """
from wherry.os import AgentOS

desk = AgentOS(name="Desk")
app = desk.get_app()
if __name__ == "__main__":
    desk.serve("several_desk:app", workers=2)
"""


def test_an_agentos_serves_from_processes_that_uvicorn_starts(tmp_path):
    (tmp_path / "several_desk.py").write_text(SEVERAL)
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    environment = {**os.environ, "AGENT_OS_HOST": "127.0.0.1", "AGENT_OS_PORT": str(port)}
    words = [sys.executable, "several_desk.py"]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as child:
        said: list[str] = []
        try:
            while sum("Started server process" in line for line in said) < 2:  # one may be up long before the other
                said.append(child.stderr.readline())
                assert said[-1], "".join(said)
            assert answered(f"http://127.0.0.1:{port}/healthz", child) == 200
        finally:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=60)


def answered(address, child, seconds=60):
    """The status of a server that comes up, as long as its process lives."""
    end = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < end:
        try:
            return urllib.request.urlopen(address, timeout=5).status
        except OSError:
            time.sleep(0.1)
    return None


@pytest.mark.parametrize("port", ["", "http", "-1", "²", "65536", "9" * 5000])
def test_a_port_of_the_environment_that_is_none_is_named(port, monkeypatch):
    monkeypatch.setenv("AGENT_OS_PORT", port)
    with pytest.raises(ConfigurationError, match="AGENT_OS_PORT"):
        AgentOS(name="Desk").serve(brief)
