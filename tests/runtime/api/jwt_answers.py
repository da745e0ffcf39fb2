"""What an AgentOS answers to tokens, forged ones included, for either package.

`python tests/runtime/api/jwt_answers.py tests/runtime/api/agno_jwt.json` records what Agno says; it needs the extra
`parity` and FastAPI. Keys are made anew each time, and no token is recorded.
"""

import base64
import json
import os
import re
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.testclient import TestClient

from wherry.testing import ReplayServer

SECRET, OTHER = "a-shared-secret-of-32-characters", "another-secret-of-32-characters!"
SECOND = "a-second-secret-of-32-characters"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def pem(key):
    """The public half of a key, as text."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def signed(claims=None, key=SECRET, algorithm="HS256", headers=None, **more):
    """A token; without an `exp` of its own it is good for an hour, and None leaves a claim out."""
    given = {"sub": "jo", "exp": int(time.time()) + 3600, **(claims or {}), **more}
    kept = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers=headers)


def scoped(*scopes, **claims):
    """A token with scopes."""
    return signed(scopes=list(scopes), **claims)


def forged(header, claims, signature=b""):
    """A token put together by hand."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def hmac_with_public_key():
    """A token whose secret is the text of the public key, as if the server took either kind."""
    import hashlib
    import hmac

    head = forged({"alg": "HS256", "typ": "JWT"}, {"sub": "jo", "scopes": ["agent_os:admin"]}).rpartition(".")[0]
    mac = hmac.new(pem(RSA_KEY).encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


NOW = int(time.time())
ADMIN = ("agent_os:admin",)
HI = {"data": {"message": "Hi", "stream": "false"}}
PLAIN = "verified"  # an application whose tokens are verified, and no more
# Application, method, address, token (or None), and what else the request has.
ASKED = [
    # A token in one of its forms.
    (PLAIN, "GET", "/agents", None, {}),
    (PLAIN, "GET", "/agents", signed(), {}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": f"bearer {signed()}"}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": f"BEARER   {signed()} "}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": signed()}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": "Bearer"}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": "Bearer "}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": "Basic am86eA=="}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"authorization": f"Token {signed()}"}}),
    (PLAIN, "GET", "/agents", None, {"headers": {"cookie": f"access_token={signed()}"}}),
    (PLAIN, "GET", "/agents", "a.b.c", {}),
    (PLAIN, "GET", "/agents", "rubbish", {}),
    (PLAIN, "GET", "/agents", signed(key=OTHER), {}),
    (PLAIN, "GET", "/agents", signed(key=SECOND), {}),
    (PLAIN, "GET", "/agents", signed()[:-6] + "AAAAAA", {}),
    (PLAIN, "GET", "/agents", forged({"alg": "none", "typ": "JWT"}, {"sub": "jo"}), {}),
    (PLAIN, "GET", "/agents", forged({"alg": "None", "typ": "JWT"}, {"sub": "jo"}), {}),
    (PLAIN, "GET", "/agents", forged({"typ": "JWT"}, {"sub": "jo"}), {}),
    (PLAIN, "GET", "/agents", forged([1], {"sub": "jo"}), {}),
    (PLAIN, "GET", "/agents", signed(algorithm="HS384", key=SECRET * 2), {}),
    # Times and names.
    (PLAIN, "GET", "/agents", signed(exp=NOW - 3600), {}),
    (PLAIN, "GET", "/agents", signed(exp=None), {}),
    (PLAIN, "GET", "/agents", signed(exp="soon"), {}),
    (PLAIN, "GET", "/agents", signed(nbf=NOW + 3600), {}),
    (PLAIN, "GET", "/agents", signed(iat=NOW + 3600), {}),
    (PLAIN, "GET", "/agents", signed(sub=None), {}),
    (PLAIN, "GET", "/agents", signed(sub=7), {}),
    (PLAIN, "GET", "/agents", signed(sub="sa:robot"), {}),
    (PLAIN, "GET", "/agents", signed(sub="__scheduler__"), {}),
    (PLAIN, "GET", "/agents", signed(sub="__oauth__:x"), {}),
    (PLAIN, "GET", "/", None, {}),
    (PLAIN, "GET", "/health", None, {}),
    (PLAIN, "GET", "/health", "rubbish", {}),
    (PLAIN, "GET", "/nowhere", None, {}),
    (PLAIN, "GET", "/info", None, {}),
    ("scopes", "GET", "/info", "rubbish", {}),
    ("apart", "GET", "/info", None, {}),
    # Public keys.
    ("rsa", "GET", "/agents", signed(key=RSA_KEY, algorithm="RS256"), {}),
    ("rsa", "GET", "/agents", signed(key=SECRET), {}),
    ("rsa", "GET", "/agents", hmac_with_public_key(), {}),
    ("rsa", "GET", "/agents", forged({"alg": "none"}, {"sub": "jo"}), {}),
    ("rsa", "GET", "/agents", signed(key=EC_KEY, algorithm="ES256"), {}),
    ("jwks", "GET", "/agents", signed(key=RSA_KEY, algorithm="RS256", headers={"kid": "k1"}), {}),
    ("jwks", "GET", "/agents", signed(key=RSA_KEY, algorithm="RS256", headers={"kid": "k2"}), {}),
    ("jwks", "GET", "/agents", signed(key=RSA_KEY, algorithm="RS256"), {}),
    ("jwks", "GET", "/agents", signed(key=SECRET, headers={"kid": "k1"}), {}),
    ("jwks", "GET", "/agents", hmac_with_public_key(), {}),
    # Who it is for, and from.
    ("audience", "GET", "/agents", scoped(*ADMIN), {}),
    ("audience", "GET", "/agents", scoped(*ADMIN, aud="desk"), {}),
    ("audience", "GET", "/agents", scoped(*ADMIN, aud=["other", "desk"]), {}),
    ("audience", "GET", "/agents", scoped(*ADMIN, aud="other"), {}),
    ("issuer", "GET", "/agents", signed(), {}),
    ("issuer", "GET", "/agents", signed(iss="https://id.example"), {}),
    ("issuer", "GET", "/agents", signed(iss="https://else.example"), {}),
    # Where it is.
    ("cookie", "GET", "/agents", signed(), {}),
    ("cookie", "GET", "/agents", None, {"headers": {"cookie": f"seat={signed()}"}}),
    ("cookie", "GET", "/agents", None, {"headers": {"cookie": "seat="}}),
    ("both", "GET", "/agents", None, {}),
    ("both", "GET", "/agents", None, {"headers": {"cookie": f"access_token={signed()}"}}),
    ("both", "GET", "/agents", "rubbish", {"headers": {"cookie": f"access_token={signed()}"}}),
    ("header", "GET", "/agents", signed(), {}),
    ("header", "GET", "/agents", None, {"headers": {"x-desk-token": signed()}}),
    # Unverified.
    ("unverified", "GET", "/agents", signed(key=OTHER), {}),
    ("unverified", "GET", "/agents", "rubbish", {}),
    ("unverified", "GET", "/agents", None, {}),
    # Scopes.
    *[
        ("scopes", method, path, token, {})
        for token in (
            None,
            signed(),
            signed(scopes="agents:read"),
            signed(scopes="agents:read agents:run"),
            signed(scopes={"agents:read": True}),
            scoped("agents:read"),
            scoped("agents:ada:read"),
            scoped("agents:*:read"),
            scoped("agents:ada:run"),
            scoped("teams:read"),
            scoped("config:read"),
            scoped("system:read"),
            scoped("a:b:c:d", "agents"),
            scoped("sessions:read", "memories:read"),
            scoped(*ADMIN),
        )
        for method, path in (
            ("GET", "/agents"),
            ("GET", "/agents/ada"),
            ("GET", "/agents/bo"),
            ("GET", "/config"),
            ("GET", "/sessions"),
            ("GET", "/agents/ada/runs?session_id=none"),
            ("POST", "/agents/ada/runs/none/cancel"),
        )
    ],
    ("scopes", "GET", "/memories", scoped("memories:read"), {}),
    ("scopes", "DELETE", "/memories/none", scoped("memories:read", "memories:write"), {}),
    ("scopes", "DELETE", "/memories/none", scoped("memories:delete"), {}),
    ("scopes", "DELETE", "/sessions/none", scoped("sessions:write"), {}),
    ("scopes", "DELETE", "/sessions/none", scoped("sessions:delete"), {}),
    ("scopes", "GET", "/teams", scoped("agents:read"), {}),
    ("scopes", "GET", "/workflows", scoped("agents:read"), {}),
    ("scopes", "GET", "/health", None, {}),
    ("scopes", "GET", "/public/berths", None, {}),
    ("scopes", "GET", "/config%0A", scoped("teams:read"), {}),
    ("scopes", "GET", "/sessions%0A", scoped("teams:read"), {}),
    ("mapped", "GET", "/agents", scoped("desk:look"), {}),
    ("mapped", "GET", "/agents", scoped("agents:read"), {}),
    ("mapped", "GET", "/config", signed(), {}),
    ("mapped", "GET", "/sessions", scoped("captain"), {}),
    ("mapped", "GET", "/sessions", scoped("agent_os:admin"), {}),
    # What a run is given.
    (PLAIN, "POST", "/agents/ada/runs", signed(), {"data": {"message": "Hi", "stream": "false", "user_id": "al"}}),
    ("claims", "POST", "/agents/ada/runs", signed(sub=None, uid="di", sid="s9", berth=7, tide="high"),
     {"data": {"message": "Hi", "stream": "false", "user_id": "al", "session_id": "mine",
               "session_state": '{"tide": "low"}', "dependencies": '{"berth": 1}'}}),
    ("claims", "POST", "/agents/ada/runs", signed(uid="di"),
     {"data": {"message": "Hi", "stream": "false", "session_id": "mine", "session_state": '{"tide": "low"}'}}),
    ("scopes", "POST", "/agents/ada/runs", scoped("agents:ada:run"), HI),
    ("scopes", "POST", "/agents/bo/runs", scoped("agents:ada:run"), HI),
    ("scopes", "POST", "/agents/ada/runs", scoped("agents:read"), HI),
    # A session of somebody else.
    ("scopes", "POST", "/agents/ada/runs", scoped("agents:run", sub="al"),
     {"data": {"message": "Hi", "stream": "false", "session_id": "al-1"}}),
    ("scopes", "POST", "/agents/ada/runs", scoped("agents:run"),
     {"data": {"message": "Hi", "stream": "false", "session_id": "al-1"}}),
    ("scopes", "POST", "/agents/ada/runs", scoped(*ADMIN),
     {"data": {"message": "Hi", "stream": "false", "session_id": "al-1"}}),
    ("scopes", "GET", "/sessions/al-1", scoped("sessions:read"), {}),
    ("scopes", "POST", "/sessions", scoped("sessions:write"), {"json": {"session_id": "n1", "user_id": "al"}}),
    ("scopes", "POST", "/memories", scoped("memories:write"), {"json": {"memory": "Tea.", "user_id": "al"}}),
    # Users kept apart.
    ("apart", "POST", "/agents/ada/runs", scoped("agents:run", sub="al"),
     {"data": {"message": "Hi", "stream": "false", "session_id": "al-1", "user_id": "jo"}}),
    ("apart", "POST", "/agents/ada/runs", scoped("agents:run"),
     {"data": {"message": "Hi", "stream": "false", "session_id": "al-1"}}),
    ("apart", "POST", "/agents/ada/runs", scoped("agents:run", sub=None), HI),
    ("apart", "POST", "/agents/ada/runs", scoped("agents:run", sub=""), HI),
    *[
        ("apart", method, path, token, more)
        for token in (
            scoped("sessions:read", "sessions:write", "sessions:delete", "memories:read", "memories:write",
                   "memories:delete", "agents:run", "agents:read"),
            scoped("sessions:read", "sessions:write", "sessions:delete", "memories:read", "memories:write",
                   "memories:delete", "agents:run", "agents:read", sub="al"),
            scoped(*ADMIN),
        )
        for method, path, more in (
            ("GET", "/sessions", {}),
            ("GET", "/sessions?user_id=al", {}),
            ("GET", "/sessions/al-1", {}),
            ("GET", "/sessions/al-1?user_id=al", {}),
            ("GET", "/sessions/al-1/runs", {}),
            ("POST", "/sessions/al-1/rename", {"json": {"session_name": "Mine"}}),
            ("PATCH", "/sessions/al-1", {"json": {"session_name": "Mine"}}),
            ("GET", "/agents/ada/runs?session_id=al-1", {}),
            ("POST", "/memories", {"json": {"memory": "Tea.", "user_id": "al"}}),
            ("GET", "/memories?user_id=al", {}),
            ("GET", "/memories", {}),
            ("GET", "/user_memory_stats", {}),
        )
    ],
    ("apart", "DELETE", "/sessions/al-1", scoped("sessions:delete"), {}),
    ("apart", "GET", "/sessions/al-1", scoped(*ADMIN), {}),
    ("apart", "DELETE", "/sessions/al-1", scoped("sessions:delete", sub="al"), {}),
    ("apart", "GET", "/sessions/al-1", scoped(*ADMIN), {}),
    ("apart", "GET", "/sessions", scoped("sessions:read", sub=None), {}),
]  # fmt: skip
_KEPT = ("user_id", "session_id", "session_state", "content", "status", "auth_mode", "user_isolation")


def jwks_in(folder):
    """A file with the public key, called k1."""
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key())) | {"kid": "k1", "alg": "RS256"}
    path = Path(folder, "jwks.json")
    path.write_text(json.dumps({"keys": [key]}), encoding="utf-8")
    return str(path)


def applications(package, folder):
    """One application for each way to be told of keys."""
    found = import_module(f"{package}.os")
    middleware = import_module(f"{package}.os.middleware")
    config = import_module(f"{package}.os.config").AuthorizationConfig
    agents, models = import_module(f"{package}.agent"), import_module(f"{package}.models.openai")
    sqlite = import_module(f"{package}.db.sqlite").SqliteDb

    def desk(name, **given):
        db = sqlite(db_file=str(Path(folder, f"{name}.db")), id="desk")
        made = [agents.Agent(id=i, name=i, model=models.OpenAIChat(id="m"), db=db) for i in ("ada", "bo")]
        return found.AgentOS(id="desk", agents=made, db=db, telemetry=False, **given).get_app()

    def added(name, **given):
        app = desk(name)
        app.add_middleware(middleware.JWTMiddleware, **{"algorithm": "HS256", "verification_keys": [SECRET], **given})
        return app

    def asking(name, isolation=False, **given):
        rules = config(verification_keys=[SECRET], algorithm="HS256", **given)
        more = {"user_isolation": True} if isolation else {}
        return desk(name, authorization=True, authorization_config=rules, **more)

    source = middleware.TokenSource
    return {
        PLAIN: added(PLAIN, verification_keys=[SECRET, SECOND]),
        "rsa": added("rsa", algorithm="RS256", verification_keys=[pem(RSA_KEY)]),
        "jwks": added("jwks", algorithm="RS256", verification_keys=None, jwks_file=jwks_in(folder)),
        "audience": asking("audience", verify_audience=True),
        "issuer": added("issuer", issuer="https://id.example"),
        "cookie": added("cookie", token_source=source.COOKIE, cookie_name="seat"),
        "both": added("both", token_source=source.BOTH),
        "header": added("header", token_header_key="X-Desk-Token"),
        "unverified": added("unverified", validate=False, verification_keys=None),
        "scopes": asking("scopes", excluded_route_paths=["/public/*"]),
        "mapped": added(
            "mapped", scope_mappings={"GET /agents": ["desk:look"], "GET /config": []}, admin_scope="captain"
        ),
        "claims": added(
            "claims",
            user_id_claim="uid",
            session_id_claim="sid",
            dependencies_claims=["berth"],
            session_state_claims=["tide"],
        ),
        "apart": asking("apart", isolation=True),
    }


def shortened(path, body):
    """What is compared of a body: refusals whole, of lists the ids, of a run what it was given."""
    if isinstance(body, dict) and "detail" in body:
        return {"detail": body["detail"]}
    if isinstance(body, list):
        return [one.get("id") or one.get("user_id") for one in body]
    if path == "/config":
        return {kind: [one["id"] for one in body[kind]] for kind in ("agents", "teams", "workflows")}
    if isinstance(body, dict) and "data" in body:
        lines = [[one.get(name) for name in ("session_id", "user_id", "memory")] for one in body["data"]]
        return sorted(lines, key=json.dumps)  # rows of one second come in any order
    if isinstance(body, dict):
        return {name: body[name] for name in _KEPT if name in body}
    return body


def answers(package, folder):
    """Status, kept headers and body of each question, in order."""
    told = []
    with ExitStack() as stack:
        model = stack.enter_context(ReplayServer([{"content": "Aye."}] * 40))
        stack.enter_context(model.environment())
        os.environ.pop("JWT_VERIFICATION_KEY", None)
        clients = {
            name: stack.enter_context(TestClient(app, raise_server_exceptions=False, follow_redirects=False))
            for name, app in applications(package, folder).items()
        }
        for name, method, address, token, more in ASKED:
            headers = dict(more.get("headers", {}))
            if token is not None:
                headers["authorization"] = f"Bearer {token}"
            given = {key: value for key, value in more.items() if key != "headers"}
            answer = clients[name].request(method, address, headers=headers, **given)
            try:
                body = json.loads(answer.text or "null")
            except ValueError:
                body = "no JSON"
            text = json.dumps(shortened(address.partition("?")[0], body))
            text = re.sub(r'"[0-9a-f]{8}-[0-9a-f-]{27}"', '"new"', text)
            told.append([name, f"{method} {address}", answer.status_code, json.loads(text)])
    return told


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        lines = [json.dumps(told, sort_keys=True) for told in answers("agno", place)]
        Path(sys.argv[1]).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
