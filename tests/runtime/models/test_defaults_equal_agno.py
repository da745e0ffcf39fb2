"""Model classes beside Agno's: the default of every field, and where a service is reached with which key.

What a service can do decides how it is asked. Where requests would go, Agno tells by the service's own client.
"""

import dataclasses
import importlib
import inspect
import os
import pkgutil
import re
import ssl
import sys

import pytest
from agno_source import model_classes

SIDES = ("agno", "wherry")
# Agno tells these services in headers that Agno is asking.
OWN = {("AIMLAPI", "default_headers")}


def classes():
    """Agno's model classes that can be imported here and that Wherry has: their modules' names, and their own."""
    for module, name in model_classes():
        try:
            getattr(importlib.import_module("wherry" + module.removeprefix("agno")), name)
        except ImportError:
            continue  # a row of the matrix, which the importer's error names
        yield module, name


NAMES = list(classes())


def pair(module, name):
    """Agno's class and Wherry's. Agno's SDKs are imported by the tests alone: they take a process seconds."""
    return [getattr(importlib.import_module(package + module.removeprefix("agno")), name) for package in SIDES]


def imported():
    """The same classes, found by importing every module that can be."""
    import agno.models
    from agno.models.base import Model

    for module in pkgutil.walk_packages(agno.models.__path__, "agno.models."):
        try:
            theirs = importlib.import_module(module.name)
        except ImportError:
            continue  # an SDK that is not installed
        for name, kind in vars(theirs).items():
            model = inspect.isclass(kind) and issubclass(kind, Model) and kind is not Model
            if model and kind.__module__ == module.name:
                yield module.name, name


def plain(value):
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def test_many_classes_are_compared():
    assert len(NAMES) >= 40
    assert set(model_classes()) == set(imported())


@pytest.mark.parametrize(("module", "name"), NAMES, ids=map(".".join, NAMES))
def test_defaults(module, name):
    theirs, ours = pair(module, name)
    one, other = theirs(id="m"), ours(id="m")
    fields = [field.name for field in dataclasses.fields(theirs) if (theirs.__name__, field.name) not in OWN]
    expected = {name: plain(getattr(one, name)) for name in fields}
    assert {name: plain(getattr(other, name)) for name in fields} == expected


# --- from the environment --------------------------------------------------------------------------------------------

READ = re.compile(r'(?:getenv|environ(?:\.get)?)\s*[\[(]\s*"([A-Z0-9_]+)"')
# Gemini's client keeps its address to itself, Anthropic's takes one of two keys only: both are tested on the wire.
CLASSES = [(module, name) for module, name in NAMES if name not in {"Gemini", "Claude"}]
OURS_ALONE = {"user-agent", "accept", "content-type"}
OF_AGNO = {"http-referer", "x-title", "x-aimlapi-partner-id", "x-aimlapi-source"}  # they say that Agno is asking


def variables(cls):
    """What the modules of a class of Agno's read from the environment."""
    modules = {base.__module__ for base in cls.__mro__ if base.__module__.startswith("agno.")}
    return {name for module in modules for name in READ.findall(inspect.getsource(sys.modules[module]))}


def value_of(name):
    address = "URL" in name or "ENDPOINT" in name
    return f"http://{name.lower().replace('_', '-')}/v9" if address else f"value-of-{name}"


def lowered(headers):
    found = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    return {k: v for k, v in found.items() if not k.startswith("x-stainless") and k not in OURS_ALONE | OF_AGNO}


def reached_by_agno(cls):
    model = cls(id="m")
    client = model.get_client()
    headers = lowered({**client.default_headers, **client.auth_headers})
    return str(client.base_url).rstrip("/"), headers, dict(client.default_query), model.api_key, client.max_retries


def reached_by_wherry(cls):
    model = cls(id="m")
    service = model._service()
    return service.url.rstrip("/"), lowered(service.headers), dict(service.query), model.api_key, service.max_retries


def outcome(reached, cls):
    """Where a class is reached, or that it lacks something: a key, an endpoint, an account."""
    try:
        return reached(cls)
    except Exception as error:  # noqa: BLE001 - whatever Agno or a client raises
        return f"refused for {re.search(r'[A-Z]+(_[A-Z]+)+', str(error))[0]}"


@pytest.mark.parametrize(("module", "name"), CLASSES, ids=map(".".join, CLASSES))
def test_a_service_is_reached_where_agno_reaches_it(module, name, monkeypatch):
    theirs, ours = pair(module, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading all certificates for each client takes most of the time
    monkeypatch.setattr(ssl, "create_default_context", lambda *_, **__: context)
    for variable in [variable for variable in os.environ if re.search("KEY|TOKEN|URL|ENDPOINT|ORG", variable)]:
        monkeypatch.delenv(variable)
    bare = outcome(reached_by_agno, theirs)
    assert outcome(reached_by_wherry, ours) == bare
    # The variables of OpenAI's client, then the service's own, with its addresses last.
    openai = {"OPENAI_BASE_URL": "http://elsewhere/v7", "OPENAI_ORG_ID": "org", "OPENAI_PROJECT_ID": "project"}
    own = {variable: value_of(variable) for variable in variables(theirs)}
    addresses = {variable: value for variable, value in own.items() if value.startswith("http")}
    for given in (openai, {key: value for key, value in own.items() if key not in addresses}, addresses):
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        expected = outcome(reached_by_agno, theirs)
        assert outcome(reached_by_wherry, ours) == expected
    assert expected[1].get("authorization") or expected[1].get("api-key"), "nothing was compared"


def test_many_services_are_compared():
    assert len(CLASSES) >= 38
