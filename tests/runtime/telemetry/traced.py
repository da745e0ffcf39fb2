"""The runs whose spans are compared with Agno's, for either package.

`python tests/runtime/telemetry/traced.py agno > tests/runtime/telemetry/agno_spans.json` records them of Agno; it needs
`openinference-instrumentation-agno` beside the extra `parity`.
"""

import asyncio
import json
import re
import subprocess
import sys
from importlib import import_module

from wherry.testing import ReplayServer

WAYS = ("run", "stream", "arun", "astream")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VOLATILE = re.compile(r'("(?:created_at|duration|time_to_first_token)": )[0-9.e-]+')
# Wherry's prompts and descriptions of tools are its own.
_PROSE = re.compile(r"llm\.tools|llm\.input_messages\.0\.|tool\.description")


def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: First.
        b: Second.
    """
    return a + b


def boom(a: int) -> int:
    """Fail."""
    raise ValueError(f"bad {a}")


def call(name, **arguments):
    return {"tool_calls": [{"name": name, "arguments": arguments}], "usage": {"input_tokens": 9, "output_tokens": 2}}


class Made:
    """What each case runs, made of one package's classes."""

    def __init__(self, package):
        self.agent = import_module(f"{package}.agent").Agent
        self.team = import_module(f"{package}.team").Team
        self.flows = import_module(f"{package}.workflow")
        self.output = import_module(f"{package}.workflow.types").StepOutput
        self.model = import_module(f"{package}.models.openai").OpenAIChat

    def an_agent(self, name="My Agent", identity="ag", **given):
        return self.agent(name=name, id=identity, model=self.model(id="gpt-5-mini", temperature=0.5), **given)

    def tools(self):
        one = self.an_agent(tools=[add], metadata={"k": 1}, instructions="Be brief.")
        return one, [call("add", a=1, b=2), "three"]

    def failing_tool(self):
        return self.an_agent(tools=[boom]), [call("boom", a=1), "sorry"]

    def failing_model(self):
        return self.an_agent(), [{"status": 400, "error": "no"}]

    def a_team(self):
        member = self.an_agent("Mem One", "m1", role="adds", tools=[add])
        model = self.model(id="gpt-5-mini")
        team = self.team(name="My Team", id="tm", model=model, members=[member], metadata={"t": 2})
        delegated = call("delegate_task_to_member", member_id="m1", task="add them")
        return team, [delegated, call("add", a=1, b=2), "three", "It is three"]

    def steps(self):
        flows, output = self.flows, self.output

        def told(step_input):
            return output(content=f"told {step_input.previous_step_content}")

        def short(step_input):
            return output(content="g")

        def step(name, executor=short):
            return flows.Step(name=name, executor=executor)

        routed = step("routed")
        parts = [
            flows.Step(name="write it", agent=self.an_agent("Wr", "wr")),
            flows.Parallel(step("one", told), step("two"), name="par"),
            flows.Condition(name="c", evaluator=lambda given: True, steps=[step("if so", told)]),
            flows.Loop(name="l", steps=[step("again")], max_iterations=2),
            flows.Router(name="r", choices=[routed], selector=lambda given: [routed]),
            flows.Steps(name="ss", steps=[step("last")]),
        ]
        return flows.Workflow(name="My Flow", id="fl", description="d", steps=parts), ["text"]


CASES = ("tools", "failing_tool", "failing_model", "a_team", "steps")


def go(subject, way):
    given = {"session_id": "s1", "user_id": "u1"}

    async def streamed():
        return [event async for event in subject.arun("Add 1 and 2", stream=True, **given)]

    if way == "run":
        subject.run("Add 1 and 2", **given)
    elif way == "stream":
        list(subject.run("Add 1 and 2", stream=True, **given))
    elif way == "arun":
        asyncio.run(subject.arun("Add 1 and 2", **given))
    else:
        asyncio.run(streamed())


def plain(attributes, case):
    """Attributes without what differs from run to run, or is prose; places in the graph are shown by the tree."""
    shown = {}
    for name, value in sorted(attributes.items()):
        if name.startswith("graph.node") and name != "graph.node.name":
            continue
        if case == "a_team" and (_PROSE.match(name) or (name == "input.value" and '"messages"' in str(value))):
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        shown[name] = _VOLATILE.sub(r"\1~", _ID.sub("ID", text))
    return shown


def trees(db, case):
    """Every trace of a database as a tree of its spans."""
    found = []
    for trace in sorted(db.get_traces(limit=50)[0], key=lambda one: one.start_time):
        spans = sorted(db.get_spans(trace_id=trace.trace_id), key=lambda one: one.start_time)

        def below(parent, spans=spans, by_name=False):
            found = [
                {
                    "name": span.name,
                    "kind": span.span_kind,
                    "status": [span.status_code, span.status_message],
                    "attributes": plain(span.attributes, case),
                    "below": below(span.span_id, by_name=span.name.startswith("par.")),
                }
                for span in spans
                if span.parent_span_id == parent
            ]
            # Which of two steps at once begins first is nobody's.
            return sorted(found, key=lambda one: one["name"]) if by_name else found

        kept = ("name", "status", "total_spans", "error_count", "session_id", "user_id", "agent_id", "team_id")
        told = {name: getattr(trace, name) for name in (*kept, "workflow_id")}
        told["run_id"] = bool(trace.run_id)
        found.append({"trace": told, "spans": below(None)})
    return found


def recorded(package, case, way):
    """The traces of one case, run one way."""
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder, ReplayServer([]) as server:
        os.environ.update(server.env())
        db = import_module(f"{package}.db.sqlite").SqliteDb(db_file=f"{folder}/traces.db")
        import_module(f"{package}.tracing").setup_tracing(db=db)
        subject, script = getattr(Made(package), case)()
        server.reset(script)
        go(subject, way)
        return trees(db, case)


def spans_in(below):
    """Spans and all that are below them."""
    for span in below:
        yield span
        yield from spans_in(span["below"])


def folded(made):
    """The traces of all cases as text: attributes that several spans share are written once, on a line of their own."""
    shared = {}
    for trace in (one for traces in made.values() for one in traces):
        for span in spans_in(trace["spans"]):
            line = json.dumps(span["attributes"], ensure_ascii=False)
            span["attributes"] = shared.setdefault(line, len(shared))
    cases = [f'"{name}": {json.dumps(traces, separators=(",", ":"))}' for name, traces in made.items()]
    return '{"attributes": [\n' + ",\n".join(shared) + '\n],\n"traces": {\n' + ",\n".join(cases) + "\n}}"


def unfolded(text, name):
    """The traces of one case out of what `folded` gave."""
    read = json.loads(text)
    traces = read["traces"][name]
    for trace in traces:
        for span in spans_in(trace["spans"]):
            span["attributes"] = read["attributes"][span["attributes"]]
    return traces


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(recorded(*sys.argv[1:])))  # noqa: T201 - it is a command
    else:
        made = {}
        for one in CASES:
            for each in WAYS:
                asked = [sys.executable, __file__, sys.argv[1], one, each]
                answer = subprocess.run(asked, stdout=subprocess.PIPE, check=True)
                made[f"{one} {each}"] = json.loads(answer.stdout.splitlines()[-1])
        print(folded(made))  # noqa: T201 - it is a command
