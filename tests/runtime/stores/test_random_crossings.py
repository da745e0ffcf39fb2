"""Sixty random steps on one database, done by Agno and Wherry in random turns: no row is lost, doubled or different.

`test_dual_run` tells thirty stories of three steps; here the steps are drawn: runs of agents, teams and workflows in
six sessions, pauses that end later, states, metrics, summaries, names, memories, contents, results of evals, traces,
and what deletes them. A seed draws the same steps each time.
"""

from __future__ import annotations

import random

import pytest

from . import test_old_layout
from .dual_steps import TEXT, agent_run, metrics, remember, team_run, workflow_run
from .dual_steps import run as saved
from .platform_calls import asked, evaluated, span, traced
from .platform_calls import call as called
from .test_dual_agents import differences
from .test_dual_run import KINDS, numbers, places, wherry  # noqa: F401  fixtures, and what they need
from .test_evals_and_traces import bare, kept, opened

pytestmark = [pytest.mark.parity, pytest.mark.timeout(300)]

STEPS = 60
RUNS = {"agent": agent_run, "team": team_run, "workflow": workflow_run}
STATUSES = ["COMPLETED"] * 6 + ["PAUSED", "ERROR", "CANCELLED"]
VALUES = [0, -1.5, TEXT, None, True, [], {"deep": {"er": [1, None]}}, "", 1e-05, 10**18]


class Story:
    """Steps drawn from a seed.

    Args:
        seed: Which story.
        traces: Draw traces and spans, too.
    """

    def __init__(self, seed: int, *, traces: bool) -> None:
        self.draw = random.Random(seed)
        self.runs: dict[str, list[str]] = {}
        self.traces = traces
        self.count = 0

    def steps(self) -> list[dict]:
        makers = [self.ran] * 12 + [self.ended] * 2 + [self.removed, self.renamed, self.remembered, self.judged]
        makers += [self.forgotten, self.described] + ([self.recorded] * 2 if self.traces else [])
        return [self.draw.choice(makers)() for _ in range(STEPS)]

    def number(self) -> int:
        self.count += 1
        return self.count

    def place(self) -> tuple[str, str]:
        kind = self.draw.choice(list(RUNS))
        return kind, f"{kind}-{self.draw.randrange(2)}"

    def ran(self) -> dict:
        kind, session_id = self.place()
        status = self.draw.choice(STATUSES)
        runs = [f"r{self.number()}" for _ in range(self.draw.choice([1, 1, 1, 2]) if kind == "agent" else 1)]
        known = self.runs.setdefault(session_id, [])
        known.extend(runs)
        made = [RUNS[kind](run_id, session_id=session_id, status=status) for run_id in runs]
        if kind == "team" and self.draw.random() < 0.5:  # a member's run, stored before its team's
            member = f"r{self.number()}"
            known.append(member)
            made.insert(0, agent_run(member, session_id=session_id, parent_run_id=runs[0]))
        return self.saved(kind, session_id, made)

    def saved(self, kind: str, session_id: str, runs: list[dict]) -> dict:
        more = {}
        if self.draw.random() < 0.6:
            keys = self.draw.sample(["n", "é", "list", "deep"], self.draw.randrange(4))
            more["state"] = {key: self.draw.choice(VALUES) for key in keys}
        if self.draw.random() < 0.4:
            more["data"] = metrics(self.number())
        if self.draw.random() < 0.2 and kind != "workflow":
            more["summary"] = {"summary": TEXT, "topics": ["a", "é"], "updated_at": "2026-01-01T00:00:00"}
        return saved(*runs, kind=kind, session={"session_id": session_id}, **more)

    def ended(self) -> dict:
        """A run that is stored already is stored again, as after a pause."""
        kind, session_id = self.place()
        known = [name for name in self.runs.get(session_id, ()) if kind != "team"]
        if not known:
            return self.ran()
        run = RUNS[kind](self.draw.choice(known), session_id=session_id, content="ended é", status="COMPLETED")
        return self.saved(kind, session_id, [run])

    def removed(self) -> dict:
        _, session_id = self.place()
        known = self.runs.get(session_id) or ["nothing"]
        if self.draw.random() < 0.5:
            # Only the last: after another one Agno gives the next run a place that is taken.
            return {"do": "delete_run", "run_id": known.pop() if len(known) > 1 else known[-1]}
        self.runs.pop(session_id, None)
        return {"do": "delete", "session_id": session_id}

    def renamed(self) -> dict:
        kind, session_id = self.place()
        name = self.draw.choice([TEXT, "Talk", ""])
        return {"do": "rename", "session_id": session_id, "kind": kind, "name": name}

    def remembered(self) -> dict:
        topics = self.draw.choice([None, [], ["tea", "é"]])
        return remember(f"m{self.draw.randrange(4)}", memory=self.draw.choice([TEXT, "likes tea"]), topics=topics)

    def forgotten(self) -> dict:
        return {"do": "forget", "memory_id": f"m{self.draw.randrange(4)}"}

    def described(self) -> dict:
        times = {"created_at": 1000, "updated_at": 1000}
        content = {"id": f"c{self.draw.randrange(3)}", "name": TEXT, "description": "d", "metadata": {"é": [1]}}
        return {"do": "content", "content": {**content, **times, "status": self.draw.choice(["done", "failed"])}}

    def judged(self) -> dict:
        number = self.draw.randrange(1, 6)
        return self.draw.choice(
            [
                evaluated(f"e{self.number()}", agent_id="ada"),
                asked("rename_eval_run", eval_run_id=f"e{number}", name=TEXT),
                asked("update_eval_run_user_id", eval_run_id=f"e{number}", user_id="u"),
                asked("delete_eval_runs", eval_run_ids=[f"e{number}"]),
            ]
        )

    def recorded(self) -> dict:
        number = self.draw.randrange(3)
        status = self.draw.choice(["OK", "ERROR"])
        if self.draw.random() < 0.5:
            return traced(number, second=self.draw.randrange(20), status=status, name=self.draw.choice(["x", "T.run"]))
        return asked("create_spans", spans=[span(self.number(), number, status_code=status)])


def done(kind, given, step):
    """A step done by Wherry."""
    if step["do"] != "call":
        return wherry(kind, given, step)
    store = opened(kind, given)
    try:
        return called("wherry", store, step)
    finally:
        store.close()


def sessions(kind, given, agno):
    """What both runtimes read of every session, which has to be the same."""
    found = {}
    for name in RUNS:
        for number in range(2):
            step = {"do": "read", "session_id": f"{name}-{number}"}
            found[step["session_id"]] = agno(kind, given, step)
            assert wherry(kind, given, step) == found[step["session_id"]]
    return found


def crossed(kind, seed, agno, alone, shared):
    """Do a story on both databases and compare them now and then, and at the end."""
    turns = random.Random(-seed)
    for number, step in enumerate(Story(seed, traces=kind in {"sqlite", "postgres"}).steps()):
        wanted = agno(kind, alone, step)
        turn = done if turns.random() < 0.5 else agno
        assert bare(turn(kind, shared, step)) == bare(wanted), (number, step)
        if number % 12 == 0 or number == STEPS - 1:
            assert not "\n".join(differences(kept(kind, shared), kept(kind, alone))), (number, step)
    assert sessions(kind, shared, agno) == sessions(kind, alone, agno)


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("kind", KINDS)
def test_random_steps_in_random_turns_leave_what_agno_alone_leaves(kind, seed, agno, places):  # noqa: F811
    crossed(kind, seed, agno, *places(kind))


@pytest.mark.parametrize("seed", [11])
def test_the_same_holds_for_a_file_that_agno_2_began(seed, agno, places):  # noqa: F811
    alone, shared = places("sqlite")
    for given in (alone, shared):
        test_old_layout.sqlite_2x(given["db_file"], test_old_layout.old_runs(3), "agent-0", user_id="u")
    crossed("sqlite", seed, agno, alone, shared)
