"""JWTs of an attacker: whatever is sent in place of a valid token opens nothing, breaks nothing and is told nowhere."""

import base64
import json
import time

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime.api.jwt_answers import EC_KEY, OTHER, RSA_KEY, SECRET, forged, hmac_with_public_key, pem, scoped, signed
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from wherry.api.jwt_gate import Denied, Gate
from wherry.api.jwt_tokens import LONGEST, JWTValidator
from wherry.core.errors import ConfigurationError
from wherry.os.middleware import JWTMiddleware
from wherry.os.scopes import get_accessible_resource_ids, has_required_scopes

KEYS = {"verification_keys": [SECRET], "algorithm": "HS256"}
VALID = signed()
SEGMENT = st.text("abcdefgXYZ0189-_=. \t", max_size=40)
PART = st.sampled_from(["agents", "teams", "ada", "bo", "*", "read", "run", "", "agent_os", "admin"])
SCOPE = st.lists(PART, min_size=1, max_size=4).map(":".join)


async def inside(request):
    return JSONResponse([request.state.user_id, request.state.scopes])


@pytest.fixture(scope="module")
def client():
    app = Starlette(routes=[Route("/{path:path}", inside)])
    app.add_middleware(JWTMiddleware, **KEYS, authorization=True, scope_mappings={"GET /x": ["agents:read"]})
    return TestClient(app, raise_server_exceptions=False)


def told(client, header, path="/x"):
    return client.get(path, headers=[(b"authorization", header)])


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=60).filter(lambda raw: not {0, 10, 13} & set(raw)))
def test_no_bytes_open_anything_or_break_anything(client, raw):
    assert told(client, raw).status_code == 401
    assert told(client, b"Bearer " + raw).status_code == 401


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(VALID) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_token_with_another_character_is_none(client, place, other):
    # The last character of a signature has bits that mean nothing.
    changed = VALID[:place] + other + VALID[place + 1 :]
    if changed != VALID and place < len(VALID) - 1:
        assert told(client, f"Bearer {changed}".encode()).status_code == 401


@settings(max_examples=25, deadline=None)
@given(SEGMENT, SEGMENT, SEGMENT)
def test_no_segments_open_anything(client, head, claims, signature):
    assert told(client, f"Bearer {head}.{claims}.{signature}".encode()).status_code == 401


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5c", "zip"]), st.none()
                    | st.booleans() | st.integers() | st.sampled_from(["none", "NONE", "HS256", "RS256", "", "JWE"])
                    | st.lists(st.text(max_size=3), max_size=2)),
)  # fmt: skip
def test_no_header_of_a_token_opens_anything(client, head):
    token = forged(head, {"sub": "jo", "scopes": ["agent_os:admin"]}, b"x" * 32)
    assert told(client, f"Bearer {token}".encode()).status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        hmac_with_public_key(),
        signed(key=OTHER),
        signed(key=SECRET),
        signed(key=EC_KEY, algorithm="ES256"),
        forged({"alg": "none"}, {"sub": "jo"}),
        forged({"alg": "nOnE"}, {"sub": "jo"}, b""),
        # A key that the token brings along, or says where to fetch.
        jwt.encode({"sub": "jo"}, EC_KEY, algorithm="ES256", headers={"jku": "http://127.0.0.1:9/keys"}),
        jwt.encode({"sub": "jo"}, OTHER, algorithm="HS256", headers={"jwk": {"kty": "oct", "k": "eA"}}),
        jwt.encode({"sub": "jo"}, OTHER, algorithm="HS256", headers={"kid": "../../../dev/null"}),
        jwt.encode({"sub": "jo"}, SECRET * 2, algorithm="HS512"),
    ],
)
@pytest.mark.parametrize("keys", ["rsa", "ec"])
def test_an_algorithm_is_the_servers_choice(token, keys):
    key, algorithm = (RSA_KEY, "RS256") if keys == "rsa" else (EC_KEY, "ES256")
    gate = Gate([pem(key)], algorithm=algorithm, issuer=None)
    valid = signed(key=key, algorithm=algorithm)
    assert gate.validator.validate_token(valid)["sub"] == "jo"
    if keys == "ec" and json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "==")).get("alg") == "ES256":
        return  # this one is signed by that very key
    with pytest.raises(jwt.InvalidTokenError):
        gate.validator.validate_token(token)


def test_times_have_a_leeway_and_no_more():
    checks, now = JWTValidator([SECRET], algorithm="HS256", leeway=3600), time.time()
    assert checks.validate_token(signed(exp=int(now) - 1800))["sub"] == "jo"
    for claims in ({"exp": int(now) - 7200}, {"nbf": int(now) + 7200}, {"iat": int(now) + 7200}):
        with pytest.raises(jwt.InvalidTokenError):
            checks.validate_token(signed(claims))
    for odd in ("soon", [], {}, 1e400, float("nan"), True):
        for name in ("nbf", "iat", "exp"):
            try:
                checks.validate_token(signed({name: odd}))
            except jwt.InvalidTokenError:
                continue
            assert odd is True  # which is the number 1 to Python
            assert name != "exp"


@pytest.mark.parametrize("sub", [7.5, True, [], {}, "\0", "a\0b", "\ud800"])
def test_who_is_no_name_is_nobody(sub):
    gate = Gate(**KEYS, user_id_claim="uid", session_id_claim="sid", session_state_claims=["tide"])
    for claim in ("uid", "sid"):
        with pytest.raises(Denied) as denied:
            gate._of({claim: sub})
        assert denied.value.status == 401
    if isinstance(sub, str):
        with pytest.raises(Denied):
            gate._of({"tide": {"deep": [sub]}})
    assert gate._of({"uid": 7}).user_id == "7"


def test_a_long_or_deep_token_is_refused_at_once(client):
    long = f"Bearer {VALID}{'A' * LONGEST}".encode()
    assert told(client, long).json() == {"detail": f"Invalid token: Longer than {LONGEST} characters"}
    deep = base64.urlsafe_b64encode(b"[" * 20_000).rstrip(b"=").decode()
    assert told(client, f"Bearer {deep}.e30.eA".encode()).status_code == 401
    assert told(client, f"Bearer {signed(scopes=[['a'], 5, None, {}, 'agents:read'])}".encode()).json()[1] == [
        "agents:read"
    ]


@pytest.mark.parametrize("path", ["/x%0a", "/%0dx", "/x%00", "/%7f", "/x%0A/"])
def test_no_control_character_gets_by_a_scope(client, path):
    assert told(client, f"Bearer {signed()}".encode(), path).status_code == 400
    assert client.get("/x", headers={"authorization": f"Bearer {signed()}"}).status_code == 403


def test_two_headers_are_one_too_many(client):
    pair = [(b"authorization", f"Bearer {one}".encode()) for one in (VALID, scoped("agents:read"))]
    for headers in (pair, pair[::-1]):
        answer = client.get("/x", headers=headers)
        assert answer.status_code == 401
        assert VALID not in answer.text


def test_no_refusal_tells_a_token_or_a_key(client, caplog):
    caplog.set_level("DEBUG")
    tokens = [signed(key=OTHER), signed(exp=1), signed(sub="sa:x"), hmac_with_public_key(), VALID, "a.b.c" * 9]
    for token in tokens:
        answer = told(client, f"Bearer {token}".encode())
        assert token not in answer.text + str(answer.headers)
    assert not [token for token in tokens if token in caplog.text]
    assert SECRET not in caplog.text
    for key in (SECRET, pem(RSA_KEY) + "x"):
        with pytest.raises(ConfigurationError) as caught:
            Gate([key], algorithm="ES256")
        assert key not in repr(caught.value) + caught.value.hint
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("keys", [None, [], {}, {"keys": 5}, {"keys": ["x"]}, {"keys": []}, {"keys": [{"kty": "no"}]}])
def test_a_key_set_without_keys_is_refused(tmp_path, keys):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(keys))
    with pytest.raises(ConfigurationError, match=r"keys\.json"):
        Gate(jwks_file=str(file))
    file.write_bytes(b"\xff{")
    with pytest.raises(ConfigurationError, match=r"keys\.json"):
        Gate(jwks_file=str(file))


def test_a_key_of_a_set_is_named_by_the_token_or_has_no_name(tmp_path):
    def public(key, **more):
        maker = jwt.algorithms.RSAAlgorithm if key is RSA_KEY else jwt.algorithms.ECAlgorithm
        return {**json.loads(maker.to_jwk(key.public_key())), **more}

    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [public(EC_KEY, kid="e"), public(RSA_KEY), {"kty": "new"}]}))
    checks = JWTValidator(jwks_file=str(file))
    for name in ("k", "e", None):  # a key of another kind opens nothing, and breaks nothing
        token = signed(key=RSA_KEY, algorithm="RS256", headers={"kid": name} if name else None)
        assert checks.validate_token(token)["sub"] == "jo"
    with pytest.raises(jwt.InvalidTokenError):
        checks.validate_token(signed(key=EC_KEY, algorithm="ES256", headers={"kid": "e"}))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(SCOPE, max_size=4), SCOPE, st.sampled_from(["agents", "teams", None]), st.sampled_from(["ada", "bo", None])
)
def test_more_scopes_never_allow_less_and_none_allow_nothing(held, more, kind, one):
    for needed in (["agents:read"], ["agents:run", "teams:read"], ["admin"], ["a:b:c:d"]):
        asked = (needed, kind, one if kind else None)
        assert not has_required_scopes([], *asked)
        if has_required_scopes(held, *asked):
            assert has_required_scopes([*held, more], *asked)
    if "agent_os:admin" not in held:
        assert not has_required_scopes(held, ["admin"])
        assert not has_required_scopes(held, ["agents:read", "a:b:c:d"])


@settings(max_examples=50, deadline=None)
@given(st.lists(SCOPE, max_size=4), st.sampled_from(["read", "run"]))
def test_a_list_shows_what_may_be_looked_at(held, action):
    reached = get_accessible_resource_ids(held, "agents", action=action)
    for one in ("ada", "bo"):
        allowed = has_required_scopes(held, [f"agents:{action}"], "agents", one)
        assert allowed is bool(reached & {one, "*"})
