"""A client that a public generator makes of the contract, against `wherry serve`."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from api_desk import serving

from wherry.testing import ReplayServer

CONTRACT = Path(__file__).resolve().parents[3] / "contracts" / "runtime-openapi.yaml"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The generated package; the generator may find nothing in the contract that it cannot express."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "config.yaml").write_text("post_hooks: []\n")  # no formatter is needed
    words = ["--path", CONTRACT, "--meta", "none", "--output-path", folder / "wherry_http", "--fail-on-warning"]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *words, "--config", folder / "config.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        importlib.import_module("wherry_http")
        yield lambda path: importlib.import_module(f"wherry_http.{path}")
    finally:
        sys.path.remove(str(folder))


@pytest.mark.timeout(240)
def test_it_registers_runs_continues_and_reads(client, tmp_path):
    call = lambda group, name, **given: client(f"api.{group}.{name}").sync(client=http, runtime="wherry", **given)  # noqa: E731
    models = client("models")
    with (
        ReplayServer(["Rising.", "Still rising.", "Logged."]) as model,
        serving(tmp_path, model, "--db", "s.db") as (_, address),
        client("client").Client(base_url=address) as http,
    ):
        new = models.AgentRuntime(id="clerk", model_ref="openai:m")
        assert call("agents", "register_agent", body=new).registered_from == "manifest"
        assert [one.id for one in call("agents", "list_agents").items] == ["ada", "clerk"]

        asked = {"body": models.Run(input_="Tide?", session_id="s1"), "idempotency_key": "k1"}
        run = call("runs", "run_agent", id="ada", **asked)
        assert (run.status, run.content, run.session_id) == ("COMPLETED", "Rising.", "s1")
        assert call("runs", "run_agent", id="ada", **asked).run_id == run.run_id
        assert call("runs", "get_run", id=run.run_id).content == "Rising."
        more = call("runs", "continue_run", id=run.run_id, body=models.Continue(input_="And now?"))
        assert more.content == "Still rising."

        steps = models.Run(input_="Log it.", steps=["clerk"])
        assert call("runs", "run_workflow", id="crossing", body=steps).record["steps"][0]["status"] == "completed"
        assert [said["content"] for said in call("sessions", "get_session", id="s1").to_dict()["history"]][:2] == [
            "Tide?",
            "Rising.",
        ]
        listed = client("api.telemetry.list_telemetry_events").sync
        asked = {"client": http, "runtime_path": "wherry", "run_id": run.run_id}
        assert listed(**asked, runtime_query="agno").items == []
        events = listed(**asked, runtime_query="wherry").items
        assert [events[0].event_type, events[-1].event_type] == ["RunStarted", "RunCompleted"]

        nobody = call("runs", "run_agent", id="nobody", body=models.Run(input_="Hi"))
        assert (nobody.status, nobody.code) == (404, "not_found")
        assert call("evidence", "get_support_matrix").features
