"""Agno's models, evals and plain functions beside an agent of Wherry's; imports both.

Each line of stdin is the name of a kind, each line of stdout what came of it.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def own_model():
    """A model that Agno's users write themselves, on Agno's own base class."""
    from agno.models.base import Model
    from agno.models.message import Message
    from agno.models.response import ModelResponse

    class Echo(Model):
        def answer(self, messages, tools):
            assert all(isinstance(message.role, str) for message in messages)
            done = [message for message in messages if message.role == "tool"]
            if tools and not done:
                call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": 3}'}}
                return ModelResponse(role="assistant", content=None, tool_calls=[call])
            last = done[-1] if done else messages[-1]
            return ModelResponse(role="assistant", content=f"echo {last.content}")

        def invoke(self, messages, assistant_message: Message, tools=None, **kwargs):
            return self.answer(messages, tools)

        async def ainvoke(self, messages, assistant_message: Message, tools=None, **kwargs):
            return self.answer(messages, tools)

        def invoke_stream(self, messages, assistant_message: Message, tools=None, **kwargs):
            yield self.answer(messages, tools)

        async def ainvoke_stream(self, messages, assistant_message: Message, tools=None, **kwargs):
            yield self.answer(messages, tools)

        def _parse_provider_response(self, response, **kwargs):
            return response

        def _parse_provider_response_delta(self, response):
            return response

    return Echo(id="echo")


def four_ways(agent):
    """Content of a run in the four ways, and the tools that were called."""

    async def later():
        whole = await agent.arun("add 2 and 3")
        parts = [event.content async for event in agent.arun("add 2 and 3", stream=True) if event.event == "RunContent"]
        return whole.content, "".join(part for part in parts if part)

    run = agent.run("add 2 and 3")
    parts = [event.content for event in agent.run("add 2 and 3", stream=True) if event.event == "RunContent"]
    return [
        run.content,
        "".join(part for part in parts if part),
        *asyncio.run(later()),
        [(call.tool_name, call.tool_args, str(call.result)) for call in run.tools],
    ]


def models(base):
    import agno.agent
    import agno.models.anthropic
    import agno.models.openai

    import wherry.agent

    makers = {
        "own": own_model,
        "openai-chat": lambda: agno.models.openai.OpenAIChat(id="x", api_key="k", base_url=f"{base}/v1"),
        "openai-responses": lambda: agno.models.openai.OpenAIResponses(id="x", api_key="k", base_url=f"{base}/v1"),
        "anthropic": lambda: agno.models.anthropic.Claude(id="x", api_key="k", client_params={"base_url": base}),
    }
    found = {}
    for name, make in makers.items():
        theirs = four_ways(agno.agent.Agent(model=make(), tools=[add]))
        ours = four_ways(wherry.agent.Agent(model=make(), tools=[add]))
        found[name] = {"agno": theirs, "wherry": ours}
    return found


def evals(base):
    from agno.eval.accuracy import AccuracyEval
    from agno.eval.agent_as_judge import AgentAsJudgeEval
    from agno.eval.performance import PerformanceEval
    from agno.eval.reliability import ReliabilityEval
    from agno.models.openai import OpenAIChat as JudgeModel

    found = {}
    for runtime in ("agno", "wherry"):
        module = __import__(f"{runtime}.agent", fromlist=["Agent"])
        openai = __import__(f"{runtime}.models.openai", fromlist=["OpenAIChat"])
        agent = module.Agent(model=openai.OpenAIChat(id="x", api_key="k", base_url=f"{base}/v1"), tools=[add], name="a")
        sqlite = __import__(f"{runtime}.db.sqlite", fromlist=["SqliteDb"])
        folder = tempfile.TemporaryDirectory()
        db = sqlite.SqliteDb(db_file=str(Path(folder.name) / "evals.db"))
        quiet = {"telemetry": False, "db": db}
        accuracy = AccuracyEval(
            model="openai:x", agent=agent, input="add 2 and 3", expected_output="5", num_iterations=1, **quiet
        ).run(print_results=False)
        judge = AgentAsJudgeEval(model=JudgeModel(id="x"), criteria="is 5", **quiet).run(
            input="add 2 and 3", output=agent.run("add 2 and 3").content, print_results=False
        )
        reliability = ReliabilityEval(
            agent_response=agent.run("add 2 and 3"), expected_tool_calls=["add"], **quiet
        ).run(print_results=False)
        speed = PerformanceEval(func=lambda agent=agent: agent.run("hi"), num_iterations=2, warmup_runs=0, **quiet).run(
            print_results=False
        )
        found[runtime] = {
            "accuracy": [accuracy.avg_score, accuracy.results[0].output],
            "judge": [bool(judge.results[0].passed), judge.results[0].output],
            "reliability": [reliability.eval_status, reliability.passed_tool_calls],
            "performance": len(speed.run_times),
            "rows": sorted(
                [row["eval_type"], row["evaluated_component_name"], row["model_id"], sorted(row["eval_data"])]
                for row in db.get_eval_runs(deserialize=False)[0]
            ),
        }
        db.close()
        folder.cleanup()
    return found


def hooked(base):
    """What an eval of Agno's keeps of runs whose post-hook it is, and what their metrics then say."""
    from agno.eval.agent_as_judge import AgentAsJudgeEval
    from agno.models.openai import OpenAIChat as JudgeModel

    found = {}
    for runtime in ("agno", "wherry"):
        module = __import__(f"{runtime}.team", fromlist=["Team"])
        agents = __import__(f"{runtime}.agent", fromlist=["Agent"])
        openai = __import__(f"{runtime}.models.openai", fromlist=["OpenAIChat"])
        sqlite = __import__(f"{runtime}.db.sqlite", fromlist=["SqliteDb"])
        model = openai.OpenAIChat(id="x", api_key="k", base_url=f"{base}/v1")
        with tempfile.TemporaryDirectory() as folder:
            db = sqlite.SqliteDb(db_file=str(Path(folder) / "evals.db"))
            judge = AgentAsJudgeEval(model=JudgeModel(id="x"), criteria="is 5", telemetry=False, db=db)

            def owners(judge=judge, agents=agents, module=module, model=model):
                yield agents.Agent(id="a", model=model, post_hooks=[judge])
                member = agents.Agent(id="m", model=model)
                yield module.Team(id="t", members=[member], model=model, post_hooks=[judge])

            runs = [owner.run("hi") for owner in owners()]
            runs += [list(owner.run("hi", stream=True, yield_run_output=True))[-1] for owner in owners()]
            runs += asyncio.run(awaited(owners))
            rows = sorted(
                [str(row["agent_id"]), str(row["team_id"]), row["eval_data"]["results"][0]["output"]]
                for row in db.get_eval_runs(deserialize=False)[0]
            )
            found[runtime] = {
                "rows": rows,
                "metrics": [[sorted(run.metrics.details), run.metrics.total_tokens] for run in runs],
            }
            db.close()
    return found


async def awaited(owners):
    async def last(owner):
        return [event async for event in owner.arun("hi", stream=True, yield_run_output=True)][-1]

    whole = [await owner.arun("hi") for owner in owners()]
    return whole + [await last(owner) for owner in owners()]


def functions(base):
    from agno.utils.common import dataclass_to_dict, isinstanceany
    from agno.utils.media import SampleDataFileExtension
    from agno.utils.string import is_valid_uuid

    import wherry.agent  # what is tested is that both live in one process
    from wherry.run.agent import RunInput

    return {
        "other.utils": is_valid_uuid("1b4e28ba-2fa1-41d2-883f-0016d3cca427"),
        "other.media-download": SampleDataFileExtension.CSV.value == "csv",
        "other.unlisted": dataclass_to_dict(RunInput(input_content="hi"), exclude_none=True)["input_content"] == "hi"
        and isinstanceany(wherry.agent.Agent(), [wherry.agent.Agent]),
    }


def loop_agent():
    """An agent whose loop is somebody else's, on Agno's base for such agents."""
    from agno.agents.base import BaseExternalAgent
    from agno.run.agent import RunContentEvent

    class Loop(BaseExternalAgent):
        async def _arun_adapter(self, input, *, history=None, **kwargs):
            return f"loop: {input}"

        async def _arun_adapter_stream(self, input, *, history=None, **kwargs):
            for piece in ("loop: ", str(input)):
                yield RunContentEvent(run_id=kwargs.get("run_id"), content=piece)

    return Loop(name="loop")


def asked(agent):
    """What it answers in the four ways."""

    async def later():
        parts = [event.content async for event in agent.arun("hi", stream=True) if event.event == "RunContent"]
        return (await agent.arun("hi")).content, "".join(parts)

    streamed = "".join(event.content for event in agent.run("hi", stream=True) if event.event == "RunContent")
    return [agent.run("hi").content, streamed, *asyncio.run(later())]


def external(base):
    alone = asked(loop_agent())
    import agno.agent

    import wherry.agent
    import wherry.models.openai
    import wherry.team
    import wherry.workflow
    from wherry.core.errors import WherryError

    def refusal(make, one):
        try:
            make(one)
        except WherryError as refused:
            return [type(refused).__name__, refused.message]
        return None

    def team(member):
        return wherry.team.Team(members=[member], model=model)

    def ask_loop(question: str) -> str:
        """Ask the loop."""
        return loop_agent().run(question).content

    model = wherry.models.openai.OpenAIChat(id="x", api_key="k", base_url=f"{base}/v1")
    run = wherry.agent.Agent(model=model, tools=[ask_loop]).run("ask the loop")
    flow = wherry.workflow.Workflow(steps=[lambda given: loop_agent().run(given.input).content])
    return {
        "alone": alone,
        "beside": asked(loop_agent()),
        "tool": [[call.tool_name, call.result] for call in run.tools],
        "step": flow.run("from a step").content,
        "refused": [
            refusal(team, loop_agent()),
            refusal(lambda one: wherry.workflow.Step(name="s", agent=one), loop_agent()),
            refusal(team, agno.agent.Agent(name="Mate")),
        ],
    }


def package(base):
    import agno

    import wherry

    return {"agno": list(agno.__all__), "versions": {"agno": agno.__version__, "wherry": wherry.__version__}}


def add_up(run, expected):
    """Whether the tool's result is in the answer."""
    return expected in run.content


def rollouts(base):
    """The same environments on both runtimes, each reading the other's result; both runtimes hash the same parts."""
    import importlib
    import tempfile

    made = {}
    for runtime in ("agno", "wherry"):
        module = {
            name: importlib.import_module(f"{runtime}.{name}")
            for name in ("agent", "environments", "scorer", "models.openai", "models.anthropic")
        }
        openai, environments, scorer = (module[name] for name in ("models.openai", "environments", "scorer"))
        agent = module["agent"].Agent(
            model=openai.OpenAIChat(id="x", temperature=0.5), tools=[add], instructions=["Be brief."], markdown=True
        )
        tasks = (environments.Task("add 2 and 3", "5", id="sum"), environments.Task("add 2 and 4", "5"))
        env = environments.Environment("sums", tasks, scorer.CodeScorer(add_up), agent)
        judge = scorer.JudgeScorer(openai.OpenAIResponses(id="j", reasoning_effort="low"), "is brief", mode="numeric")
        tools = scorer.ToolCallScorer(["add"], arguments={"add": {"a": 2}}, allow_additional=False)
        made[runtime] = {
            "env": env,
            "module": environments,
            "result": environments.run_rollouts(env, k=2),
            "digests": [
                judge.digest(),
                tools.digest(),
                scorer.JudgeScorer(module["models.anthropic"].Claude(id="c"), "x").digest(),
            ],
        }
    found = {}
    for runtime, other in (("agno", "wherry"), ("wherry", "agno")):
        one = made[runtime]
        with tempfile.TemporaryDirectory() as folder:
            made[other]["result"].save(f"{folder}/other.json")
            read = one["module"].EnvironmentRunResult.load(f"{folder}/other.json")
            exported = one["module"].to_sft_jsonl(one["result"], f"{folder}/data.jsonl")
        found[runtime] = {
            "summary": one["result"].summary(),
            "attempts": [[attempt.score.passed for attempt in task.attempts] for task in one["result"].task_results],
            "digests": one["digests"],
            "diff": str(one["result"].diff(read)),
            "grid": str(one["result"]).splitlines()[1:],
            "exported": vars(exported),
        }
    return found


def main():
    from wherry.testing import ReplayServer
    from wherry.testing.deterministic import deterministic_reply

    os.environ["AGNO_TELEMETRY"] = "false"
    with ReplayServer(fallback=deterministic_reply) as server:
        os.environ |= {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": f"{server.url}/v1"}
        answers, sys.stdout = sys.stdout, sys.stderr  # a package may print
        kinds = {
            "models": models,
            "evals": evals,
            "functions": functions,
            "external": external,
            "package": package,
            "rollouts": rollouts,
            "hooked": hooked,
        }
        for line in sys.stdin:
            answers.write(json.dumps(kinds[json.loads(line)](server.url)) + "\n")
            answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
