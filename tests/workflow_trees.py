"""Random trees of steps, and the order in which a workflow of them tells what happens, on either runtime.

`python tests/workflow_trees.py tests/runtime/workflow/agno_trees.json` records Agno's; a test compares Wherry's. Steps
side by side tell in any order: what one of them tells is put together, in the order of the steps.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path

SEEDS = range(2000, 2040)
WAYS = ("run", "run stream", "arun", "arun stream")
LEAVES = ("fn", "fn", "fn", "text", "none", "gen", "waits", "fails", "skips", "stops")
GROUPS = ("steps", "parallel", "loop", "loop", "condition", "condition", "router", "router", "workflow")


def described(seed):
    """The trees of one workflow, as JSON holds them."""
    chance = random.Random(seed)
    return [tree(chance, chance.choice([1, 2, 3]), beside=False) for _ in range(chance.randint(1, 3))]


def tree(chance, depth, *, beside):
    """One step or group. None ends the run beside others: what Agno then leaves out, Wherry tells."""
    if depth == 0 or chance.random() < 0.3:
        kind = chance.choice(LEAVES)
        return ["fn" if beside and kind == "stops" else kind]
    kind = chance.choice(GROUPS)
    beside = beside or kind == "parallel"

    def some(most):
        return [tree(chance, depth - 1, beside=beside) for _ in range(chance.randint(1, most))]

    if kind == "loop":
        return [kind, some(2), chance.randint(1, 3), chance.choice([None, "current_iteration >= 2", "all_success"])]
    if kind == "condition":
        return [kind, some(2), chance.random() < 0.5, some(2) if chance.random() < 0.6 else []]
    if kind == "router":
        return [kind, some(3), chance.randint(0, 2), chance.choice(["name", "step", "all", "nothing"])]
    return [kind, some(3)]


class Built:
    """Makes the steps of trees, under names that no two share, and knows where each stands beside others.

    Args:
        package: agno or wherry.
        trees: As `described` says.
        waited: The run is on an event loop, where some functions are waited for.
    """

    def __init__(self, package, trees, *, waited):
        self.waited = waited
        self.of = import_module(f"{package}.workflow")
        self.beside = {}
        self.quiet = set()
        self.number = 0
        self.steps = [self.step(one, ()) for one in trees]

    def step(self, tree, at):
        kind, *more = tree
        self.number += 1
        name = f"n{self.number}"
        self.beside[name] = self.beside[f"w-{name}"] = at
        if not more:
            self.quiet |= {name} if kind in {"skips", "stops"} else set()
            options = {"max_retries": 0, "skip_on_failure": kind == "skips"} if kind in {"fails", "skips"} else {}
            return self.of.Step(name=name, executor=self.work(kind, name), **options)
        inner = [
            self.step(part, (*at, (name, place)) if kind == "parallel" else at) for place, part in enumerate(more[0])
        ]
        return getattr(self, f"made_{kind}")(name, inner, *more[1:])

    def work(self, kind, name):
        def told(given):
            before = ",".join(given.previous_step_outputs or {})
            content = f"{name}({given.input}|{before})"
            return self.of.StepOutput(content=content, stop=kind == "stops")

        def fails(_):
            raise ValueError(f"{name} broke")

        def gen(given):
            yield f"{name} begins"
            yield told(given)

        async def waits(given):
            return told(given)

        plain = {
            "none": lambda _: None,
            "text": lambda _: f"text of {name}",
            "fails": fails,
            "skips": fails,
            "gen": gen,
        }
        return waits if kind == "waits" and self.waited else plain.get(kind, told)

    def made_workflow(self, name, inner):
        made = self.of.Workflow(name=f"w-{name}", steps=inner, telemetry=False)
        return self.of.Step(name=name, workflow=made)

    def made_parallel(self, name, inner):
        return self.of.Parallel(*inner, name=name)

    def made_steps(self, name, inner):
        return self.of.Steps(name=name, steps=inner)

    def made_loop(self, name, inner, rounds, end):
        return self.of.Loop(name=name, steps=inner, max_iterations=rounds, end_condition=end)

    def made_condition(self, name, inner, true, other):
        others = [self.step(part, self.beside[name]) for part in other]
        return self.of.Condition(name=name, steps=inner, else_steps=others or None, evaluator=true)

    def made_router(self, name, inner, place, how):
        one = inner[place % len(inner)]
        chosen = {"name": one.name, "step": one, "all": inner, "nothing": []}[how]
        return self.of.Router(name=name, choices=inner, selector=lambda _given: chosen)


def told(package, trees, way):
    """What a run of the trees tells: its end, its results, and in streams the events, a line for each."""
    built = Built(package, trees, waited=way.startswith("arun"))
    workflow = built.of.Workflow(name="w", steps=built.steps, telemetry=False, session_id="s")
    events, output, error = [], None, None
    try:
        if way == "run":
            output = workflow.run("in")
        elif way == "run stream":
            events += workflow.run("in", stream=True, stream_events=True)
        elif way == "arun":
            output = asyncio.run(workflow.arun("in"))
        else:
            asyncio.run(heard(workflow.arun("in", stream=True, stream_events=True), events))
    except Exception as raised:  # noqa: BLE001 - how a run ends is compared
        error = f"{type(raised).__name__}: {raised}"
    results = [line for one in (output.step_results if output else ()) for line in shape(one)]
    return {"error": error, "events": lines(built, events), "results": results}


async def heard(stream, events):
    async for event in stream:
        events.append(event)


def shape(output, depth=0):
    """An output and those inside it, a line for each; a group's content is made of theirs."""
    content = "" if output.steps else f" {output.content}"
    yield f"{'.' * depth}{output.step_type} {output.step_name} {output.success} {output.stop}{content}"
    for inner in output.steps or ():
        yield from shape(inner, depth + 1)


def lines(built, events):
    """The events that both runtimes tell: Agno leaves out the end of a step that is skipped or stops the run."""
    names = {event.step_id: event.step_name for event in events if getattr(event, "step_id", None)}
    kept = [event for event in events if event.event != "StepCompleted" or event.step_name not in built.quiet]
    return [line(event, names) for event in apart(built, kept)]


def line(event, names):
    told = [event.event, getattr(event, "step_name", None), getattr(event, "step_index", None)]
    told += [getattr(event, "iteration", None), names.get(getattr(event, "parent_step_id", None))]
    return " ".join("-" if value is None else json.dumps(value).replace(" ", "") for value in told).replace('"', "")


def apart(built, events):
    """Events with those of steps side by side put together, each step's in its own order."""
    found, at = [], 0
    while at < len(events):
        event = events[at]
        found.append(event)
        at += 1
        if event.event != "ParallelExecutionStarted":
            continue
        group, own = event.step_name, defaultdict(list)
        while (events[at].event, events[at].step_name) != ("ParallelExecutionCompleted", group):
            own[place_of(built, events[at], group)].append(events[at])
            at += 1
        for place in sorted(own):
            found += apart(built, own[place])
    return found


def place_of(built, event, group):
    """Which of a group's steps an event tells of."""
    own = getattr(event, "step_name", None) or event.workflow_name
    return dict(built.beside[own])[group]


def record(seed):
    """What Agno tells of one workflow: each thing once, with the ways in which it does."""
    trees, found = described(seed), []
    for way in WAYS:
        one = {name: value for name, value in told("agno", trees, way).items() if value}
        same = next((known for known in found if known["told"] == one), None)
        found += [] if same else [{"ways": [], "told": one}]
        (same or found[-1])["ways"].append(way)
    return {"seed": seed, "trees": trees, "agno": found}


if __name__ == "__main__":
    text = ",\n".join(json.dumps(record(seed)) for seed in SEEDS)
    Path(sys.argv[1]).write_text(f"[\n{text}\n]\n", "utf-8")
