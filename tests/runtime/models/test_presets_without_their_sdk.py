"""Model classes whose SDK is not installed here: Agno's source is read instead of imported, and compared."""

import ast
import dataclasses
import importlib
import re

import pytest
from agno_source import lacks_an_sdk, model_modules

from wherry.core.errors import NotMigratedError

READ = re.compile(r'(?:getenv|environ(?:\.get)?)\s*[\[(]\s*["\']([A-Z0-9_]+)["\']')


def sources():
    """Name, source and tree of each of Agno's model modules that needs an SDK that is not installed."""
    for module, path in model_modules():
        beside = [] if path.parent.name == "models" else path.parent.glob("*.py")  # what its package may import
        if any(lacks_an_sdk(other) for other in beside):
            source = path.read_text()
            yield module, source, ast.parse(source)


def fields(node):
    """The fields that a class adds, with the source of their defaults."""
    return {line.target.id: line.value for line in node.body if isinstance(line, ast.AnnAssign)}


def classes():
    """Wherry's class and the definition of Agno's, for every model class of those modules that Wherry has."""
    for module, source, tree in sources():
        constants = {line.targets[0].id: line.value for line in tree.body if isinstance(line, ast.Assign)}
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and "id" in fields(node):
                try:
                    ours = getattr(importlib.import_module("wherry" + module.removeprefix("agno")), node.name)
                except NotMigratedError:
                    continue  # a row of the matrix
                defaults = {
                    name: constants.get(value.id, value) if isinstance(value, ast.Name) else value
                    for name, value in fields(node).items()
                }
                yield pytest.param(ours, defaults, READ.findall(source), id=f"{module}.{node.name}")


FOUND = list(classes())


def test_several_classes_are_read():
    assert {param.values[0].__name__ for param in FOUND} >= {
        "Groq",
        "MistralChat",
        "Ollama",
        "LiteLLMOpenAI",
        "Portkey",
    }


@pytest.mark.parametrize(("ours", "defaults", "variables"), FOUND)
def test_fields_have_agnos_defaults(ours, defaults, variables, monkeypatch):
    for name in variables:
        monkeypatch.delenv(name, raising=False)
    own = {field.name: field for field in dataclasses.fields(ours)}
    bare = ours(id="m")
    constant = {name: node.value for name, node in defaults.items() if isinstance(node, ast.Constant)}
    assert {"name", "provider"} <= constant.keys()
    found = {name: own[name].default if name == "id" else getattr(bare, name) for name in constant}
    assert found == constant
    for name in variables:
        monkeypatch.setenv(name, f"value-of-{name}")
    told = ours(id="m")
    for name, node in defaults.items():
        if node is not None and name not in constant and (read := READ.findall(ast.unparse(node))):
            assert (getattr(bare, name), getattr(told, name)) == (None, f"value-of-{read[0]}")


@pytest.mark.parametrize(("ours", "defaults", "variables"), FOUND)
def test_the_key_comes_from_agnos_variable_and_requests_go_to_agnos_address(ours, defaults, variables, monkeypatch):
    keys = [name for name in variables if "KEY" in name]
    for name in (*variables, "PORTKEY_API_KEY"):
        monkeypatch.setenv(name, "https://elsewhere.test" if "ENDPOINT" in name else f"value-of-{name}")
    service = ours(id="m")._service()
    sent = " ".join(str(value) for value in service.headers.values())
    assert any(f"value-of-{name}" in sent for name in keys)
    address = defaults.get("base_url")
    if isinstance(address, ast.Constant) and address.value:
        assert service.url.startswith(address.value.rstrip("/"))
