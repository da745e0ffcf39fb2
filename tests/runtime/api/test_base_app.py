"""AgentOS in an application of the user, FastAPI's or Starlette's: routes, lifespan, tokens, pages of other sites."""

from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.knowledge import Knowledge
from wherry.models.openai import OpenAIChat
from wherry.os import AgentOS
from wherry.os.config import CORSConfig
from wherry.os.settings import AgnoAPISettings

MINE = {"mine": True}


def with_fastapi():
    app, router = FastAPI(), APIRouter(prefix="/desk")

    @app.get("/customers")
    @app.get("/health")
    @app.get("/agents/{agent_id}")
    @app.get("/agents/special")
    @app.post("/config")
    @app.post("/customers")
    @router.get("/bell")
    async def mine() -> dict[str, bool]:
        return MINE

    app.include_router(router)
    return app


def with_starlette():
    async def mine(request):
        return JSONResponse(MINE)

    gets = ("/customers", "/health", "/agents/special", "/agents/{agent_id}", "/desk/bell")
    return Starlette(
        routes=[Route(path, mine) for path in gets]
        + [Route("/customers", mine, methods=["POST"]), Route("/config", mine, methods=["POST"])]
    )


MAKERS = pytest.mark.parametrize("make", [with_fastapi, with_starlette])


def made(base=None, **given):
    ada = Agent(name="Ada", model=OpenAIChat(id="m"), db=InMemoryDb())
    return AgentOS(name="Desk", agents=[ada], base_app=base, **given)


@MAKERS
def test_agentos_answers_where_both_have_a_route(make, caplog):
    desk = made(make())
    app = desk.get_app()
    assert app is desk.base_app is desk.get_app()
    with TestClient(app) as client:
        assert client.get("/health").json()["status"] == "ok"
        assert client.get("/agents/ada").json()["id"] == "ada"
        for path in ("/customers", "/agents/special", "/desk/bell"):
            assert client.get(path).json() == MINE
        assert client.post("/config").json() == MINE
        assert client.get("/config").json()["os_id"]
        assert client.get("/nothing").status_code == 404
    warned = {record.getMessage().split(" ")[0] for record in caplog.records if "AgentOS's" in record.getMessage()}
    assert warned == {"/health", "/agents/{id}"}


@MAKERS
def test_the_users_routes_answer_when_they_are_preferred(make):
    with TestClient(made(make(), on_route_conflict="preserve_base_app").get_app()) as client:
        for path in ("/health", "/agents/ada", "/customers", "/agents/special"):
            assert client.get(path).json() == MINE
        assert client.get("/sessions").json()["data"] == []


@MAKERS
def test_both_may_be_refused(make):
    with pytest.raises(ValueError, match=r"Route conflict detected: \['/health', '/agents/\{id\}'\]"):
        made(make(), on_route_conflict="error").get_app()
    with pytest.raises(ValueError, match="'mine'"):
        made(make(), on_route_conflict="mine").get_app()
    with pytest.raises(ValueError, match="no application of FastAPI"):
        made(object()).get_app()
    shared = make()
    made(shared).get_app()
    with pytest.raises(ValueError, match="the routes of another one"):
        made(shared).get_app()


@MAKERS
def test_runs_work_there(server, make):
    server.add("Hello", "Hello again")
    with TestClient(made(make()).get_app()) as client:
        form = {"message": "Hi", "stream": "false", "session_id": "s1"}
        assert client.post("/agents/ada/runs", data=form).json()["content"] == "Hello"
        streamed = client.post("/agents/ada/runs", data={"message": "Hi"})
        assert "event: RunCompleted" in streamed.text
        assert client.post("/v1/runtime/wherry/agents/nobody:run", json={"input": "x"}).status_code == 404


def test_routes_are_told():
    told = {(route.path, method) for route in made(with_fastapi()).get_routes() for method in route.methods or ()}
    assert {("/customers", "GET"), ("/desk/bell", "GET"), ("/sessions", "GET"), ("/health", "GET")} <= told
    assert {"/", "/config"} <= {route.path for route in made().get_routes()}


def kept(log, name):
    @asynccontextmanager
    async def lifespan(app):
        log.append(f"{name} up")
        yield {name: len(log)}
        log.append(f"{name} down")

    return lifespan


def test_lifespans_are_within_each_other():
    log = []
    base = FastAPI(lifespan=kept(log, "base"))

    @base.get("/state")
    async def state(request: Request) -> dict[str, int]:
        return {"desk": request.state.desk, "base": request.state.base}

    with TestClient(made(base, lifespan=kept(log, "desk")).get_app()) as client:
        assert log == ["desk up", "base up"]
        assert client.get("/state").json() == {"desk": 1, "base": 2}
    assert log == ["desk up", "base up", "base down", "desk down"]


def test_a_lifespan_is_given_the_agentos_and_may_change_what_is_served():
    log = []

    @asynccontextmanager
    async def lifespan(app, agent_os):
        agent_os.agents.append(Agent(name="Bob"))
        agent_os.resync(app=app)
        yield
        log.append("down")

    for base in (None, with_fastapi()):
        db = InMemoryDb(id="desk")
        with TestClient(made(base, lifespan=lifespan, db=db).get_app()) as client:
            assert client.get("/agents/bob").json()["id"] == "bob"
            assert client.get("/v1/runtime/wherry/agents/bob").json()["id"] == "bob"
            assert client.get("/customers").status_code == (200 if base else 404)
    assert log == ["down", "down"]


def test_resync_leaves_out_what_went_and_refuses_twins():
    desk = made()
    app = desk.get_app()
    with TestClient(app) as client:
        desk.agents[:] = [Agent(name="Cy")]
        desk.resync(app)
        assert [one["id"] for one in client.get("/agents").json()] == ["cy"]
        sent = {"id": "sent", "model_ref": "openai:m", "memory_policy": {"persist": False}}
        assert client.post("/v1/runtime/wherry/agents", json=sent).status_code == 201
        desk.knowledge = [Knowledge(name="Pier", contents_db=InMemoryDb(id="north"))]
        desk.resync(app)
        assert {one["id"] for one in client.get("/agents").json()} == {"cy", "sent"}
        assert client.get("/knowledge/content").status_code == 200
        desk.agents.append(Agent(name="Cy"))
        with pytest.raises(ValueError, match="Duplicate IDs found in AgentOS: 'cy'"):
            desk.resync(app)
        desk.agents.pop()
        desk.knowledge.append(Knowledge(name="Pier", contents_db=InMemoryDb(id="north")))
        with pytest.raises(ValueError, match="Duplicate knowledge instances detected"):
            desk.resync(app)
        with pytest.raises(ValueError, match="has no AgentOS"):
            desk.resync(FastAPI())


KEY = {"authorization": "Bearer k"}
OPEN = ("/", "/info", "/health", "/docs", "/openapi.json")


@pytest.mark.parametrize("make", [with_fastapi, with_starlette, lambda: None])
def test_a_key_is_asked_for_on_every_route(make):
    base = make()
    desk = made(base, settings=AgnoAPISettings(os_security_key="k"), on_route_conflict="preserve_base_app")
    assert "'k'" not in repr(desk.settings)
    with TestClient(desk.get_app()) as client:
        assert {client.get(path).status_code for path in OPEN} == {200}
        for path in ("/config", "/agents", *(["/customers", "/nothing", "/config/"] if base else [])):
            for headers in ({}, {"authorization": "Bearer no"}, {"authorization": "k"}):
                refused = client.get(path, headers=headers)
                assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert client.get("/config", headers=KEY).json()["os_id"]
        assert client.get("/info").json()["auth_mode"] == "security_key"
        assert client.get("/metrics", headers={"accept": "text/plain"}).status_code == (401 if base else 200)
        if base:
            assert client.get("/customers", headers=KEY).json() == MINE
            assert client.get("/nothing", headers=KEY).status_code == 404


@pytest.mark.parametrize("path", ["/api", "/healthz", "/openapi.yaml"])
@pytest.mark.parametrize("way", ["preserve_agentos", "preserve_base_app"])
def test_what_the_user_answers_at_an_open_path_of_wherrys_own_is_closed(path, way):
    async def mine(request):
        return JSONResponse(MINE)

    settings = AgnoAPISettings(os_security_key="k")
    for route in (Route(path, mine, methods=["GET", "POST"]), Mount(path, Route("/", mine, methods=["GET", "POST"]))):
        with TestClient(made(Starlette(routes=[route]), settings=settings, on_route_conflict=way).get_app()) as client:
            for where in (path, f"{path}/"):
                assert client.post(where).status_code == 401
                answer = client.get(where)
                assert answer.status_code == 401 or "mine" not in answer.text
            assert client.post(f"{path}/" if isinstance(route, Mount) else path, headers=KEY).json() == MINE
            assert client.get("/readyz").status_code == 200


def test_a_key_is_one_more_beside_the_tokens(monkeypatch):
    monkeypatch.setenv("WHERRY_API_TOKENS", "reader-1:read")
    with TestClient(made(settings=AgnoAPISettings(os_security_key="k")).get_app()) as client:
        for token, status in (("reader-1", 403), ("k", 404), ("none", 401)):
            headers = {"authorization": f"Bearer {token}"}
            assert client.delete("/v1/runtime/wherry/agents/nobody", headers=headers).status_code == status


@MAKERS
def test_scopes_hold_for_the_users_routes(make, monkeypatch):
    monkeypatch.setenv("WHERRY_API_TOKENS", "reader-1:read,worker-1:run,boss-001:admin")
    with TestClient(made(make()).get_app()) as client:

        def asked(method, path, token):
            return client.request(method, path, headers={"authorization": f"Bearer {token}"}).status_code

        assert [asked("GET", "/customers", one) for one in ("reader-1", "worker-1", "boss-001")] == [200, 403, 200]
        assert [asked("POST", "/customers", one) for one in ("reader-1", "worker-1", "boss-001")] == [403, 200, 200]
        # What asks by POST and changes nothing is for readers, as on a server of its own.
        assert asked("POST", "/traces/search", "reader-1") not in (401, 403)
        assert asked("POST", "/agents/ada/runs", "reader-1") == 403


SITE, OTHER = "https://desk.example", "https://other.example"
BASE_CORS = {"allow_origins": ["*", SITE], "allow_origin_regex": r"https://\w+\.pier\.example"}


def asked_from(client, origin):
    """Whether a page of a site may ask, and whether what it sends is taken."""
    wanted = {"origin": origin, "access-control-request-method": "POST"}
    told = client.options("/config", headers=wanted).headers.get("access-control-allow-origin")
    sent = client.post("/agents/ada/runs", headers={"origin": origin}, data={})
    assert sent.status_code in (403, 422)
    return told == origin, sent.status_code == 422


@pytest.mark.parametrize(
    ("given", "own", "sites"),
    [
        ({}, None, {}),
        ({"cors_allowed_origins": ["*"]}, None, {}),
        ({"cors_allowed_origins": [SITE]}, None, {SITE}),
        ({"settings": AgnoAPISettings(cors_origin_list=[SITE])}, None, {SITE}),
        ({"settings": AgnoAPISettings(cors_origin_list=[SITE]), "cors_allowed_origins": [OTHER]}, None, {OTHER}),
        ({"cors": CORSConfig(origins=[SITE], origin_regex=r"https://o\w+\.example")}, None, {SITE, OTHER}),
        ({"cors": CORSConfig(origins=[])}, None, {}),
        ({"cors_allowed_origins": [OTHER]}, BASE_CORS, {SITE, OTHER, "https://a.pier.example"}),
        ({"cors": CORSConfig(origins=[OTHER], merge_base_app=False)}, BASE_CORS, {OTHER}),
        ({}, BASE_CORS, {SITE, "https://a.pier.example"}),
    ],
)
def test_pages_of_named_sites_may_ask_and_no_others(given, own, sites):
    base = with_fastapi() if own else None
    if base:
        base.add_middleware(CORSMiddleware, allow_credentials=True, allow_methods=["*"], **own)
    with TestClient(made(base, **given).get_app()) as client:
        for origin in (SITE, OTHER, "https://a.pier.example", "https://evil.example", f"{SITE}.evil"):
            assert asked_from(client, origin) == (origin in sites, origin in sites), origin


def test_cors_is_said_once():
    with pytest.raises(ValueError, match="both cors and cors_allowed_origins"):
        made(cors=CORSConfig(origins=[SITE]), cors_allowed_origins=[SITE])
    with pytest.raises(ValueError, match="no regular expression"):
        CORSConfig(origin_regex="(")


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("OS_SECURITY_KEY", "from-env")
    monkeypatch.setenv("docs_enabled", "false")
    monkeypatch.setenv("CORS_ORIGIN_LIST", f'["{SITE}"]')
    assert AgnoAPISettings(docs_enabled=True).docs_enabled
    with TestClient(made().get_app()) as client:
        assert client.get("/agents").status_code == 401
        assert client.get("/agents", headers={"authorization": "Bearer from-env"}).status_code == 200
        assert client.get("/").json() == {"name": "Desk", "health": "/health", "info": "/info"}
        assert {client.get(path).status_code for path in ("/docs", "/api", "/openapi.json", "/openapi.yaml")} == {404}
        assert asked_from_site(client)
    with pytest.raises(ValueError, match="os_security_keys"):
        AgnoAPISettings(os_security_keys="x")


def test_an_application_of_the_user_has_no_contract_without_documentation():
    for enabled, status in ((True, 200), (False, 404)):
        settings = AgnoAPISettings(docs_enabled=enabled)
        with TestClient(made(Starlette(), settings=settings).get_app()) as client:
            for path in ("/docs", "/api", "/openapi.yaml"):
                assert client.get(path).status_code == status


def test_an_error_of_the_settings_does_not_tell_the_key(monkeypatch):
    monkeypatch.setenv("CORS_ORIGIN_LIST", "https://desk.example")
    with pytest.raises(ValueError, match="AgnoAPISettings") as told:
        AgnoAPISettings(os_security_key="hush-hush")
    assert "hush" not in str(told.value)


def asked_from_site(client):
    wanted = {"origin": SITE, "access-control-request-method": "POST"}
    return client.options("/config", headers=wanted).headers["access-control-allow-origin"] == SITE


def test_a_key_lets_it_listen_beyond_this_machine(monkeypatch):
    import uvicorn

    listened = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: listened.append(options["host"]))
    with pytest.raises(ValueError, match=r"no token is set(.|\n)*settings=AgnoAPISettings\(os_security_key"):
        made().serve(host="0.0.0.0")  # noqa: S104 - refused
    made(settings=AgnoAPISettings(os_security_key="k")).serve(host="0.0.0.0")  # noqa: S104 - nothing listens
    assert listened == ["0.0.0.0"]  # noqa: S104


def importable(folder, monkeypatch, name, text):
    """A module in a folder that is the current one."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.parametrize(("name", "listens"), [("desk", True), ("app", True), ("bare", False), ("own", False)])
def test_wherry_serve_listens_beyond_this_machine_where_the_application_asks_for_a_key(
    tmp_path, monkeypatch, name, listens
):
    from wherry.api import serving

    text = (
        "from wherry.os import AgentOS\n"
        "from wherry.os.settings import AgnoAPISettings\n"
        "desk, bare = AgentOS(settings=AgnoAPISettings(os_security_key='k')), AgentOS()\n"
        "app = desk.get_app()\n"
        "async def own(scope, receive, send): ...\n"
    )
    importable(tmp_path, monkeypatch, "wide_desk", text)
    listened = []
    monkeypatch.setattr(serving, "listen", lambda host, port: listened.append(host))
    monkeypatch.setattr(serving, "run_server", lambda *args, **options: None)
    if listens:
        serving.serve(f"wide_desk:{name}", host="0.0.0.0")  # noqa: S104 - nothing listens
    else:
        with pytest.raises(ValueError, match="no token is set"):
            serving.serve(f"wide_desk:{name}", host="0.0.0.0")  # noqa: S104 - refused
    assert bool(listened) is listens


def test_wherry_serve_takes_the_same_application(tmp_path, monkeypatch):
    from wherry.api.serving import load_app, open_store, open_telemetry

    text = (
        "from fastapi import FastAPI\n"
        "from wherry.agent import Agent\n"
        "from wherry.os import AgentOS\n"
        "from wherry.os.settings import AgnoAPISettings\n"
        "settings = AgnoAPISettings(os_security_key='k')\n"
        "desk = AgentOS(agents=[Agent(name='Ada')], base_app=FastAPI(), settings=settings)\n"
    )
    importable(tmp_path, monkeypatch, "harbour_desk", text)
    app = load_app("harbour_desk:desk", open_store(str(tmp_path / "s.db")), open_telemetry(str(tmp_path / "t.db")))
    assert isinstance(app, FastAPI)
    # What agents that come later want left out is left out of what is recorded.
    server = app.state.wherry
    assert server.services["wherry"].redactor is server.recorder.redactor
    with TestClient(app) as client:
        assert client.get("/agents").status_code == 401
        model = {"name": "OpenAIResponses", "model": "gpt-5.4", "provider": "OpenAI"}
        assert client.get("/agents", headers=KEY).json() == [{"id": "ada", "name": "Ada", "model": model}]
