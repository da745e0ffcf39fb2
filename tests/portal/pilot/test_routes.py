"""The interactive checklist's side of the portal: a log read and written through HTTP."""

import pytest
import yaml
from starlette.applications import Starlette
from starlette.testclient import TestClient

from wherry_portal.cli import main
from wherry_portal.pilot import load_log
from wherry_portal.pilot.routes import LARGEST_LOG, pilot_routes

CHECKLIST = """schema: 1
id: pilot
title: Pilot
purpose: To test.
budget_minutes: 60
items:
  - {id: runs, text: It runs., why: w, role: engineer, expected_minutes: 1, kind: automatic, command: "true"}
  - {id: accepted, text: Yes., why: w, role: lead, expected_minutes: 2, kind: signed, proof: p, docs: guide/pilot/}
"""
SIGNED = {
    "id": "accepted",
    "status": "signed",
    "closed": "2026-11-22T10:00:00Z",
    "seconds": 5,
    "signature": {"role": "lead", "name": "Ada", "date": "2026-11-22", "link": "https://example.org/1"},
}
DONE = {"id": "runs", "status": "done", "closed": "2026-11-22T10:00:00Z", "seconds": 5, "shown": ["ok"]}


@pytest.fixture
def root(tmp_path, monkeypatch):
    for folder in ("checklists", "pilots"):
        (tmp_path / folder).mkdir()
    (tmp_path / "checklists" / "pilot.yaml").write_text(CHECKLIST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    main(["pilot", "start", "--team", "core"])
    return tmp_path


@pytest.fixture
def client(root):
    return TestClient(Starlette(routes=pilot_routes(root)), base_url="http://127.0.0.1:8000")


def read(client):
    """The log as data, and its tag."""
    response = client.get("/v1/portal/pilots/core", headers={"accept": "application/yaml"})
    return yaml.safe_load(response.text), response.headers["etag"]


def write(client, log, tag, **headers):
    given = {"if-match": tag, **{name.replace("_", "-"): value for name, value in headers.items()}}
    content = log if isinstance(log, bytes) else yaml.safe_dump(log).encode()
    return client.put("/v1/portal/pilots/core", content=content, headers=given)


def test_a_signature_written_in_the_browser_is_in_the_file(client, root):
    log, tag = read(client)
    response = write(client, log | {"items": [SIGNED]}, tag, origin="http://127.0.0.1:8000")
    assert response.status_code == 200
    assert load_log(root / "pilots" / "core.yaml").entry("accepted").signature.name == "Ada"
    assert response.headers["etag"] == read(client)[1] != tag


def test_the_summary_and_the_list_say_what_is_open(client):
    assert client.get("/v1/portal/pilots/core").json()["open"] == ["runs", "accepted"]
    (pilot,) = client.get("/v1/portal/pilots").json()["pilots"]
    assert (pilot["team"], pilot["state"], pilot["budget_seconds"]) == ("core", "running", 3600)


def test_a_new_log_may_be_written_when_there_is_none(client, root):
    log, _ = read(client)
    response = client.put("/v1/portal/pilots/other", content=yaml.safe_dump(log | {"team": "other"}))
    assert response.status_code == 201
    assert load_log(root / "pilots" / "other.yaml").team == "other"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"items": [DONE]}, "item 'runs' is automatic: run `wherry pilot done runs`"),
        ({"items": [DONE | {"id": "accepted"}]}, "item 'accepted' needs a signature"),
        ({"items": [SIGNED | {"id": "acepted"}]}, "has no item 'acepted'"),
        ({"started": "2026-11-21T10:00:00Z"}, "cannot begin at another time"),
        (
            {"items": [SIGNED | {"signature": {**SIGNED["signature"], "link": "wiki"}}]},
            "items[0].signature.link: is 'wiki'",
        ),
        ({"team": "other"}, "team: has to equal the file's name"),
        ({"itmes": []}, "did you mean 'items'?"),
    ],
)
def test_what_only_a_run_can_show_cannot_be_written(client, root, change, says):
    log, tag = read(client)
    before = (root / "pilots" / "core.yaml").read_text()
    response = write(client, log | change, tag)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]
    assert response.json()["errors"]
    assert (root / "pilots" / "core.yaml").read_text() == before


def test_a_verification_cannot_be_written(client):
    log, tag = read(client)
    checks = [{"check": "c", "passed": True, "shown": "s"}]
    made = {"date": "2026-11-22T10:00:00Z", "accepted": True, "wherry": "0.1.0", "python": "3.11", "checks": checks}
    assert "comes from `wherry pilot verify`" in write(client, log | {"verification": made}, tag).json()["detail"]


def test_two_writers_do_not_overwrite_each_other(client):
    log, tag = read(client)
    assert write(client, log | {"open_points": ["one"]}, tag).status_code == 200
    assert write(client, log | {"open_points": ["two"]}, tag).status_code == 412
    assert read(client)[0]["open_points"] == ["one"]
    assert client.put("/v1/portal/pilots/core", content=yaml.safe_dump(log)).status_code == 428
    missing = client.put("/v1/portal/pilots/other", content=yaml.safe_dump(log), headers={"if-match": tag})
    assert missing.status_code == 422  # the body is read before the file: it names another team


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"\xff\xfe", 422), (b"[", 422), (b"", 422), (b"x" * (LARGEST_LOG + 1), 413), (b"a: &x 1\nb: *x\n", 422)],
)
def test_a_body_that_is_no_log_is_a_problem_and_no_traceback(client, body, status):
    response = write(client, body, read(client)[1])
    assert response.status_code == status
    assert response.json()["status"] == status


def test_another_site_may_not_write(client):
    log, tag = read(client)
    assert write(client, log, tag, origin="https://elsewhere.example").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("pilots/none", 404), ("pilots/Up", 400), ("pilots/..%2f..%2fx", 404), ("checklists/none", 404)],
)
def test_what_is_not_there_is_a_problem_document(client, path, status):
    response = client.get(f"/v1/portal/{path}")
    assert response.status_code == status


def test_a_broken_log_is_listed_as_broken(client, root):
    (root / "pilots" / "core.yaml").write_text("team: 3\n")
    (pilot,) = client.get("/v1/portal/pilots").json()["pilots"]
    assert pilot["state"] == "broken"
    assert any(error["field"] == "team" for error in pilot["errors"])
    assert client.get("/v1/portal/pilots/core").status_code == 500


def test_checklists_and_the_gate_are_readable(client):
    found = client.get("/v1/portal/checklists/pilot").json()
    assert [item["kind"] for item in found["items"]] == ["automatic", "signed"]
    assert found["items"][1]["docs"].endswith("/guide/pilot/")
    gate = client.get("/v1/portal/gate").json()
    assert gate["passed"] is False
    assert {line["status"] for line in gate["lines"]} <= {"passed", "failed", "missing", "stale", "waived"}
