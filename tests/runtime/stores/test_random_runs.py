"""Two dozen random runs and changes by hand on one database, by Agno and Wherry in random turns.

`test_dual_agents` tells stories of three steps of one agent, team or workflow; here all of them share a database:
runs in the ways that leave rows, session summaries, memories, states, names, forks and deletions are drawn.
"""

from __future__ import annotations

import json
import random

import pytest

from .dual_agents import call, say
from .test_dual_agents import (  # noqa: F401  fixtures, and what they need
    UUID,
    differences,
    model,
    numbers,
    places,
    postgres_rows,
    same_for_both,
    sqlite_rows,
)

pytestmark = [pytest.mark.parity, pytest.mark.timeout(400)]

STEPS = 24
SUMMARY = say('{"summary": "They talked about é.", "topics": ["a"]}')
DELEGATION = [call("delegate_task_to_member", member_id="mate", task="help"), say("helped"), say("all done")]
REMEMBERED = [
    call("update_user_memory", task="likes tea"),
    call("add_memory", memory="Likes tea é.", topics=["tea"]),
    say("stored"),
    say("noted"),
]


class Story:
    """Steps drawn from a seed, each a story of one step with its model's replies."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.begun: dict[str, str] = {}
        self.forked: set[str] = set()

    def steps(self) -> list[tuple[dict, list]]:
        return [self.by_hand() if self.begun and self.draw.random() < 0.25 else self.run() for _ in range(STEPS)]

    def by_hand(self) -> tuple[dict, list]:
        session_id = self.draw.choice(sorted(self.begun))
        owner = self.begun[session_id]
        action = self.draw.choice(["rename", "state", "state", "delete", "fork"])
        if action == "fork" and (owner == "workflow" or session_id in self.forked):
            action = "rename"
        if action == "delete":
            del self.begun[session_id]
        if action == "fork":
            self.forked.add(session_id)
        return {"owner": owner, "action": action, "session_id": session_id, "steps": [("", [])]}, []

    def run(self) -> tuple[dict, list]:
        owner = self.draw.choice(["agent", "agent", "team", "workflow"])
        session_id = f"{owner}-{self.draw.randrange(2)}"
        self.begun[session_id] = owner
        ways = {"agent": self.of_agent, "team": self.of_team, "workflow": self.of_workflow}
        told, replies = ways[owner]()
        mode = self.draw.choice(["run", "stream", "arun"])
        if owner == "team" and mode == "arun":
            mode = "run"  # Agno keeps no state with such a run; see the matrix
        text = self.draw.choice(["one", "zwei é 🚢", "{three}"])
        return {"owner": owner, "session_id": session_id, "mode": mode, **told, "steps": [(text, replies)]}, replies

    def of_agent(self) -> tuple[dict, list]:
        options = {"session_state": {"n": 0}, "add_history_to_context": True}
        return self.draw.choice(
            [
                ({"options": options}, [say("fine")]),
                ({"options": options, "tools": ["count"]}, [call("count"), say("counted")]),
                ({"options": options, "tools": ["fail"]}, [call("fail", reason="x"), say("failed")]),
                ({"options": {**options, "enable_session_summaries": True}}, [say("fine"), SUMMARY]),
                ({"options": {**options, "enable_agentic_memory": True}}, REMEMBERED),
                ({"options": {**options, "metadata": {"plan": "paid"}}}, [say("fine")]),
                ({"options": options}, [{"status": 400, "error": "bad request"}]),
            ]
        )

    def of_team(self) -> tuple[dict, list]:
        kept = {"options": {"store_member_responses": True, "session_state": {"n": 1}}}
        return self.draw.choice([({}, [say("alone")]), ({}, DELEGATION), (kept, DELEGATION)])

    def of_workflow(self) -> tuple[dict, list]:
        return self.draw.choice([({}, []), ({"with_agent": True}, [say("a step")])])


def unnumbered(row):
    """A session's row as text without ids and times, to sort by: forks have ids of their own."""
    return json.dumps(same_for_both({**row, "session_id": UUID.sub("~", row["session_id"])}, {}), sort_keys=True)


def rows_of(kind, given):
    """Sessions, runs and memories without what differs from run to run."""
    found = {"sqlite": sqlite_rows, "postgres": postgres_rows}[kind](**given)
    ids: dict[str, str] = {}
    sessions = sorted(found["agno_sessions"], key=unnumbered)
    order = [row["session_id"] for row in sessions]
    runs = sorted(found["agno_runs"], key=lambda row: (order.index(row["session_id"]), row["run_index"]))
    memories = sorted(found.get("agno_memories", ()), key=lambda row: str(row["memory"]))
    return [same_for_both(row, ids) for row in [*runs, *sessions, *memories]]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("seed", [1])
def test_random_runs_in_random_turns_leave_what_agno_alone_leaves(kind, seed, runtimes, model, places):  # noqa: F811
    alone, shared = places(kind)
    turns = random.Random(-seed)
    for number, (story, replies) in enumerate(Story(seed).steps()):
        for given, package in ((alone, "agno"), (shared, turns.choice(["agno", "wherry"]))):
            model.reset(replies)
            runtimes(package, {"story": story, "step": 0, "kind": kind, "given": given, "base_url": model.base_url})
            model.assert_done()
        if number % 10 == 9 or number == STEPS - 1:
            found = "\n".join(differences(rows_of(kind, shared), rows_of(kind, alone)))
            assert not found, f"after step {number}: {found}"
