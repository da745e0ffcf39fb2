"""`wherry portal serve`: pages over real HTTP on loopback, and one clear block for everything it cannot serve."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from wherry.core.errors import ConfigurationError
from wherry_portal.cli import main
from wherry_portal.portal.runtime import run_benchmarks, run_parity

WHERRY = [sys.executable, "-c", "import sys; from wherry_portal.cli import main; sys.exit(main())"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    around = tmp_path_factory.mktemp("portal")
    folder = around / "site"
    (folder / "guide").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Home</h1>")
    (folder / "guide" / "index.html").write_text("<h1>Guide</h1>")
    (folder / "404.html").write_text("<h1>Nothing here</h1>")
    for name in (
        "main.57a0d79d.min.css",
        "bundle.a5f9d56c.min.js",
        "pages.js",
        "main.min.css",
        "a.57a0d79d.min.css.html",
    ):
        (folder / name).write_text("")
    (around / "secret.txt").write_text("secret")
    (around / "pilots").mkdir()
    return folder


@contextlib.contextmanager
def served(site, *words: str):
    command = [*WHERRY, "portal", "serve", "--site", str(site), "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            first = child.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+)", first)
            assert found, first + child.stdout.read()
            yield int(found[1]), child
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(60)


@pytest.fixture(scope="module")
def port(site):
    """Port of a portal that the tests share."""
    with served(site) as (port, _):
        yield port


def get(port: int, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def test_pages_folders_and_missing_pages(port):
    assert get(port, "/")[:2] == (200, "<h1>Home</h1>")
    assert get(port, "/guide/")[:2] == (200, "<h1>Guide</h1>")
    assert get(port, "/nowhere/")[:2] == (404, "<h1>Nothing here</h1>")


def test_a_page_may_fetch_nothing_from_elsewhere(port):
    headers = get(port, "/")[2]
    assert headers["content-security-policy"].startswith("default-src 'self' 'unsafe-inline' data: blob:;")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


def test_what_carries_the_hash_of_its_content_in_its_name_is_kept_and_all_else_asked_for_again(port):
    for name in ("main.57a0d79d.min.css", "bundle.a5f9d56c.min.js"):
        status, _, headers = get(port, f"/{name}")
        assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        status, _, headers = get(port, f"/{name}", If_None_Match=headers["etag"])
        assert (status, headers["cache-control"]) == (304, "public, max-age=31536000, immutable")
    for name in ("pages.js", "main.min.css", "a.57a0d79d.min.css.html"):
        assert get(port, f"/{name}")[2]["cache-control"] == "no-cache"
    status, _, headers = get(port, "/other.57a0d79d.min.css")
    assert (status, headers["cache-control"]) == (404, "no-cache")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/guide/..%2f..%2fsecret.txt", "//etc/passwd"]
)
def test_nothing_outside_the_site_is_read(port, path):
    status, body, _ = get(port, path)
    assert status == 404
    assert "secret" not in body


def test_a_page_under_a_foreign_name_is_refused(port):
    assert get(port, "/", Host="attacker.example")[0] == 400
    assert get(port, "/", Host=f"localhost:{port}")[0] == 200


def test_ctrl_c_ends_it_quietly(site):
    with served(site) as (_, child):
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 0
        assert "Traceback" not in child.stdout.read()


def post(port: int, path: str, body: object, **headers: str) -> tuple[int, dict]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json"} | headers,
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else {"text": text}


AGENT = {"id": "ferry", "name": "Ferry", "model_ref": "openai:gpt-5-mini"}


def test_the_runtime_api_answers_beside_the_pages(port):
    assert json.loads(get(port, "/healthz")[1])["status"] == "ok"
    assert get(port, "/openapi.yaml")[1].startswith("openapi: 3.1")
    assert json.loads(get(port, "/v1/runtime/wherry/support-matrix")[1])
    assert post(port, "/v1/runtime/wherry/agents", AGENT)[0] == 201
    assert "ferry" in get(port, "/v1/runtime/wherry/agents")[1]
    assert get(port, "/v1/runtime/nobody/agents")[0] == 404


def test_a_page_of_another_site_may_change_nothing(port):
    status, said = post(port, "/v1/runtime/wherry/agents", AGENT | {"id": "forged"}, origin="https://attacker.example")
    assert status == 403
    assert "another site" in said["text"]
    assert "forged" not in get(port, "/v1/runtime/wherry/agents")[1]
    own = AGENT | {"id": "own"}
    assert post(port, "/v1/runtime/wherry/agents", own, origin=f"http://127.0.0.1:{port}")[0] == 201


def test_pilot_logs_are_read_from_the_project_of_the_site(port):
    assert json.loads(get(port, "/v1/portal/pilots")[1]) == {"pilots": []}


def test_telemetry_of_a_portal_is_there_and_starts_empty(port):
    assert json.loads(get(port, "/v1/runtime/wherry/telemetry/events")[1])["items"] == []


def test_a_parity_run_of_an_unknown_fixture_says_which_are_known(tmp_path):
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "us1.yaml").write_text("")
    with pytest.raises(ConfigurationError, match="there is no fixture 'us2'") as refusal:
        run_parity(tmp_path, {"fixture": "us2"})
    assert refusal.value.hint == "Known are us1."


def test_a_parity_run_that_cannot_be_made_says_why(tmp_path):
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "us1.yaml").write_text("fixture_id: [")
    with pytest.raises(ConfigurationError, match="'us1' could not be run") as refusal:
        run_parity(tmp_path, {"fixture": "us1"})
    assert "us1.yaml" in refusal.value.hint


@pytest.mark.parametrize(
    "asked", [{"scenarios": "x"}, {"scenarios": ["--write"]}, {"rounds": 0}, {"rounds": "many"}], ids=str
)
def test_benchmarks_that_make_no_sense_are_refused(tmp_path, asked):
    with pytest.raises(ConfigurationError, match=f"{next(iter(asked))} must be"):
        run_benchmarks(tmp_path, asked)


def test_benchmarks_that_cannot_be_run_say_why(tmp_path):
    with pytest.raises(ConfigurationError, match="could not be run") as refusal:
        run_benchmarks(tmp_path, {"scenarios": ["none"], "rounds": 1})
    assert "scenarios.yaml" in refusal.value.hint


def refused(capsys, *words: str) -> str:
    assert main(["portal", "serve", *words]) == 2
    return capsys.readouterr().err


def test_a_folder_without_a_site_is_refused(tmp_path, capsys):
    error = refused(capsys, "--site", str(tmp_path))
    assert repr(str(tmp_path)) in error
    assert "make docs" in error


def test_a_taken_port_is_one_clear_block(site, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        error = refused(capsys, "--site", str(site), "--port", str(port))
    assert f"Port {port} of '127.0.0.1' is taken by another program" in error


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_number_that_is_no_port_is_refused(site, capsys, port):
    assert f"Port {port} is not between 0 and 65535" in refused(capsys, "--site", str(site), f"--port={port}")


def test_an_address_that_others_can_reach_has_to_be_asked_for(site, capsys):
    assert "WHERRY_API_TOKENS" in refused(capsys, "--site", str(site), "--host", "0.0.0.0")  # noqa: S104 - refused
