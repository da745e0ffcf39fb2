"""Every field of every model class has Agno's default: what a service can do decides how it is asked."""

import dataclasses
import importlib
import inspect
import pkgutil

import agno.models
import pytest
from agno.models.base import Model

# Agno tells these services in headers that Agno is asking.
OWN = {("AIMLAPI", "default_headers")}


def classes():
    """Agno's model classes that can be imported here and that Wherry has."""
    for module in pkgutil.walk_packages(agno.models.__path__, "agno.models."):
        try:
            theirs = importlib.import_module(module.name)
        except ImportError:
            continue  # an SDK that is not installed
        for name, kind in vars(theirs).items():
            if (
                inspect.isclass(kind)
                and issubclass(kind, Model)
                and kind is not Model
                and kind.__module__ == module.name
            ):
                try:
                    yield kind, getattr(importlib.import_module("wherry" + module.name.removeprefix("agno")), name)
                except ImportError:
                    continue  # a row of the matrix, which the importer's error names


PAIRS = list(classes())


def plain(value):
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def test_many_classes_are_compared():
    assert len(PAIRS) >= 40


@pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=[f"{a.__module__}.{a.__name__}" for a, _ in PAIRS])
def test_defaults(theirs, ours):
    one, other = theirs(id="m"), ours(id="m")
    names = [field.name for field in dataclasses.fields(theirs) if (theirs.__name__, field.name) not in OWN]
    expected = {name: plain(getattr(one, name)) for name in names}
    assert {name: plain(getattr(other, name)) for name in names} == expected
