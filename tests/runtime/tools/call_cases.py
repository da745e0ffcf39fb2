"""Arguments for the sample tools: good ones by hand, then every value of a pool for every parameter in turn."""

import json
from inspect import signature

ADDRESS = {"street": "1 High St", "city": "Ely"}
GOOD = {
    "scalars": {"a": 1, "b": 1.5, "c": "x", "d": True},
    "defaults": {"a": 1},
    "untyped": {"a": 1},
    "optionals": {"a": "x"},
    "unions": {"a": 1, "b": "x"},
    "new_unions": {"a": [1]},
    "literals": {"a": "x", "b": 1, "c": True, "d": 2.5, "e": "a"},
    "optional_literal": {},
    "enums": {"a": "red"},
    "containers": {
        "a": ["x"],
        "b": [1],
        "c": {"k": 1.5},
        "d": {"k": [1]},
        "e": [1, 2],
        "f": [1, "x"],
        "g": [1, 2],
        "h": ["x"],
    },
    "bare_containers": {"a": [], "b": {}, "c": [], "d": {}, "e": [], "f": []},
    "nested": {"a": [{"k": [1, None]}], "b": {"k": {"l": 1}}, "c": [[1, "x"]]},
    "models": {"a": {"name": "Ann", "age": 3, "home": ADDRESS}},
    "recursive_model": {"a": {"value": 1, "children": [{"value": 2}]}},
    "model_union": {"a": ADDRESS},
    "dataclasses_": {"a": {"x": 1}},
    "typed_dicts": {"a": {"title": "M", "year": 1931}},
    "standard_types": {"a": "2026-01-02T03:04:05", "b": "2026-01-02", "c": "1.5", "d": "x", "e": 1},
    "abstract_types": {"a": ["x"], "b": {"k": 1}, "c": 1, "d": 1, "e": 1},
    "aliases": {"a": "x", "b": ["x"]},
    "annotated": {"a": 1},
    "keyword_only": {"a": 1, "c": 2},
    "variadic": {"a": 1},
    "injected_by_name": {"query": "q"},
    "injected_agent": {"query": "q"},
    "injected_by_type": {"query": "q"},
    "call_injected": {"query": "q"},
    "injected_exotic": {"query": "q"},
    "injected_constrained": {"query": "q"},
    "state_is_the_models": {"session_state": {}, "dependencies": {}},
    "coroutine": {"a": 1},
    "generator": {"a": 1},
    "async_generator": {"a": 1},
    "no_parameters": {},
}
POOL = [
    *("x", "", "1", "1.5", "red", "RED", "true", "True", " null ", "None", "2026-01-02", "[1]", '{"x": 1}', "é\u0000"),
    *(0, 1, 2, -1, 2**40, 2**70, True, False, None, 1.0, 1.5, 1e300),
    *([], ["x"], [1], ["1"], [None], [[1]], [1, "x"], [1, 2], [True, False], [1.0]),
    *({}, {"x": 1}, {"x": "1"}, {"k": 1.5}, {"k": 2}, {"k": "x"}, {"k": [1]}, {"x": 1, "zz": 2}, ADDRESS),
]


def arguments_of(case, function, way):
    """JSON texts of the arguments to try on a sample tool; the whole pool for plain functions only."""
    good = GOOD[case]
    yield json.dumps(good)
    yield "{}"
    yield json.dumps({**good, "unknown_parameter": 1})
    for name in {**signature(function).parameters, "agent": None, "run_context": None}:
        if name in good:
            yield json.dumps({key: value for key, value in good.items() if key != name})
        for value in POOL if way == "plain" else POOL[::9]:
            yield json.dumps({**good, name: value})
    yield from ("", "[]", "{'a': 1}", "{'a': True, 'b': None}")
