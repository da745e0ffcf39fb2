"""Makes every toolkit of Agno's and hands it to an agent of Agno's and to one of Wherry's; prints what each sent.

Packages that a toolkit wants and that are not installed are stood in for by empty ones: what is tested is whether
Wherry takes the object, not what the service behind it does. Run as a process of its own, because it imports both.
"""

import importlib
import importlib.abc
import importlib.machinery
import inspect
import json
import os
import sys
import types

OURS = ("agno", "wherry", "wherry_portal")
ARGUMENTS = {
    "AdvisorTools": {"advisors": ["openai:x"]},
    "BitbucketTools": {"workspace": "x", "repo_slug": "x"},
    "SQLTools": {"db_url": "sqlite://"},
}
"""What a constructor needs beyond made-up values."""


class Anything(type):
    """Gives a stand-in for every attribute of a stand-in class."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


class Nothing(metaclass=Anything):
    """Stands in for anything of a package that is not installed."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return Nothing()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __mro_entries__(self, bases):
        return (object,)


class Empty(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith(("Error", "Exception", "Timeout")):
            return type(name, (Exception,), {})
        return type(name, (Nothing,), {}) if name[:1].isupper() else Nothing()


class Stand(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds, last of all, an empty module for every import that nobody else finds."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in OURS or name.partition(".")[0] in sys.stdlib_module_names:
            return None
        parent = sys.modules.get(name.rpartition(".")[0])
        if "." in name and not isinstance(parent, Empty) and not name.startswith("google."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Empty(spec.name)

    def exec_module(self, module):
        module.__version__ = "99.0.0"


def build(cls):
    """An object of a toolkit class, with made-up values for what it requires."""
    required = {
        name: made_up(name, parameter)
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if name != "self"
        and parameter.default is parameter.empty
        and parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    }
    return cls(**required | ARGUMENTS.get(cls.__name__, {}))


def made_up(name, parameter):
    kind = str(parameter.annotation)
    if "list" in kind.lower():
        return []
    if "dict" in kind.lower():
        return {}
    if kind in {"<class 'int'>", "int"}:
        return 1
    if "str" in kind or "path" in kind.lower():
        return "x"
    return Nothing()


def functions_of(runtime, toolkit, server):
    """What an agent of a runtime offers the model, as it leaves on the wire."""
    agent = importlib.import_module(f"{runtime}.agent").Agent
    model = importlib.import_module(f"{runtime}.models.openai").OpenAIChat
    server.reset()
    run = agent(model=model(id="x", base_url=f"{server.url}/v1", api_key="k"), tools=[toolkit]).run("hello")
    if not server.requests:
        raise RuntimeError(run.content)
    return server.requests[-1].body.get("tools", [])


def check(module, name, server):
    try:
        cls = getattr(importlib.import_module(module), name)
        toolkit = build(cls)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the result
        return {"made": False, "why": f"{type(error).__name__}: {error}"[:200]}
    try:
        theirs = functions_of("agno", toolkit, server)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the result
        return {"made": False, "why": f"on Agno: {type(error).__name__}: {error}"[:200]}
    try:
        ours = functions_of("wherry", build(cls), server)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the result
        return {"made": True, "same": False, "why": f"{type(error).__name__}: {error}"[:300]}
    return {
        "made": True,
        "same": theirs == ours,
        "count": len(theirs),
        "why": "" if theirs == ours else difference(theirs, ours),
    }


def difference(theirs, ours):
    for left, right in zip(theirs, ours, strict=False):
        if left != right:
            return f"{json.dumps(left)[:300]} != {json.dumps(right)[:300]}"
    return f"{len(theirs)} functions against {len(ours)}"


def pretend_docker_is_there():
    """DockerTools looks for the socket of a daemon before it makes a client."""
    exists = os.path.exists
    os.path.exists = lambda path: str(path) == "/var/run/docker.sock" or exists(path)


def main():
    os.environ.update(dict.fromkeys(json.loads(sys.argv[1]), "1"))
    os.environ["AGNO_TELEMETRY"] = "false"
    from wherry.testing import ReplayServer
    from wherry.testing.deterministic import deterministic_reply

    importlib.import_module("agno.agent")
    importlib.import_module("wherry.agent")
    importlib.import_module("agno.models.openai")
    sys.meta_path.append(Stand())
    pretend_docker_is_there()
    ARGUMENTS["PostgresTools"] = {"connection": Nothing()}
    found = {}
    with ReplayServer(fallback=deterministic_reply) as server:
        for line in sys.stdin:
            row, module, name = line.split()
            found.setdefault(row, {})[name] = check(module, name, server)
    print("RESULT" + json.dumps(found))  # noqa: T201 - this is how it answers
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
