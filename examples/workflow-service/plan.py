"""One plan from the command line; `--replay replies.yaml` asks the scripted model."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from pathlib import Path

import yaml

from wherry.testing import ReplayServer


def main() -> None:
    """Plan every wish in one session and print the plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wishes", nargs="+")
    parser.add_argument("--session", default="counter")
    parser.add_argument("--replay", type=Path)
    asked = parser.parse_args()
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            from planner.server import own_postgres

            os.environ["DATABASE_URL"] = stack.enter_context(own_postgres())
        if asked.replay:
            server = stack.enter_context(ReplayServer(yaml.safe_load(asked.replay.read_text(encoding="utf-8"))))
            stack.enter_context(server.environment())
        from planner.workflow import planner  # the models read their address when they are made

        workflow = planner()
        for wish in asked.wishes:
            run = workflow.run(wish, session_id=asked.session)
            print(f"> {wish}\n{run.content}\n  {run.status.value}")
        print(f"state: {workflow.get_session_state(session_id=asked.session)}")


if __name__ == "__main__":
    main()
