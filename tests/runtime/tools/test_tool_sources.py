"""Which tools a registry takes for the same, and which of their names were declared. Each answer is Agno's as well."""

import functools

import pytest

from wherry.registry import Registry, ToolSource
from wherry.tools import Toolkit, tool


class Boats(Toolkit):
    def __init__(self, *names):
        super().__init__(name="boats", tools=[getattr(self, name) for name in names])

    def book(self) -> str:
        """Book."""
        return "booked"

    def sell(self) -> str:
        """Sell."""
        return "sold"


class Odd:
    """A callable that cannot be compared."""

    name = "odd"

    def __call__(self) -> str:
        return "odd"

    def __eq__(self, other):
        raise ValueError("not with me")

    __hash__ = None


def tide() -> str:
    """High or low."""
    return "high"


def test_a_toolkit_is_the_same_by_class_name_and_functions_and_a_function_by_being_equal():
    boats, other = Boats("book"), lambda: "low"
    other.__name__ = "tide"
    registry = Registry(tools=[boats])
    added = [Boats("book"), Boats("sell"), tide, tide, other, boats.sell, boats.sell, functools.partial(tide), None, 7]
    for one in added:
        registry.add_tool(one)
    assert [getattr(one, "name", getattr(one, "__name__", "partial")) for one in registry.tools] == [
        *("boats", "boats", "tide", "tide", "sell", "partial")
    ]
    assert registry.tools[0] is boats


def test_what_cannot_be_compared_is_kept():
    first, second = Odd(), Odd()
    registry = Registry(tools=[first])
    registry.add_tool(first)
    registry.add_tool(second)
    assert [id(one) for one in registry.tools] == [id(first), id(second)]


@pytest.mark.parametrize("order", [("discovered", "declared"), ("declared", "discovered")])
def test_a_name_that_was_declared_stays_so_in_either_order(order):
    registry = Registry()
    for source in order:
        registry.add_tool(Boats("book"), source=ToolSource(source))
    assert registry.tool_is_declared("boats")
    assert len(registry.tools) == 1


def test_a_name_that_was_only_found_is_not_declared_and_an_unknown_one_is():
    @tool
    def depth() -> str:
        """How deep."""
        return "deep"

    registry = Registry(tools=[tide])
    registry.add_tool(depth, source="discovered")
    registry.add_tool(tide, source=ToolSource.DISCOVERED)
    registry.add_tool(lambda: "x", source="elsewhere")
    assert registry.undeclared_tool_names == {"depth"}
    assert [registry.tool_is_declared(name) for name in ("depth", "tide", "nobody")] == [False, True, True]
    assert ToolSource("declared") == "declared"
