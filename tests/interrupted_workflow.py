"""A process that runs, or goes on with, a workflow of twelve steps until it is done or killed. Started by tests."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from workflow_ways import continue_in, run_in

from wherry.db.sqlite import SqliteDb
from wherry.workflow import Parallel, Step, StepOutput, Workflow

STEPS = 12


def twelve_steps(folder: Path, pause: float) -> Workflow:
    """Twelve steps that write down when they begin and end; the fourth is two side by side."""
    journal = folder / "journal"

    def note(text: str) -> None:
        with journal.open("a") as lines:
            lines.write(f"{text}\n")

    def step(number: int, name: str) -> Step:
        def work(given, run_context):
            note(f"begin {name}")
            time.sleep(pause)
            run_context.session_state["done"] = [*run_context.session_state.get("done", []), name]
            before = given.get_step_content(f"s{number - 1}") or given.input
            note(f"end {name}")
            return StepOutput(content=f"{number}" if isinstance(before, dict) else f"{before}>{number}")

        return Step(name=name, executor=work)

    steps = [step(number, f"s{number}") for number in range(1, STEPS + 1)]
    steps[3] = Parallel(step(4, "s4a"), step(4, "s4b"), name="s4")
    return Workflow(name="twelve", steps=steps, db=SqliteDb(db_file=str(folder / "w.db")), telemetry=False)


def main(folder: str, pause: str, action: str, way: str) -> None:
    workflow = twelve_steps(Path(folder), float(pause))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if action == "run":
        _, output = run_in(way, workflow, "0", run_id="r", session_id="s")
    else:
        _, output = continue_in(way, workflow, run_id="r", session_id="s")
    sys.stdout.write(f"{output.status.value} {output.content}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
