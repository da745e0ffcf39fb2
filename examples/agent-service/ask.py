"""One question to the boat desk from the command line; `--replay replies.yaml` asks the scripted model."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

import yaml

from wherry.testing import ReplayServer


def main() -> None:
    """Ask every question in one session and print what comes back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="+")
    parser.add_argument("--session", default="counter")
    parser.add_argument("--db")
    parser.add_argument("--replay", type=Path)
    asked = parser.parse_args()
    with ExitStack() as stack:
        if asked.replay:
            server = stack.enter_context(ReplayServer(yaml.safe_load(asked.replay.read_text(encoding="utf-8"))))
            stack.enter_context(server.environment())
        path = asked.db or str(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "desk.db")
        from desk.agent import desk_agent  # the model reads its address when it is made

        desk = desk_agent(path)
        for question in asked.questions:
            run = desk.run(question, session_id=asked.session)
            print(f"> {question}")
            print(run.content)
            for tool in run.tools or []:
                print(f"  {tool.tool_name}({', '.join(f'{name}={value}' for name, value in tool.tool_args.items())})")
        print(f"state: {desk.get_session_state(session_id=asked.session)}")


if __name__ == "__main__":
    main()
