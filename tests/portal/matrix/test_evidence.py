"""The selectors of the rows point at tests, fixtures and notebooks that exist."""

import ast
import re
from functools import cache

import pytest
import yaml

from wherry_portal.evidence.selectors import matching, parse_selector
from wherry_portal.matrix.source import load_matrix
from wherry_portal.sources import find_root, packaged

ROOT = find_root(packaged("support_matrix.yaml").parent)
SELECTORS = sorted({text for row in load_matrix().features for text in row.evidence})


@cache
def functions_of(file):
    """The tests of a file, each with whether it has parameters, by `@parametrize` or a name for it (`@four_ways`)."""
    return dict(named_in(ast.parse((ROOT / file).read_bytes()), file))


def named_in(part, place):
    """The tests of a module or a class, by the names that pytest has for them."""
    for node in part.body:
        if isinstance(node, ast.ClassDef):
            yield from named_in(node, f"{place}::{node.name}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = (isinstance(one, ast.Name) or "parametrize" in ast.unparse(one) for one in node.decorator_list)
            yield f"{place}::{node.name}", any(marks)


@cache
def cases():
    found = {}
    for path in (ROOT / "fixtures").rglob("*.yaml"):
        data = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        if isinstance(data, dict) and "fixture_id" in data:
            found[data["fixture_id"]] = {str(case.get("id")) for case in data.get("cases", [])}
    return found


@pytest.mark.parametrize("text", SELECTORS)
def test_a_selector_finds_something_to_run(text):
    selector = parse_selector(text)
    if selector.kind == "test":
        file, _, name = selector.name.partition("::")
        plain = re.split(r"[\[*]", name, maxsplit=1)[0] + "*"
        assert name, f"{text} names no test; all of a file are `::*`"
        assert matching(f"{file}::{plain}", sorted(functions_of(file))), f"{file} has no test like {name}"
        # What is run in several ways has them in its name, and needs a star.
        assert not functions_of(file).get(selector.name), f"{text} has parameters: write {text}*"
    elif selector.kind == "fixture":
        assert selector.name in cases()
        assert not selector.case or selector.case in cases()[selector.name]
    elif selector.kind == "notebook":
        assert (ROOT / "notebooks" / f"{selector.name}.ipynb").is_file()
