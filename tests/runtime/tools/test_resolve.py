"""A run's list of tools: names, order, instructions, variants, what is sent."""

import json
import logging
from types import SimpleNamespace

import pytest
from tool_kit import context, result_of, tools_of

from wherry.core.errors import AsyncToolInSyncRun
from wherry.core.tools.resolve import resolve_tools, scope_for
from wherry.core.waits import BLOCKING, LOOPING
from wherry.tools import Function, Toolkit, tool


def search(query: str, top: int = 3) -> str:
    """Search.

    Args:
        query: What to look for.
        top (int): How many.
    """
    return query * top


class Kit(Toolkit):
    def __init__(self, **kwargs):
        super().__init__(
            name="kit", tools=[self.read], async_tools=[(self.read_later, "read"), (self.only_later, "only")], **kwargs
        )

    def read(self, path: str) -> str:
        """Read."""
        return f"sync {path}"

    async def read_later(self, path: str) -> str:
        """Read later."""
        return f"async {path}"

    async def only_later(self) -> str:
        """Only later."""
        return "only"


def test_what_a_model_is_sent():
    builtin = {"type": "web_search", "name": "b_search"}
    tools = tools_of(search, Kit(), builtin, tool(name="a_tool", strict=True)(search))
    names = [entry.get("name") or entry["function"]["name"] for entry in tools.wire()]
    assert names == ["a_tool", "b_search", "read", "search"]
    assert tools.builtin == [builtin]
    assert tools.wire()[3] == {
        "type": "function",
        "function": {
            "name": "search",
            "description": "Search.",
            "parameters": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What to look for."},
                    "top": {"type": "integer", "description": "(int) How many."},
                },
                "required": ["query"],
            },
        },
    }
    assert tools.wire()[2]["function"]["requires_confirmation"] is False
    assert tools.wire()[0]["function"]["strict"] is True
    assert tools.wire()[0]["function"]["parameters"]["required"] == ["query", "top"]


def test_async_variants_win_in_async_runs_only():
    kit = Kit()
    assert list(tools_of(kit).functions) == ["read"]
    assert list(tools_of(kit, way="looping").functions) == ["read", "only"]
    assert result_of("blocking", Kit(exclude_tools=[]), {"path": "p"}).text == "sync p"
    later = tools_of(kit, way="looping").functions["read"]
    assert later.entrypoint == kit.read_later


def test_the_first_of_two_tools_with_one_name_stays(caplog):
    @tool(name="search")
    def other() -> str:
        """Other."""
        return "other"

    with caplog.at_level(logging.WARNING):
        tools = tools_of(search, other, other)
    assert tools.functions["search"].entrypoint is search
    assert caplog.text.count("'search'") == 2


def test_what_is_no_tool_is_left_out_with_a_warning(caplog):
    nameless = SimpleNamespace()
    tools = tools_of(search, nameless, 3, lambda_without_name())
    assert list(tools.functions) == ["search"]
    assert caplog.text.count("left out") == 3


def lambda_without_name():
    from functools import partial

    return partial(search, top=1)


def test_instructions_come_in_order_and_once():
    @tool(instructions="mind first")
    def first():
        """First."""

    @tool(instructions="never said", add_instructions=False)
    def second():
        """Second."""

    kit = Kit(instructions="use the kit", add_instructions=True)
    silent = Toolkit(name="silent", instructions="never said", tools=[])
    assert tools_of(kit, first, second, kit, silent).instructions == ["use the kit", "mind first"]


def test_tool_hooks_of_the_owner_replace_those_of_the_tool():
    def owners(function_call, arguments):
        return f"owner {function_call(**arguments)}"

    def its_own(function_call, arguments):
        return "own"

    @tool(tool_hooks=[its_own])
    def work():
        """Work."""
        return "done"

    assert result_of("blocking", work).text == "own"
    assert result_of("blocking", work, tool_hooks=[owners]).text == "owner done"
    assert work.tool_hooks == [its_own]


@pytest.mark.parametrize("kind", ["callable", "function", "toolkit"])
def test_async_tools_are_refused_in_blocking_runs(kind):
    async def later():
        """Later."""

    kit = Toolkit(name="kit", auto_register=False)
    kit.functions["later"] = Function(name="later", entrypoint=later)
    given = {"callable": later, "function": tool(later), "toolkit": kit}[kind]
    with pytest.raises(AsyncToolInSyncRun, match="arun"):
        tools_of(given)
    assert len(tools_of(given, way="looping")) == 1


def test_a_runs_copy_shares_nothing_that_a_run_changes():
    @tool(requires_user_input=True, user_input_fields=["top"])
    def ask(query: str, top: int) -> str:
        """Ask."""
        return query

    one, two = (tools_of(ask).functions["ask"] for _ in range(2))
    one.user_input_schema[0].value = "filled"
    one.parameters["properties"]["query"]["description"] = "changed"
    assert two.user_input_schema[0].value is None
    assert "description" not in two.parameters["properties"]["query"]
    assert "description" not in tools_of(ask).wire()[0]["function"]["parameters"]["properties"]["query"]
    assert [field.name for field in two.user_input_schema] == ["query", "top"]
    assert "top" not in two.wire()["function"]["parameters"]["properties"]


def test_a_change_of_the_tool_between_runs_is_seen():
    made = Function.from_callable(search)
    before = json.dumps(tools_of(made).wire())
    made.requires_confirmation = True
    assert tools_of(made).wire()[0]["function"]["requires_confirmation"] is True
    made.parameters["properties"]["query"]["description"] = "changed"
    assert tools_of(made).wire()[0]["function"]["parameters"]["properties"]["query"]["description"] == "changed"
    assert json.dumps(tools_of(Function.from_callable(search)).wire()) == before


def test_an_annotation_that_cannot_be_read_leaves_the_tool_in(caplog):
    def lookup(run_context: "OnlyForTypeCheckers", key: "Missing", top: "int" = 1) -> str:  # noqa: F821
        """Look up."""
        return f"{run_context.user_id} {key} {top}"

    (sent,) = tools_of(lookup).wire()
    assert sent["function"]["parameters"]["properties"] == {"key": {}, "top": {"type": "integer"}}
    assert "'Missing'" in caplog.text
    assert "OnlyForTypeCheckers" not in caplog.text
    assert result_of("blocking", lookup, {"key": "k", "top": "2"}).text == "ann k 2"


def test_approval_marks_hold_a_plain_callable_back():
    def pay(amount: int) -> str:
        """Pay."""
        return "paid"

    pay._agno_approval_type = "required"
    (sent,) = tools_of(pay).wire()
    assert sent["function"]["requires_confirmation"] is True
    assert sent["function"]["approval_type"] == "required"
    assert tool(pay).requires_confirmation is True


def run_of(owner, waits=BLOCKING, **fields):
    owner = SimpleNamespace(
        **{
            "tool_hooks": None,
            "tool_timeout": 3.0,
            "parser_model": None,
            "structured_outputs": None,
            "use_json_mode": False,
            "members": None,
            **owner,
        }
    )
    earlier = SimpleNamespace(images=["made earlier"], input=SimpleNamespace(images=["sent earlier"]))
    return SimpleNamespace(
        **{
            "owner": owner,
            "waits": waits,
            "context": context(),
            "model": SimpleNamespace(supports_native_structured_outputs=True),
            "session": SimpleNamespace(runs=[earlier]),
            "output": SimpleNamespace(input=SimpleNamespace(images=["now"], files=None)),
            **fields,
        }
    )


def test_a_run_binds_its_owner_context_and_media():
    def look(images, run_context):
        """Look."""

    run = run_of({})
    run.tools = resolve_tools([look], run)
    function = run.tools.functions["look"]
    assert (function._agent, function._team, function._run_context) == (run.owner, None, run.context)
    scope = scope_for(run)
    assert (scope.agent, scope.team, scope.run_context, scope.timeout) == (run.owner, None, run.context, 3.0)
    assert scope.images == ["now", "made earlier", "sent earlier"]
    assert scope.files is None
    assert scope_for(run) is scope


def test_a_team_is_no_agent():
    run = run_of({"members": []}, LOOPING)
    run.tools = resolve_tools([search], run)
    assert run.tools.functions["search"]._agent is None
    assert run.tools.functions["search"]._team is run.owner
    assert scope_for(run).images is None


@pytest.mark.parametrize(
    ("owner", "schema", "native", "strict"),
    [
        ({}, dict, True, True),
        ({}, None, True, False),
        ({}, dict, False, False),
        ({"use_json_mode": True}, dict, True, False),
        ({"use_json_mode": True, "structured_outputs": True}, dict, True, True),
        ({"parser_model": "another"}, dict, True, False),
    ],
)
def test_tools_are_strict_where_the_answer_is(owner, schema, native, strict):
    run = run_of(owner, context=context(output_schema=schema))
    run.model.supports_native_structured_outputs = native
    (sent,) = resolve_tools([search], run).wire()
    assert sent["function"].get("strict", False) is strict
    loose = tool(strict=False)(search)
    assert resolve_tools([loose], run).wire()[0]["function"]["strict"] is False
