"""Toolkits and the decorator, as their authors use them."""

import pytest
from tool_kit import result_of, tools_of

from wherry.core.errors import ConfigurationError
from wherry.tools import Function, FunctionCall, Toolkit, tool


class Kit(Toolkit):
    def __init__(self, **kwargs):
        super().__init__(name="My kit", tools=[self.read, self.write, self.drop], **kwargs)
        self.log = []

    def read(self, path: str) -> str:
        """Read."""
        return f"read {path}"

    @tool(requires_confirmation=True)
    def write(self, path: str, run_context) -> str:
        """Write."""
        self.log.append(path)
        return f"{run_context.user_id} wrote {path}"

    @tool(name="remove", stop_after_tool_call=True)
    def drop(self) -> str:
        """Drop."""
        return f"dropped {len(self.log)}"


def test_methods_become_tools_bound_to_their_toolkit():
    kit = Kit()
    assert list(kit.functions) == ["read", "write", "remove"]
    assert kit.id == "my-kit"
    assert result_of("blocking", kit.functions["write"], {"path": "p"}).text == "ann wrote p"
    assert kit.log == ["p"]
    assert result_of("blocking", kit.functions["remove"]).text == "dropped 1"
    assert result_of("looping", Kit().functions["remove"]).text == "dropped 0"
    assert kit.functions["write"].parameters == {
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
    }


def test_settings_of_the_tool_win_over_those_of_the_toolkit():
    kit = Kit(stop_after_tool_call_tools=["read"], requires_confirmation_tools=["read"])
    assert kit.functions["read"].show_result
    assert kit.functions["read"].requires_confirmation
    assert kit.functions["write"].requires_confirmation
    assert kit.functions["remove"].stop_after_tool_call
    assert kit.functions["remove"].requires_confirmation is False


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"include_tools": ["read"]}, ["read"]),
        ({"exclude_tools": ["read", "remove"]}, ["write"]),
        ({"auto_register": False}, []),
    ],
)
def test_tools_are_chosen_by_name(options, names):
    assert list(Kit(**options).functions) == names


def test_an_unknown_name_is_refused_or_mentioned(caplog):
    with pytest.raises(ConfigurationError, match="raed"):
        Kit(include_tools=["raed"])
    Kit(show_result_tools=["raed"])
    assert "show_result_tools" in caplog.text
    assert "raed" in caplog.text


def test_a_subclass_may_keep_its_own_timeout():
    class Slow(Kit):
        def __init__(self):
            self.timeout = 7.5
            super().__init__()

    assert Slow().timeout == 7.5
    assert Kit(timeout=3).timeout == 3
    assert Kit().timeout is None


def test_paths_stay_inside_their_folder(tmp_path):
    kit = Kit()
    assert kit._check_path("a/b.txt", tmp_path) == (True, tmp_path.resolve() / "a/b.txt")
    assert kit._check_path("../b.txt", tmp_path) == (False, tmp_path)
    assert kit._check_path("a\0b", tmp_path) == (False, tmp_path)
    assert kit._check_path("../b.txt", tmp_path, restrict_to_base_dir=False)[0]


def test_the_decorator_refuses_what_it_does_not_know():
    with pytest.raises(ConfigurationError, match="naem"):
        tool(naem="x")
    with pytest.raises(ConfigurationError, match="Only one of"):
        tool(requires_confirmation=True, external_execution=True)

    def pay():
        """Pay."""

    pay._agno_approval_type = "audit"
    with pytest.raises(ConfigurationError, match="audit"):
        tool(pay)


def test_a_function_refuses_a_hint_it_does_not_know():
    with pytest.raises(ValueError, match="readOnlyHint"):
        Function(name="x", annotations={"readonlyHint": True})
    with pytest.raises(TypeError, match="bool"):
        Function(name="x", annotations={"readOnlyHint": "yes"})
    with pytest.raises(ConfigurationError, match="name"):
        Function(entrypoint=print)


def test_a_function_can_be_stored_and_copied():
    def add(a: int, b: int = 1) -> int:
        """Add."""
        return a + b

    made = Function.from_callable(add)
    stored = made.to_dict()
    assert stored == {
        "name": "add",
        "description": "Add.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a"],
        },
    }
    again = Function.from_dict(stored)
    assert again.entrypoint is None
    assert again.to_dict() == {**stored, "requires_confirmation": False, "external_execution": False}
    copied = made.model_copy(deep=True)
    copied.parameters["required"].append("b")
    assert made.parameters["required"] == ["a"]
    assert copied.entrypoint is add


def test_given_parameters_are_kept():
    def proxy(**kwargs) -> str:
        return repr(kwargs)

    schema = {"type": "object", "properties": {"x": {"type": "string", "default": None}}, "required": ["x"]}
    made = Function(name="proxy", parameters=schema, entrypoint=proxy, skip_entrypoint_processing=True)
    (sent,) = tools_of(made).wire()
    assert sent["function"]["parameters"] == schema
    assert result_of("blocking", made, {"x": 1}).text == "{'x': 1}"
    assert tools_of(made, strict=True).wire()[0]["function"]["parameters"]["additionalProperties"] is False


def test_a_call_can_be_executed_by_hand():
    async def later(n: int) -> int:
        return n + 1

    import asyncio

    def now(n: int) -> int:
        return n + 1

    made = FunctionCall(function=Function.from_callable(now), arguments={"n": "1"})
    assert made.execute().result == 2
    assert made.result == 2
    made = FunctionCall(function=Function.from_callable(later), arguments={"n": "x"})
    outcome = asyncio.run(made.aexecute())
    assert outcome.status == "failure"
    assert outcome.error == made.error
    assert FunctionCall(function=Function(name="outside")).execute().status == "failure"


def test_what_cannot_be_called_is_no_tool():
    with pytest.raises(AttributeError, match="'tide' has no name"):
        Toolkit(name="kit", tools=["tide"])
    with pytest.raises(AttributeError, match="'tide' of toolkit 'kit' is no function"):
        Toolkit(name="kit").register("tide", name="tide")
    with pytest.raises(AttributeError, match="None of toolkit 'kit' is no function"):
        Toolkit(name="kit").register(None, name="tide")


def test_arguments_are_checked_where_a_call_is_carried_out_and_not_in_the_entrypoint():
    def berth(number: int) -> str:
        return f"{number!r}"

    function = Function.from_callable(berth)
    carried_out = [FunctionCall(function=function, arguments={"number": given}).execute() for given in ("5", "five")]
    assert [(one.status, one.result) for one in carried_out] == [("success", "5"), ("failure", None)]
    assert function.entrypoint(number="five") == "'five'"
