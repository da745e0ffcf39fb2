"""The running server against its contract, by Schemathesis: no answer that the contract does not describe.

With three examples an operation the stateful walks come by few of the contract's links; `test_contract_links` follows
every one of them, from an answer of each operation, and holds that every operation with an id is reached by one.

`WHERRY_CONTRACT_EXAMPLES=50` makes the run long: all phases, that many examples an operation.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from api_desk import client_of, listening, service_in
from processes import loopback

CONTRACT = Path(__file__).parents[3] / "contracts" / "runtime-openapi.yaml"
LONG = os.environ.get("WHERRY_CONTRACT_EXAMPLES")


@pytest.mark.timeout(3600 if LONG else 240)
def test_no_request_is_answered_against_the_contract(server, tmp_path):
    for _ in range(3):
        server.add({"content": "ok", "times": "forever"})
    app = client_of(service_in(tmp_path), jobs={"benchmarks": dict, "parity-tests": dict}).app
    phases = "examples,coverage,fuzzing,stateful" if LONG else "examples,stateful"
    command = [
        *(
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(Path(__file__).with_name("schemathesis.toml")),
        ),
        *("run", str(CONTRACT), "--phases", phases, "--max-examples", LONG or "3", "--no-color"),
        *("--suppress-health-check", "all", "--request-timeout", "60"),
    ]
    with listening(app) as address:
        done = subprocess.run(
            [*command, "--url", address], capture_output=True, text=True, cwd=tmp_path, env=loopback(), check=False
        )
    assert done.returncode == 0, done.stdout[-6000:]
    assert " passed" in done.stdout
