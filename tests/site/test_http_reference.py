"""The HTTP reference lists every operation and object of the contract; each error of the API has a page."""

import re
from pathlib import Path

import pytest
import yaml

from wherry.api.problems import TITLES
from wherry_portal.pages.errors import error_classes
from wherry_portal.pages.http import http_pages

CONTRACT = Path(__file__).resolve().parents[2] / "contracts" / "runtime-openapi.yaml"


@pytest.fixture(scope="module")
def pages():
    return http_pages(CONTRACT, error_classes())


def test_every_operation_and_object_is_listed_with_what_it_takes_and_answers(pages):
    page, contract = pages["reference/http.md"], yaml.load(CONTRACT.read_text("utf-8"), Loader=yaml.CSafeLoader)
    for path, about in contract["paths"].items():
        for method in set(about) - {"parameters"}:
            start = page.index(f"\n`{method.upper()} {path}`\n")
            text = page[page.rindex("\n### ", 0, start) : page.find("\n### ", start)]
            assert text.startswith(f"\n### {about[method]['summary']} {{ #{about[method]['operationId'].lower()} }}\n")
            answers, _, errors = text.partition("Or an [error]")
            for status, answer in about[method]["responses"].items():
                problem = answer.get("$ref", "").endswith("/Problem")
                assert status == "default" or (f"`{status}`" in errors if problem else f"**{status}** " in answers)
    assert "`limit`" in page
    assert "| body | JSON | [Run](http-objects.md#run) |" in page


def test_the_page_begins_with_all_that_can_be_asked_for_and_the_objects_stand_apart(pages):
    contract = yaml.load(CONTRACT.read_text("utf-8"), Loader=yaml.CSafeLoader)
    overview = pages["reference/http.md"].partition("\n## ")[0]
    for path, about in contract["paths"].items():
        for method in set(about) - {"parameters"}:
            sent = f"`{method.upper()} {path.replace('/v1/runtime/{runtime}', '…')}` |"
            assert f"| [{about[method]['summary']}](#{about[method]['operationId'].lower()}) | {sent}" in overview
    subjects = [
        "listagents registeragent getagent deleteagent",
        "listteams getteam listworkflows getworkflow",
        "runagent runteam runworkflow getrun continuerun cancelrun",
        "listsessions getsession deletesession",
        "listtelemetryevents gettelemetrymetrics",
        "getbenchmarks startbenchmarks runparitytests getsupportmatrix",
        "health ready metrics",
    ]
    assert re.findall(r"\(#(\w+)\)", overview) == " ".join(subjects).split()
    named = [name for name, one in contract["components"]["schemas"].items() if {"properties", "allOf"} & one.keys()]
    assert re.findall(r"^## (\w+) \{", pages["reference/http-objects.md"], re.MULTILINE) == named


def test_a_column_of_words_stands_where_a_field_has_some(pages):
    sections = re.split(r"^## ", pages["reference/http-objects.md"], flags=re.MULTILINE)[1:]
    worded = {one.partition(" ")[0]: "| What |" in one for one in sections}
    assert set(worded.values()) == {True, False}
    for name, one in yaml.load(CONTRACT.read_text("utf-8"), Loader=yaml.CSafeLoader)["components"]["schemas"].items():
        if name in worded:
            held = [part.get("properties", {}) for part in (one, *one.get("allOf", ()))]
            assert worded[name] == any("description" in field for fields in held for field in fields.values()), name
    assert "| `instructions` | array or string |" in pages["reference/http-objects.md"]


def test_no_description_of_the_contract_is_cut_at_a_comma():
    """Without quotes, `{description: One, two}` is two keys, and the second holds nothing."""

    def empty(part, place=""):
        if isinstance(part, dict | list):
            for key, one in part.items() if isinstance(part, dict) else enumerate(part):
                yield from (
                    [f"{place}/{key}"] if one is None and isinstance(part, dict) else empty(one, f"{place}/{key}")
                )

    assert list(empty(yaml.load(CONTRACT.read_text("utf-8"), Loader=yaml.CSafeLoader))) == []


def test_every_link_between_the_pages_has_its_place(pages):
    names = ("http.md", "http-objects.md")
    places = {name: set(re.findall(r"\{ #(\w+) \}", pages[f"reference/{name}"])) for name in names}
    for name in names:
        for page, place in re.findall(r"\]\(([\w-]*(?:\.md)?)#(\w+)\)", pages[f"reference/{name}"]):
            assert place in places[page or name]
    for name, page in pages.items():
        if name.startswith("errors/"):
            assert set(re.findall(r"reference/http\.md#(\w+)", page)) <= places["http.md"]


def test_each_error_of_the_api_has_one_page(pages):
    named = {name.removeprefix("errors/").removesuffix(".md") for name in pages if name.startswith("errors/")}
    assert named == set(TITLES) - set(error_classes())
    for name in named:
        page = pages[f"errors/{name}.md"]
        assert f"status **{TITLES[name][0]}**" in page
        assert f"unexpected-error.yml&error={name}" in page
        assert "## What to do" in page
    assert "[Run an agent](../reference/http.md#runagent)" in pages["errors/busy.md"]
