"""JWTs: answers that AgentOS gave, tokens on all ways in, what they open and to whom runs belong."""

import importlib.util
import json
import logging
import re
from pathlib import Path

import jwt
import pytest
from fastapi import FastAPI, Request
from runtime.api.jwt_answers import ADMIN, ASKED, EC_KEY, RSA_KEY, SECOND, SECRET, answers, pem, scoped, signed
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api.app import ROUTES
from wherry.approval import approval
from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.os import AgentOS
from wherry.os.config import AuthorizationConfig
from wherry.os.middleware import JWTMiddleware, TokenSource
from wherry.os.middleware.jwt import JWTValidator
from wherry.os.scopes import get_default_scope_mappings, get_required_scopes_for_route
from wherry.os.settings import AgnoAPISettings
from wherry.testing import ReplayServer
from wherry.tools import tool
from wherry.utils.cryptography import generate_rsa_keys

RECORDED = json.loads(Path(__file__).with_name("agno_jwt.json").read_text(encoding="utf-8"))
CONTRACT = "/v1/runtime/wherry"
KEYS = {"verification_keys": [SECRET], "algorithm": "HS256"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens: it is asked whether it might
HI = {"message": "Hi", "stream": "false"}


@approval
@tool(requires_confirmation=True)
def launch(place: str) -> str:
    """Launch a boat."""
    return f"launched at {place}"


def desk(tmp_path=None, **given):
    """An AgentOS that asks for JWTs."""
    db = SqliteDb(db_file=str(tmp_path / "d.db"), id="desk") if tmp_path else None
    agents = [Agent(id=one, name=one, model=OpenAIChat(id="m"), db=db, tools=[launch]) for one in ("ada", "bo")]
    given = {"authorization": True, "authorization_config": AuthorizationConfig(**KEYS), **given}
    return AgentOS(id="desk", agents=agents, db=db, telemetry=False, **given)


def client_of(app):
    return TestClient(app, raise_server_exceptions=False)


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def model():
    with ReplayServer([{"content": "Aye."}] * 8) as made, made.environment():
        yield made


def test_the_answers_are_those_of_agentos(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        told = json.loads(json.dumps(answers("wherry", tmp_path)))
    assert len(told) == len(RECORDED) > 240
    # Own words for what is not there, and what AgentOS lets through.
    other = {
        "GET /public/berths": [404, {"detail": "GET /public/berths is not part of this API."}],
        "GET /config%0A": [400, {"detail": "The path has a control character."}],
        "GET /sessions%0A": [400, {"detail": "The path has a control character."}],
    }
    for mine, recorded in zip(told, RECORDED, strict=True):
        assert mine == [*recorded[:2], *other.get(recorded[1], recorded[2:])]
    assert not [token for *_, token, _ in ASKED if token and len(token) > 20 and token in caplog.text]
    assert SECRET not in caplog.text


def test_every_route_of_agentos_asks_for_a_scope():
    mappings, free = get_default_scope_mappings(), []
    for method, path, _ in ROUTES:
        whole = re.sub(r"\{[^}]+\}", "x", path.replace("{kind:owners}", "agents").replace("{runtime}", "wherry"))
        if not get_required_scopes_for_route(mappings, method, whole):
            free.append(f"{method} {whole}")
    assert sorted(free) == [
        # Open to everybody, or about an agent, for which the endpoint asks.
        "GET /", "GET /api", "GET /api-page.css", "GET /api-page.js", "GET /docs", "GET /health", "GET /healthz",
        "GET /info", "GET /openapi.json", "GET /openapi.yaml", "GET /readyz",
        "POST /agents/x/runs/x/resume", "POST /agents/x/sessions/x/compact", "POST /agents/x/sessions/x/fork",
    ]  # fmt: skip


def test_what_needs_no_scope_of_its_own_needs_one_for_the_agent():
    with client_of(desk().get_app()) as client:
        for path in ("runs/x/resume", "sessions/x/fork", "sessions/x/compact"):
            answer = client.post(
                f"/agents/ada/{path}", headers=bearer(scoped("agents:bo:run", "agents:read", "sessions:write"))
            )
            assert (answer.status_code, answer.json()) == (403, {"detail": "Access denied to run this agent"})


def test_the_contract_is_closed_to_who_may_not_do_all_that_it_can():
    agent = {"id": "new", "model_ref": "openai:m"}
    with client_of(desk().get_app()) as client:

        def status(method, path, *scopes, **more):
            return client.request(method, f"{CONTRACT}{path}", headers=bearer(scoped(*scopes)), **more).status_code

        assert client.get(f"{CONTRACT}/agents").headers["content-type"] == "application/problem+json"
        assert status("GET", "/agents", "agents:read") == 200
        assert status("GET", "/agents", "agents:ada:read") == 403
        assert status("POST", "/agents/ada:run", "agents:ada:run", json={"input": "Hi"}) == 403
        assert status("POST", "/teams/x:run", "teams:run", json={"input": "Hi", "agents": [agent]}) == 403
        assert status("POST", "/agents", "agents:write", "agents:run", "agent_os:write", json=agent) == 403
        assert status("POST", "/agents", "admin", "admin:admin", "agent_os:*:admin", json=agent) == 403
        assert status("POST", "/agents", *ADMIN, json=agent) == 201
        assert status("DELETE", "/agents/new", "agents:delete") == 403
        assert status("GET", "/runs/x", "agents:run", "agents:read") == 403
        assert status("PUT", "/anything", "agents:run", "agents:read", "config:read") == 403
        assert status("HEAD", "/sessions", "agents:read") == 403
        assert status("HEAD", "/sessions", "sessions:read") == 200
        assert client.head("/config", headers=bearer(scoped("agents:read"))).status_code == 403


def test_the_name_of_a_session_or_an_agent_changes_nothing_about_its_scopes():
    mappings = get_default_scope_mappings()
    for kind in ("agents", "teams", "workflows"):
        assert get_required_scopes_for_route(mappings, "GET", f"{CONTRACT}/sessions/{kind}") == ["sessions:read"]
        assert get_required_scopes_for_route(mappings, "GET", f"{CONTRACT}/{kind}/sessions") == [f"{kind}:read"]
    assert len(get_required_scopes_for_route(mappings, "GET", f"{CONTRACT}/runs/agents")) == 6


def test_tokens_without_scopes_open_no_administration():
    agent = {"id": "new", "model_ref": "openai:m"}
    app = AgentOS(id="desk", agents=[]).get_app()
    app.add_middleware(JWTMiddleware, **KEYS)
    with client_of(app) as client:
        assert client.post(f"{CONTRACT}/agents", json=agent, headers=bearer(signed())).status_code == 403
        assert client.get("/approvals", headers=bearer(signed())).status_code == 403
        assert client.post(f"{CONTRACT}/agents", json=agent, headers=bearer(scoped(*ADMIN))).status_code == 201


@pytest.mark.parametrize("kind", ["own", "in FastAPI", "added after", "added before"])
def test_other_keys_open_nothing_beside_jwts(kind, monkeypatch, caplog):
    monkeypatch.setenv("WHERRY_API_TOKENS", "first-secret:admin")
    settings = AgnoAPISettings(os_security_key="the-server's-key")
    if kind == "added after":  # then both are asked for: the middleware is around the server, which has its own
        app = AgentOS(id="desk", agents=[]).get_app()
        app.add_middleware(JWTMiddleware, **KEYS)
    elif kind == "added before":
        base = FastAPI()
        base.add_middleware(JWTMiddleware, **KEYS)
        app = AgentOS(id="desk", agents=[], base_app=base, settings=settings).get_app()
    else:
        app = desk(settings=settings, base_app=FastAPI() if kind == "in FastAPI" else None).get_app()
    with client_of(app) as client:
        for key in ("first-secret", "the-server's-key"):
            assert client.get("/agents", headers=bearer(key)).status_code == 401
        assert client.get("/agents", headers=bearer(scoped(*ADMIN))).status_code == 200
        assert client.get("/agents").status_code == 401
    if kind != "added after":
        assert "open nothing here" in caplog.text
        assert "first-secret" not in caplog.text + str(app.user_middleware)


def test_a_path_without_jwts_still_asks_for_the_servers_tokens(monkeypatch):
    monkeypatch.setenv("WHERRY_API_TOKENS", "first-secret:read")
    app = AgentOS(id="desk", agents=[]).get_app()
    app.add_middleware(JWTMiddleware, **KEYS, excluded_route_paths=["/agents*"])
    with client_of(app) as client:
        assert client.get("/agents").status_code == 401
        assert client.get("/agents", headers=bearer("first-secret")).status_code == 200


def test_the_environment_alone_asks_for_tokens_without_scopes(monkeypatch, caplog):
    monkeypatch.setenv("JWT_VERIFICATION_KEY", pem(RSA_KEY))
    with client_of(desk(authorization=False, authorization_config=None).get_app()) as client:
        assert client.get("/agents").status_code == 401
        assert client.get("/agents", headers=bearer(signed())).status_code == 401
        assert client.get("/agents", headers=bearer(signed(key=RSA_KEY, algorithm="RS256"))).status_code == 200
        assert client.get("/healthz").status_code == 200
    # A secret for HS256 is no public key: nothing is opened by it, and it is not told.
    monkeypatch.setenv("JWT_VERIFICATION_KEY", SECRET)
    with client_of(desk(authorization=False, authorization_config=None).get_app()) as client:
        assert client.get("/agents", headers=bearer(signed())).status_code == 401
    assert "JWT_VERIFICATION_KEY cannot be used with RS256" in caplog.text
    assert SECRET not in caplog.text


def test_an_application_of_the_user_is_told_what_the_token_says():
    base = FastAPI()

    @base.get("/berths")
    def berths(request: Request):
        state = request.state
        return [state.user_id, state.scopes, state.claims["berth"], state.dependencies, state.authenticated]

    app = desk(
        base_app=base,
        authorization_config=AuthorizationConfig(**KEYS, excluded_route_paths=["/open/*"]),
    ).get_app()
    with client_of(app) as client:
        assert client.get("/berths").json() == {"detail": "Authorization header missing"}
        # A route of the user's needs a token, and no scope that nobody has asked for.
        assert client.get("/berths", headers=bearer(signed())).status_code == 500  # there are no dependencies
        assert client.get("/open/x").status_code == 404
        for path in ("/health", "/healthz", "/openapi.yaml", "/docs"):
            assert client.get(path).status_code == 200
    alone = FastAPI()
    alone.get("/berths")(berths)
    alone.add_middleware(JWTMiddleware, **KEYS, dependencies_claims=["berth"])
    with client_of(alone) as client:
        told = client.get("/berths", headers=bearer(scoped("a:b", berth=7))).json()
    assert told == ["jo", ["a:b"], 7, {"berth": 7}, True]


def test_scopes_are_asked_for_below_another_application_too():
    inner = desk(authorization=False, authorization_config=None).get_app()
    outer = Starlette(
        routes=[Mount("/desk", app=inner)],
        middleware=[Middleware(JWTMiddleware, **KEYS, authorization=True)],
    )
    with client_of(outer) as client:
        assert client.get("/desk/config", headers=bearer(scoped("agents:read"))).status_code == 403
        assert client.get("/desk/config", headers=bearer(scoped("config:read"))).status_code == 200
        assert client.post("/desk/agents/ada/runs", data=HI, headers=bearer(scoped("agents:bo:run"))).status_code == 403


def test_the_stricter_of_two_middlewares_decides():
    for first, second in ((True, False), (False, True)):
        app = AgentOS(id="desk", agents=[]).get_app()
        for authorization in (first, second):
            app.add_middleware(JWTMiddleware, **KEYS, authorization=authorization)
        with client_of(app) as client:
            assert client.get("/config", headers=bearer(signed())).status_code == 403
            assert client.get("/config", headers=bearer(scoped("config:read"))).status_code == 200


@pytest.mark.parametrize("around", [True, False])
def test_of_two_middlewares_one_asks_for_scopes_and_one_keeps_users_apart(around):
    app = desk(authorization=False, authorization_config=None).get_app()
    for more in ("user_isolation", "authorization") if around else ("authorization", "user_isolation"):
        app.add_middleware(JWTMiddleware, **KEYS, **{more: True})
    ada = bearer(scoped("agents:ada:read", "agents:ada:run"))
    with client_of(app) as client:
        assert [one["id"] for one in client.get("/agents", headers=ada).json()] == ["ada"]
        assert client.post("/agents/bo/runs/x/resume", headers=ada).status_code == 403
        assert client.get("/config", headers=ada).status_code == 403
        assert client.get(f"{CONTRACT}/agents", headers=bearer(scoped("agents:read"))).status_code == 403
        assert client.get(f"{CONTRACT}/agents", headers=bearer(scoped(*ADMIN))).status_code == 200


@pytest.mark.parametrize(
    ("asked", "lets_in", "not_in"),
    [
        ({"verify_audience": True}, {"aud": "desk"}, {"aud": "else"}),
        ({"issuer": "here"}, {"iss": "here"}, {}),
        ({"required_claims": ["berth"]}, {"berth": 7}, {}),
        ({"verification_keys": [SECOND, SECRET]}, {}, None),
        ({"verification_keys": [SECOND]}, None, {}),
    ],
)
def test_what_an_application_asks_of_tokens_holds_below_another_one_that_asks_for_less(asked, lets_in, not_in):
    inner = AgentOS(id="desk", agents=[]).get_app()
    inner.add_middleware(JWTMiddleware, **{**KEYS, **asked})
    outer = Starlette(routes=[Mount("/desk", app=inner)], middleware=[Middleware(JWTMiddleware, **KEYS)])
    with client_of(outer) as client:
        for claims, status in ((lets_in, 200), (not_in, 401)):
            if claims is not None:
                assert client.get("/desk/agents", headers=bearer(signed(claims))).status_code == status


def test_a_run_is_streamed_through_and_belongs_to_the_user_of_the_token(tmp_path, model):
    with client_of(desk(tmp_path).get_app()) as client:
        given = {"message": "Hi", "session_id": "s1", "user_id": "somebody"}
        answer = client.post("/agents/ada/runs", data=given, headers=bearer(scoped("agents:ada:run")))
        events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        assert events[-1]["event"] == "RunCompleted"
        session = client.get("/sessions/s1", headers=bearer(scoped("sessions:read"))).json()
        assert session["user_id"] == "jo"
        run = {"input": "Hi", "userId": "somebody"}
        told = client.post(f"{CONTRACT}/agents/ada:run", json=run, headers=bearer(scoped("agents:run", sub="al")))
        assert told.json()["session"]["userId"] == "al"


def test_nobody_goes_on_with_a_run_or_copies_a_session_of_another_user(tmp_path, model):
    scopes = ("agents:run", "agents:read")
    al, jo, adm, nobody = (
        bearer(scoped(*some, sub=who))
        for some, who in ((scopes, "al"), (scopes, "jo"), (ADMIN, "root"), (scopes, None))
    )
    with client_of(desk(tmp_path).get_app()) as client:
        run = client.post("/agents/ada/runs", data={**HI, "session_id": "s1"}, headers=al).json()
        path, order = f"/agents/ada/runs/{run['run_id']}/continue", {"stream": "false", "input": "Go on"}
        fork = "/agents/ada/sessions/s1/fork"
        for who in (jo, adm):
            assert client.post(path, data={**order, "session_id": "s1"}, headers=who).status_code == 404
            assert client.post(f"{fork}?user_id=al", headers=who).status_code == 400
        assert client.post(path, data={**order, "session_id": "s2"}, headers=al).status_code == 404
        assert len(client.get("/agents/ada/runs?session_id=s1", headers=al).json()) == 1
        for who in (al, nobody):
            assert client.post(path, data={**order, "session_id": "s1"}, headers=who).status_code == 200
            assert client.post(fork, headers=who).status_code == 200


def test_no_user_is_given_the_run_of_another_by_its_idempotency_key(tmp_path, model):
    with client_of(desk(tmp_path).get_app()) as client:
        ids = set()
        for user in ("jo", "al", "jo"):
            headers = {**bearer(scoped("agents:run", sub=user)), "idempotency-key": "k1"}
            ids.add(client.post(f"{CONTRACT}/agents/ada:run", json={"input": "Hi"}, headers=headers).json()["runId"])
    assert len(ids) == 2


def test_users_are_kept_apart(tmp_path, model):
    every = ("agents:run", "agents:read", "traces:read", "metrics:read", "approvals:read", "approvals:write")
    every += ("knowledge:read", "knowledge:write", "sessions:write", "sessions:read", "teams:run", "workflows:run")
    al, jo = (bearer(scoped(*every, sub=user)) for user in ("al", "jo"))
    with client_of(desk(tmp_path, user_isolation=True, tracing=True).get_app()) as client:
        run = client.post("/agents/ada/runs", data={**HI, "session_id": "al-1"}, headers=al).json()
        path = f"/agents/ada/runs/{run['run_id']}"
        assert client.get(path, headers=al).json()["user_id"] == "al"
        assert client.get(path, headers=jo).status_code == 404
        again = {"message": "Go on", "session_id": "al-1", "stream": "false"}
        assert client.post(f"{path}/continue", data=again, headers=jo).status_code == 404
        assert "not found" in client.post(f"{path}/resume", data={"session_id": "al-1"}, headers=jo).text
        assert client.post("/agents/ada/sessions/al-1/fork", headers=jo).status_code == 400
        assert client.delete("/sessions/al-1", headers=jo).status_code == 403
        # The server's own run that is remembered and the stored one, for there is a second process, too.
        with client_of(desk(tmp_path, user_isolation=True).get_app()) as other:
            assert other.get(path, headers=jo).status_code == 404
            assert other.get(path, headers=al).status_code == 200
        traces = [client.get("/traces", headers=who).json() for who in (al, jo, bearer(scoped(*ADMIN)))]
        assert [told["meta"]["total_count"] > 0 for told in traces] == [True, False, True]
        trace = f"/traces/{traces[0]['data'][0]['trace_id']}"
        assert [client.get(trace, headers=who).status_code for who in (al, jo)] == [200, 404]
        for who, some in ((al, True), (jo, False)):
            found = client.post("/traces/search", json={"filter": None}, headers=who).json()
            asked = {"filter": {"op": "OR", "conditions": [{"op": "EQ", "key": "user_id", "value": "al"}] * 2}}
            wanted = client.post("/traces/search", json=asked, headers=who).json()
            assert bool(found["data"]) is bool(wanted["data"]) is some
            assert bool(client.get("/trace_session_stats?user_id=al", headers=who).json()["data"]) is some
        # What is everybody's is for admins, and so is the contract, which keeps nobody apart.
        for method, where in (("GET", "/approvals"), ("DELETE", "/knowledge/content"), ("GET", f"{CONTRACT}/agents")):
            assert client.request(method, where, headers=jo).status_code == 403
        assert client.get(f"{CONTRACT}/sessions", headers=bearer(scoped(*ADMIN))).status_code == 200


def test_an_approval_is_not_given_by_who_began_the_run(tmp_path):
    calls = [{"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}]
    app = desk(tmp_path).get_app()
    with ReplayServer([*calls, {"content": "Done."}]) as model, model.environment(), client_of(app) as client:
        mine = bearer(scoped("agents:run"))
        run = client.post("/agents/ada/runs", data={**HI, "session_id": "s"}, headers=mine).json()
        waiting = [{**call, "confirmed": True} for call in run["tools"]]
        data = {"tools": json.dumps(waiting), "session_id": "s", "stream": "false"}
        path = f"/agents/ada/runs/{run['run_id']}/continue"
        assert client.post(path, data=data, headers=mine).status_code == 403
        decided = client.post(path, data=data, headers=bearer(scoped("agents:run", "approvals:write")))
        assert decided.json()["status"] == "COMPLETED"


def test_no_file_of_the_server_is_read_for_a_token(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("tide tables")
    with client_of(desk().get_app()) as client:
        files = json.dumps([{"filepath": str(secret)}])
        answer = client.post(
            "/agents/ada/runs", data={**HI, "input_files": files}, headers=bearer(scoped("agents:run"))
        )
    assert answer.status_code == 422
    assert answer.json()["code"] == "media_path"


def test_a_page_of_another_site_changes_nothing_by_a_cookie():
    app = AgentOS(id="desk", agents=[Agent(id="ada", model=OpenAIChat(id="m"))]).get_app()
    app.add_middleware(JWTMiddleware, **KEYS, token_source=TokenSource.COOKIE)
    with client_of(app) as client:
        headers = {"cookie": f"access_token={signed()}", "origin": "https://else.example"}
        assert client.post("/agents/ada/runs", data=HI, headers=headers).status_code == 403
        assert client.get("/agents", headers={"cookie": headers["cookie"]}).status_code == 200


def test_pages_that_may_ask_can_read_refusals():
    app = desk(cors_allowed_origins=["https://console.example"]).get_app()
    with client_of(app) as client:
        answer = client.get("/agents", headers={"origin": "https://console.example"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["access-control-allow-origin"] == "https://console.example"
        asked = {"origin": "https://console.example", "access-control-request-method": "GET"}
        assert client.options("/agents", headers=asked).status_code == 200


def test_a_server_with_jwts_may_be_reached_from_other_machines(tmp_path, monkeypatch):
    lines = "from wherry.os import AgentOS\nfrom wherry.os.config import AuthorizationConfig\n"
    lines += "from wherry.os.middleware import JWTMiddleware\n"
    lines += f"rules = AuthorizationConfig(verification_keys=[{SECRET!r}], algorithm='HS256')\n"
    lines += "signed = AgentOS(id='a', agents=[], authorization=True, authorization_config=rules)\n"
    lines += "checked, believed = (AgentOS(id='a', agents=[]).get_app() for _ in range(2))\n"
    lines += f"checked.add_middleware(JWTMiddleware, verification_keys=[{SECRET!r}], algorithm='HS256')\n"
    lines += "believed.add_middleware(JWTMiddleware, validate=False)\n"
    (tmp_path / "jwt_desk.py").write_text(lines)
    monkeypatch.chdir(tmp_path)
    from wherry.api import serving

    reached = []
    monkeypatch.setattr(serving, "listen", lambda host, port: reached.append(host))
    monkeypatch.setattr(serving, "run_server", lambda *_, **__: None)
    for name in ("signed", "checked"):
        serving.serve(f"jwt_desk:{name}", host=EVERYWHERE, db=str(tmp_path / "s.db"))
    assert reached == [EVERYWHERE] * 2
    with pytest.raises(ConfigurationError, match="no token is set"):
        serving.serve("jwt_desk:believed", host=EVERYWHERE, db=str(tmp_path / "s.db"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"authorization": True, "authorization_config": None}, "no key to check them by|nothing to check tokens by"),
        ({"authorization_config": AuthorizationConfig(verification_keys=[""], algorithm="HS256")}, r"keys\[0\]"),
        ({"authorization_config": AuthorizationConfig(verification_keys=[SECRET])}, "cannot be used with RS256"),
        ({"authorization_config": AuthorizationConfig(verification_keys=[pem(RSA_KEY)], algorithm="HS256")}, "HS256"),
        ({"authorization_config": AuthorizationConfig(verification_keys=[pem(EC_KEY)])}, "RS256"),
        ({"authorization_config": AuthorizationConfig(verification_keys=[SECRET], algorithm="none")}, "'none'"),
        ({"authorization_config": AuthorizationConfig(jwks_file="/no/such.json")}, "no/such.json"),
        ({"authorization": False, "user_isolation": True}, "no users apart"),
        ({"authorization": False}, "checks no tokens"),
        ({"authorization": AuthorizationConfig(**KEYS)}, "how, and not whether"),
    ],
)
def test_what_would_protect_nothing_is_refused(given, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        desk(**given).get_app()
    assert isinstance(caught.value, ValueError)
    assert SECRET not in str(caught.value)
    assert "BEGIN PUBLIC" not in str(caught.value)


def test_a_missing_package_is_told_with_its_extra(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "jwt" else find(name, *more))
    with pytest.raises(ImportError, match=r"'jwt'") as caught:
        desk().get_app()
    assert "wherry[jwt]" in str(caught.value)


def test_what_is_not_there_is_told_by_name():
    class Authorization:
        """Roles."""

    with pytest.raises(NotMigratedError):
        desk(authorization=Authorization())
    with pytest.raises(NotMigratedError):
        JWTMiddleware(None, **KEYS, service_account_verifier=object())
    with pytest.raises(ConfigurationError, match="security_key"):
        JWTMiddleware(None, **KEYS, security_key="x")
    assert SECRET not in repr(AuthorizationConfig(**KEYS)) + repr(JWTValidator([SECRET], algorithm="HS256"))


def test_a_plain_application_is_guarded_without_agents():
    app = Starlette(routes=[Route("/x", lambda _: JSONResponse("open"))])
    app.add_middleware(JWTMiddleware, **KEYS, verify_audience=True, audience=["a", "b"], required_claims=["exp"])
    with client_of(app) as client:
        assert client.get("/x", headers=bearer(signed(aud="b"))).json() == "open"
        assert client.get("/x", headers=bearer(signed(aud="b", exp=None))).status_code == 401
        assert client.get("/x", headers=bearer(signed(aud="c"))).status_code == 401
    nobody = Starlette(routes=app.routes)
    nobody.add_middleware(JWTMiddleware, **KEYS, verify_audience=True)  # for whom, nobody has said
    with client_of(nobody) as client:
        assert client.get("/x", headers=bearer(signed(aud="a"))).status_code == 401


def test_keys_are_made_that_sign_and_check():
    private, public = generate_rsa_keys()
    token = signed(key=private, algorithm="RS256")
    assert JWTValidator([public]).validate_token(token)["sub"] == "jo"
    with pytest.raises(jwt.InvalidTokenError):
        JWTValidator([generate_rsa_keys()[1]]).validate_token(token)
