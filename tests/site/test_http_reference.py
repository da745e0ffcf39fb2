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
    page, contract = pages["reference/http.md"], yaml.safe_load(CONTRACT.read_text("utf-8"))
    for path, about in contract["paths"].items():
        for method in set(about) - {"parameters"}:
            start = page.index(f"\n`{method.upper()} {path}`\n")
            text = page[page.rindex("\n### ", 0, start) : page.find("\n### ", start)]
            assert text.startswith(f"\n### {about[method]['summary']} {{ #{about[method]['operationId'].lower()} }}\n")
            answers, _, errors = text.partition("Or an [error]")
            for status, answer in about[method]["responses"].items():
                problem = answer.get("$ref", "").endswith("/Problem")
                assert status == "default" or (f"`{status}`" in errors if problem else f"| {status} |" in answers)
    assert "`limit`" in page
    assert "| body | JSON | [Run](#run) |" in page


def test_every_link_inside_the_page_has_its_place(pages):
    page = pages["reference/http.md"]
    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= set(re.findall(r"\{ #(\w+) \}", page))


def test_each_error_of_the_api_has_one_page(pages):
    named = {name.removeprefix("errors/").removesuffix(".md") for name in pages if name.startswith("errors/")}
    assert named == set(TITLES) - set(error_classes())
    assert "429" in pages["errors/busy.md"]
