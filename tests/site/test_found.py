"""What the search weighs and which words lead to a page, in the head of the pages that it is about."""

from pathlib import Path

import pytest

from wherry_portal.pages.build import every_file
from wherry_portal.pages.found import WEIGHTS, WORDS, findable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages():
    return {name: content.decode() for name, content in every_file(ROOT).items() if name.endswith(".md")}


def test_weights_and_words_belong_to_pages_that_exist(pages):
    assert [start for start in WEIGHTS if not any(name.startswith(start) for name in pages)] == []
    assert [name for name in WORDS if "tags: [" not in pages.get(name, "")] == []


def test_a_page_keeps_its_own_head_beside_weight_and_words():
    assert findable("concepts.md", "# How") == "# How"
    assert findable("faq.md", "# Questions").startswith("---\nsearch: {boost: 5}\ntags: [MCP, ")
    headed = findable("guide/serve.md", "---\nhide: [toc]\n---\n\n# Serve\n")
    assert headed.endswith("\nhide: [toc]\n---\n\n# Serve\n")
    assert headed.count("---\n") == 2
